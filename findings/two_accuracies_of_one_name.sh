#!/usr/bin/env bash
# Accuracy of classes in torchmetrics 1.9.0, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `Accuracy(task="multiclass", num_classes=2)` is a short way to write `MulticlassAccuracy(num_classes=2)`, as
# the documentation calls the first a wrapper of the second; so both are the share of right answers.
# Seen: the first counts images alike, the second classes alike: their defaults for `average` are "micro" and "macro". A
# network that says "frequent" to everything, with 8 of 10 images frequent, has 0.8 by one and 0.5 by the other. A class that
# is only ever predicted, and has no image, counts as one with 0. `F1Score` and `MulticlassF1Score` part in the same way.
# Where every class has as many images the two agree, so it is data sets without balance, and subsets, that show it.
# `average="micro"`, written out, is the share of right answers in both.
# For us: "errorRate() is in percent", of images, and subsets have as many of each class.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchmetrics==1.9.0 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
import torchmetrics
from torchmetrics import Accuracy, F1Score
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

cases = {
    "8 frequent and 2 rare, all called frequent": ([0] * 8 + [1] * 2, [0] * 10),
    "5 of each, all called frequent": ([0] * 5 + [1] * 5, [0] * 10),
    "9 of one class, one of them called the other": ([0] * 9, [0] * 8 + [1]),
}
print(f"torchmetrics {torchmetrics.__version__}, PyTorch {torch.__version__}: by task, by class, by class with micro")
found = []
for name, (truth, answers) in cases.items():
    truth, answers = torch.tensor(truth), torch.tensor(answers)
    kinds = (
        Accuracy(task="multiclass", num_classes=2),
        MulticlassAccuracy(num_classes=2),
        MulticlassAccuracy(num_classes=2, average="micro"),
    )
    found.append([round(float(kind(answers, truth)), 3) for kind in kinds])
    print(f"{name}: {', '.join(map(str, found[-1]))}")
truth, answers = (torch.tensor(labels) for labels in cases["8 frequent and 2 rare, all called frequent"])
f1 = [round(float(kind(answers, truth)), 3) for kind in (F1Score(task="multiclass", num_classes=2), MulticlassF1Score(num_classes=2))]
print(f"F1 of the first: {f1[0]} and {f1[1]}")
if found != [[0.8, 0.5, 0.8], [0.5, 0.5, 0.5], [0.889, 0.444, 0.889]] or f1 != [0.8, 0.444]:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
