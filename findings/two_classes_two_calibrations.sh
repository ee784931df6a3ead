#!/usr/bin/env bash
# Calibration of a network with two classes in torchmetrics 1.9.0, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `BinaryCalibrationError` of p and `MulticlassCalibrationError` of (1 - p, p) are one number; the documentation
# gives both the same formula, with accuracy and confidence of the likelier class.
# Seen: the binary one compares p itself with the share of class 1, and no class is chosen. A network whose p is 0.2 too high
# everywhere is off by 0.2 there, and by 0 in the other: its answers for class 1 are too sure, those for class 0 as much too
# modest, and the two share bins and cancel. Both are measures of calibration; but a head of one output and one of two, equal
# in every answer, cannot be compared by them. Give p as two columns, and use the second measure for both.
# For us: "calibration() of a network that is right as often as it says is 0", by the class that is answered, always.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchmetrics==1.9.0 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
import torchmetrics
from torchmetrics.classification import BinaryCalibrationError, MulticlassCalibrationError

# 1000 answers at each p. Of those, a share of p - 0.2 is of class 1: the network says 0.2 too much everywhere.
levels = [0.25, 0.35, 0.45, 0.55, 0.65, 0.75]
p = torch.tensor(levels).repeat_interleave(1000)
truth = torch.cat([(torch.arange(1000) < round(1000 * (level - 0.2))).long() for level in levels])
columns = torch.stack([1 - p, p], 1)
print(f"torchmetrics {torchmetrics.__version__}, PyTorch {torch.__version__}: p is 0.2 too high everywhere")
found = []
for bins in (1, 10):
    pair = [float(BinaryCalibrationError(n_bins=bins)(p, truth)), float(MulticlassCalibrationError(num_classes=2, n_bins=bins)(columns, truth))]
    found.append([round(error, 3) for error in pair])
    print(f"{bins} bins: {found[-1][0]} by one output, {found[-1][1]} by two")
if any(abs(one - 0.2) > 2e-3 or two > 0.1 for one, two in found):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
