#!/usr/bin/env bash
# Errors in notebooks on the kernel of Deno 2.9.6, run by nbclient 0.11.0, which is what papermill and nbconvert run by.
#
# Guess: a notebook that is run as a check fails where `deno test` or `deno run` of the same lines would: at a test that
# fails, and at an error of a promise that nobody waited for.
# Seen: only an error thrown by the cell itself, or one awaited by it, fails. A cell whose `Deno.test` fails is as good as
# one that passes, and the notebook does not even hold the report, which goes to the kernel's own terminal. A training that
# is called without `await` and ends in an error is not heard of: the cell during which that happens shows no output, and
# all go on. So a check of notebooks is green over broken tests.
# For us: notebooks hold no tests, and a cell without its output is found: "missingOutputs() finds cells that did not run,
# failed, or lost an output".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --save-exact deno@2.9.6 > install.log 2>&1 || { cat install.log; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check nbclient==0.11.0 nbformat==5.11.1
export DENO_DIR="$folder/deno" JUPYTER_DATA_DIR="$folder/jupyter" DENO_NO_UPDATE_CHECK=1
mkdir -p jupyter/kernels/deno
cat > jupyter/kernels/deno/kernel.json <<JSON
{"argv": ["$folder/node_modules/.bin/deno", "jupyter", "--kernel", "--conn", "{connection_file}"],
 "display_name": "Deno", "language": "typescript"}
JSON
cat > run.py <<'PY'
import sys
from importlib.metadata import version

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

KERNEL = {"kernelspec": {"name": "deno", "display_name": "Deno", "language": "typescript"}}
TRAIN = """async function train() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  throw new Error("the loss is NaN");
}
"""
notebooks = {
    "an error": ['throw new Error("wrong sum")'],
    "a test that fails": ['Deno.test("adds", () => { if (1 + 1 !== 3) throw new Error("wrong sum"); });', '"done"'],
    "a training, awaited": [TRAIN + "await train();"],
    "a training, not awaited": [TRAIN + "train();", 'await new Promise((resolve) => setTimeout(resolve, 500)); "done"', '"end"'],
}
print(f"Deno 2.9.6, nbclient {version('nbclient')}")
passes, seen = [], {}
for name, cells in notebooks.items():
    notebook = nbformat.v4.new_notebook(metadata=KERNEL, cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    try:
        NotebookClient(notebook, timeout=300, kernel_name="deno").execute()
        passes.append(True)
    except CellExecutionError:
        passes.append(False)
    seen[name] = [len(cell.outputs) for cell in notebook.cells]
    print(f"{name}: {'passes' if passes[-1] else 'fails'}, outputs of its cells: {', '.join(map(str, seen[name]))}")
if passes != [False, True, False, True]:
    sys.exit("The behaviour changed")
if seen["a test that fails"][0] != 0 or seen["a training, not awaited"][1:] != [0, 1]:
    sys.exit("The behaviour changed: outputs")
PY
# The kernel's terminal is ours here.
venv/bin/python -W ignore run.py > terminal.log 2>&1 || { cat terminal.log; exit 1; }
cat terminal.log
grep -q "1 failed" terminal.log || { echo "The behaviour changed: no report in the terminal" >&2; exit 1; }
