#!/usr/bin/env bash
# Whole numbers as class labels in Hugging Face's datasets 5.2.0.
#
# Guess: `class_encode_column("age")` of a column that holds 0 to 12 leaves the numbers as they are, or at least their
# order.
# Seen: names are made of the numbers and sorted as text: 0, 1, 10, 11, 12, 2, 3, ... Age 2 becomes label 5, age 10 label 2.
# Of labels 0 to 99, as CIFAR-100's, 88 get another number, and a network trained elsewhere is wrong on all of them; ages
# and angles lose their order, so that errors by labels mean nothing. No warning tells. Labels below 10 come out right, so a
# test on CIFAR-10 sees nothing.
# For us: labels that are amounts are read as numbers: "imageTable() reads scalar labels, divided over their whole range".
# Classes are called by their names.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import datasets

datasets.disable_progress_bars()


def encoded(count):
    """The labels that 0, 1, ... become."""
    return datasets.Dataset.from_dict({"age": list(range(count))}).class_encode_column("age")["age"][:]


print(f"datasets {datasets.__version__}")
ages = encoded(13)
print("ages 0 to 12 become " + ", ".join(map(str, ages)))
changed = {count: sum(label != number for number, label in enumerate(encoded(count))) for count in (10, 100)}
for count, others in changed.items():
    print(f"of labels 0 to {count - 1}, {others} get another number")
if ages != [0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 2, 3, 4] or changed[10] != 0 or changed[100] != 88:
    sys.exit("The behaviour changed")
PY
HF_HOME="$folder" HF_HUB_OFFLINE=1 "$folder/venv/bin/python" "$folder/run.py"
