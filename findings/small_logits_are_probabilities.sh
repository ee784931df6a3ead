#!/usr/bin/env bash
# Logits whose values lie between 0 and 1, in torchmetrics 1.9.0. (The installation of PyTorch takes a few GB.)
#
# Guess: `BinaryAccuracy` and its relatives know whether they are given logits or probabilities, since every network of a
# run gives the same kind.
# Seen: they look at each batch: all values between 0 and 1 are probabilities, and if one value of the batch lies outside,
# all are logits. A discriminator that has just begun, or a regularised one, gives real images logits of 0.2 to 0.9. They
# mean "real", and a batch of them is 25 % right; one image more, with a logit of 1.1, and the same four are right as well.
# Calibration errors of classifiers change alike. Averages over batches mix the two.
# For us: measures are named for what they take, logits or probabilities: "crossEntropyRows() equals its stored mean and
# survives large logits".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check torch==2.15.0 torchmetrics==1.9.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
import torchmetrics
from torchmetrics.classification import BinaryAccuracy, MulticlassCalibrationError


def right(logits):
    """Percent of real images that are called real, by torchmetrics and by the sign of their logits."""
    logits = torch.tensor(logits)
    real = torch.ones(len(logits), dtype=torch.int64)
    return round(100 * float(BinaryAccuracy()(logits, real))), round(100 * float((logits > 0).float().mean()))


print(f"torchmetrics {torchmetrics.__version__}, PyTorch {torch.__version__}")
logits = [0.2, 0.3, 0.4, 0.9]
found = [right(logits), right(logits + [1.1])]
for batch, (given, signs) in zip((logits, logits + [1.1]), found):
    print(f"logits {', '.join(map(str, batch))} of real images: {given} % right; by their signs {signs} %")

# Ten images, nine of class 0; the second batch has one answer more that is right.
answers = torch.tensor([[0.9, 0.1, 0.3]] * 10)
labels = torch.tensor([0] * 9 + [1])
more = torch.cat([answers, torch.tensor([[1.1, 0.1, 0.3]])]), torch.cat([labels, torch.tensor([0])])
errors = [float(MulticlassCalibrationError(num_classes=3)(*batch)) for batch in ((answers, labels), more)]
print(f"calibration error of ten logits {errors[0]:.2f}, with an eleventh above 1 {errors[1]:.2f}")
if found != [(25, 100), (100, 100)] or errors[0] > 0.01 or errors[1] < 0.3:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
