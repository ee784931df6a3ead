#!/usr/bin/env bash
# Notebooks that fail late, run by nbconvert 7.17.2 and by the command `jupyter execute` of nbclient 0.11.0.
#
# Guess: `jupyter nbconvert --execute --inplace` of a notebook whose last cell fails ends with an error and keeps the outputs
# up to that cell, as an editor does and papermill 2.7.0 too; what was trained for hours is there to be looked at.
# Seen: nothing is written. The file is the one from before, without an output, or with those of the run before, and a new
# name given by `--output` does not come into being. The tables and curves of all cells before are lost for a label that was
# misspelt in the last chart. With `--allow-errors` they are kept, and a failed run ends with exit code 0 like a good one.
# For us: what was executed is kept as `NAME.failed.ipynb` (lib/cli/run_notebook.ts), and the run fails.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check nbconvert==7.17.2 nbclient==0.11.0 nbformat==5.11.1 ipykernel==7.4.0 papermill==2.7.0
export JUPYTER_DATA_DIR="$folder/jupyter" JUPYTER_CONFIG_DIR="$folder/config" IPYTHONDIR="$folder/ipython" PATH="$folder/venv/bin:$PATH"
cat > run.py <<'PY'
import os
import subprocess
import sys
from importlib.metadata import version

import nbformat

CELLS = ["print('trained for ten hours')", "{'error': 20.5}", "raise KeyError('eror')"]
COMMANDS = {
    "nbconvert --execute --inplace": "jupyter nbconvert --to notebook --execute --inplace nb.ipynb",
    "nbconvert --execute --output": "jupyter nbconvert --to notebook --execute --output new.ipynb nb.ipynb",
    "jupyter execute --inplace": "jupyter execute --inplace nb.ipynb",
    "papermill": "papermill nb.ipynb new.ipynb",
    "nbconvert --execute --allow-errors": "jupyter nbconvert --to notebook --execute --allow-errors --inplace nb.ipynb",
    "jupyter execute --allow-errors": "jupyter execute --allow-errors --inplace nb.ipynb",
}
print(", ".join(f"{name} {version(name)}" for name in ("nbconvert", "nbclient", "papermill")))
found = {}
for name, command in COMMANDS.items():
    if os.path.exists("new.ipynb"):
        os.remove("new.ipynb")
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbformat.write(notebook, "nb.ipynb")
    code = subprocess.run(command.split(), capture_output=True).returncode
    file = "new.ipynb" if "new.ipynb" in command else "nb.ipynb"
    outputs = "no file"
    if os.path.exists(file):
        outputs = sum(1 for cell in nbformat.read(file, 4).cells if cell.get("source") in CELLS and cell.outputs)
    found[name] = code, outputs
    print(f"{name}: exit code {code}, cells with outputs: {outputs}")
if list(found.values()) != [(1, 0), (1, "no file"), (1, 0), (1, 3), (0, 3), (0, 3)]:
    sys.exit("The behaviour changed")
PY
venv/bin/python run.py
