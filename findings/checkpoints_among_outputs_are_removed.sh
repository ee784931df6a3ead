#!/usr/bin/env bash
# Trainings with checkpoints under Snakemake 9.27.1.
#
# Guess: a rule that names its checkpoint among its outputs, so that others can find it, is started again after it was stopped
# and goes on from there; `update(...)`, made for files that a job changes, or `--keep-incomplete` sees to that.
# Seen: outputs of a job that fails, or is stopped at its time limit, are removed, folders and files in `update` too. With
# `--keep-incomplete` they stay to be seen, and the next start removes them before it runs. A training that needs two starts
# begins at epoch 0 each time, with `retries: 3` four times, and never ends. A path that is named among `params`, or nowhere,
# is left alone, and the second start ends it.
# For us: the rule of lib/sweep/README.md has one empty file for an output; checkpoints lie in the store.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check snakemake==9.27.1
cat > Snakefile <<'RULES'
TRAIN = """
begin=$(cat {state} 2>/dev/null || echo 0)
echo $begin >> begins.txt
echo $((begin + 3)) > {state}
[ $((begin + 3)) -ge 6 ]
touch {model}
"""

rule output:
    output: model="output.model", state="output.state"
    shell: TRAIN.replace("{state}", "{output.state}").replace("{model}", "{output.model}")

rule update:
    output: model="update.model", state=update("update.state")
    shell: TRAIN.replace("{state}", "{output.state}").replace("{model}", "{output.model}")

rule params:
    output: model="params.model"
    params: state="params.state"
    shell: TRAIN.replace("{state}", "{params.state}").replace("{model}", "{output.model}")
RULES
cat > run.py <<'PY'
import os
import subprocess
import sys
from importlib.metadata import version


def starts(rule, *options):
    """Epochs at which two starts begin, and whether a checkpoint is left after the first."""
    for name in ("begins.txt", f"{rule}.state", f"{rule}.model"):
        if os.path.exists(name):
            os.remove(name)
    left = []
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "snakemake", "--cores", "1", *options, f"{rule}.model"], capture_output=True)
        left.append(os.path.exists(f"{rule}.state"))
    with open("begins.txt") as lines:
        return [int(line) for line in lines], left[0], os.path.exists(f"{rule}.model")


print(f"Snakemake {version('snakemake')}: a training of 6 epochs that is stopped every 3")
found = {
    "among the outputs": starts("output"),
    "among the outputs, --keep-incomplete": starts("output", "--keep-incomplete", "--rerun-incomplete"),
    "update": starts("update"),
    "among params": starts("params"),
}
for name, (begins, left, done) in found.items():
    print(f"{name}: begins at epochs {begins}, checkpoint {'left' if left else 'gone'} in between, {'done' if done else 'not done'}")
if list(found.values()) != [([0, 0], False, False), ([0, 0], True, False), ([0, 0], False, False), ([0, 3], True, True)]:
    sys.exit("The behaviour changed")
PY
HOME="$folder" venv/bin/python run.py
