#!/usr/bin/env bash
# Values at the end of a cell on the kernel of Deno 2.9.6, run by nbclient 0.11.0.
#
# Guess: a cell whose last line is a number shows that number.
# Seen: NaN, Infinity, -Infinity, -0 and whole numbers as BigInt, such as ids and seeds of 64 bits, show nothing at all, as
# if the cell had no value. In an array, an object, or by `console.log` they are shown. The loss that became NaN, for which
# one looks, is an empty place below its cell, in saved notebooks as well; a cell of `null` looks the same.
# For us: results are tables and charts, which are objects: "missingOutputs() finds cells that did not run, failed, or lost
# an output".
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
import re
import sys
from importlib.metadata import version

import nbformat
from nbclient import NotebookClient

KERNEL = {"kernelspec": {"name": "deno", "display_name": "Deno", "language": "typescript"}}
EMPTY = ["NaN", "Infinity", "-Infinity", "-0", "2n ** 63n", "Math.log(-1)"]
SHOWN = ["0.5", "0", "false", '""', "[NaN, -0, 1n]", "({ loss: NaN })", "console.log(NaN)"]
cells = [nbformat.v4.new_code_cell(cell) for cell in EMPTY + SHOWN]
notebook = nbformat.v4.new_notebook(metadata=KERNEL, cells=cells)
NotebookClient(notebook, timeout=300, kernel_name="deno").execute()


def shown(cell):
    """What stands below the cell, without colours."""
    parts = [output.get("text") or output["data"]["text/plain"] for output in cell.outputs]
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(parts)).strip()


print(f"Deno 2.9.6, nbclient {version('nbclient')}: a cell, and what it shows")
texts = [shown(cell) for cell in notebook.cells]
for cell, text in zip(notebook.cells, texts):
    print(f"{cell.source}: {text or 'nothing'}")
if any(texts[:len(EMPTY)]) or not all(texts[len(EMPTY):]):
    sys.exit("The behaviour changed")
PY
venv/bin/python -W ignore run.py 2> kernel.log || { cat kernel.log; exit 1; }
