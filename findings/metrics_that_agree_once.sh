#!/usr/bin/env bash
# Metrics in a `MetricCollection` of torchmetrics 1.9.0, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: a collection gives what its metrics give one by one; "compute groups", which are on by default, share the counts
# of metrics that need the same ones, such as accuracy and recall.
# Seen: which metrics share is settled by the numbers after the first batch. Two that happen to agree there share from then
# on, and the second has the value of the first to the end. Accuracy over all images and over known classes
# (`ignore_index`) agree if the first batch has no unknown image; accuracy at thresholds 0.5 and 0.9 agree on a first batch of
# sure answers; two relative errors of angles, of which one is symmetric, after a first batch without a mistake. Below
# 50 % are 33, 20 % are 100, and 0.243 is 0.236. Another order of images gives other numbers. `compute_groups=False` does not.
# For us: each measure counts for itself: "errorRate() is in percent".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 torchmetrics==1.9.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
import torchmetrics
from torchmetrics import MetricCollection
from torchmetrics.classification import BinaryAccuracy, MulticlassAccuracy
from torchmetrics.regression import MeanAbsolutePercentageError, SymmetricMeanAbsolutePercentageError

known = {"num_classes": 3, "average": "micro"}
cases = {
    "accuracy of known classes": (
        lambda: {"all": MulticlassAccuracy(**known), "known": MulticlassAccuracy(**known, ignore_index=2)},
        [[[0, 1, 1], [0, 1, 0]], [[0, 1, 1], [2, 2, 0]]]),
    "accuracy at threshold 0.9": (
        lambda: {"at_half": BinaryAccuracy(0.5), "at_most": BinaryAccuracy(0.9)},
        [[[0.95], [1]], [[0.6, 0.7, 0.8, 0.55], [1, 1, 1, 1]]]),
    "symmetric relative error": (
        lambda: {"plain": MeanAbsolutePercentageError(), "symmetric": SymmetricMeanAbsolutePercentageError()},
        [[[1.0, 2.0], [1.0, 2.0]], [[3.0, 5.0], [2.0, 9.0]]]),
}


def value(measures, second, batches):
    """Value of the named metric after both batches."""
    for answers, labels in batches:
        measures.update(torch.tensor(answers), torch.tensor(labels))
    return float(measures.compute()[second])


print(f"torchmetrics {torchmetrics.__version__}, PyTorch {torch.__version__}")
for name, (metrics, batches) in cases.items():
    second, metric = metrics().popitem()
    found = [
        value(MetricCollection({second: metric}), second, batches),
        value(MetricCollection(metrics()), second, batches),
        value(MetricCollection(metrics()), second, batches[::-1]),
        value(MetricCollection(metrics(), compute_groups=False), second, batches),
    ]
    print(f"{name}: {found[0]:.3f} alone, {found[1]:.3f} in a collection, {found[2]:.3f} with the batches exchanged, "
          f"{found[3]:.3f} with compute_groups=False")
    if abs(found[1] - found[0]) < 0.005 or abs(found[2] - found[0]) > 1e-6 or abs(found[3] - found[0]) > 1e-6:
        sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
