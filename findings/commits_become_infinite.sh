#!/usr/bin/env bash
# Parameters that papermill 2.7.0 takes from the command line.
#
# Guess: `-p commit 7e94518` gives the notebook the text it was given; numbers become numbers, and a file of the same
# parameters (`-y`, `-f`) gives the same values.
# Seen: whatever Python reads as a number becomes one. A short commit of digits and one e, one in fifty, is infinite or
# 1.2345e+71, the run "2020_1" is 20201, the network "50_18" is 5018, a method called "nan" is not a number. Names of
# results that are made of it are those of other runs. From YAML, 7e94518 stays text, but the rate 1e-3 is text as well,
# and None is the word. `-r` keeps text. The help says "parameters to pass to the parameters cell" of `-p`.
# For us: a value of another kind than its option has is refused: "every option of cifar10 refuses values of another kind".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check papermill==2.7.0 nbformat==5.11.1
cat > "$folder/run.py" <<'PY'
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nbformat

folder = Path(sys.argv[1])
GIVEN = {"commit": "7e94518", "other_commit": "12345e67", "run": "2020_1", "network": "50_18", "method": "nan", "rate": "1e-3",
         "teacher": "None"}
cell = nbformat.v4.new_code_cell("commit = ''")
cell.metadata.tags = ["parameters"]
kernel = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), folder / "in.ipynb")


def injected(*options):
    """What the cell that papermill adds assigns."""
    command = [sys.executable, "-m", "papermill", "--prepare-only", *options, "in.ipynb", "out.ipynb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    lines = nbformat.read(folder / "out.ipynb", as_version=4).cells[-1].source.splitlines()
    return dict(line.split(" = ") for line in lines if " = " in line)


plain = injected(*(word for name, value in GIVEN.items() for word in ("-p", name, value)))
raw = injected(*(word for name, value in GIVEN.items() for word in ("-r", name, value)))
yaml = injected("-y", "".join(f"{name}: {value}\n" for name, value in GIVEN.items()))
print(f"papermill {version('papermill')}: what a notebook gets of `name value` by -p, by -y and by -r")
for name, value in GIVEN.items():
    print(f"{name} {value}: {plain[name]}, {yaml[name]}, {raw[name]}")
wanted = {"commit": "float('inf')", "other_commit": "1.2345e+71", "run": "20201", "network": "5018", "method": "float('nan')",
          "rate": "0.001", "teacher": "None"}
if plain != wanted or yaml["commit"] != '"7e94518"' or yaml["rate"] != '"1e-3"' or yaml["teacher"] != '"None"':
    sys.exit("The behaviour changed")
if raw != {name: f'"{value}"' for name, value in GIVEN.items()}:
    sys.exit("The behaviour changed: -r")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
