#!/usr/bin/env bash
# Weights of classes beside soft targets in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `cross_entropy(z, labels, weight)` and the same with one-hot rows in place of the labels are one number, so that
# labels may be softened, smoothed or mixed a little at a time.
# Seen: of labels it is the weighted mean, of rows the weighted sum over the number of samples. With weights 1 and 10 on a
# batch of three frequent images and a rare one the rows cost 3.25 times as much, and the step is 3.25 times as long; it
# depends on which classes a batch happens to hold. Without weights the two agree. Both formulas stand in the documentation;
# that nothing but the form of the target chooses between them is the surprise.
# For us: no loss weighs classes; hard and soft targets share one sum ("oneHot" in lib/distill/losses.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
from torch.nn.functional import cross_entropy, one_hot

weights = torch.tensor([1.0, 10.0])
batches = {"three frequent, one rare": [0, 0, 0, 1], "four frequent": [0, 0, 0, 0], "four rare": [1, 1, 1, 1]}
print(f"PyTorch {torch.__version__}, weights 1 and 10, by labels and by one-hot rows")
ratios = []
for name, labels in batches.items():
    labels = torch.tensor(labels)
    logits = torch.randn(4, 2, generator=torch.Generator().manual_seed(1), requires_grad=True)
    by_label = cross_entropy(logits, labels, weights)
    by_row = cross_entropy(logits, one_hot(labels, 2).float(), weights)
    slopes = [torch.autograd.grad(loss, logits)[0].norm() for loss in (by_label, by_row)]
    ratios.append(float(by_row / by_label))
    print(f"{name}: {by_label:.3f} and {by_row:.3f}, {ratios[-1]:.2f} times; gradients {float(slopes[1] / slopes[0]):.2f} times")
plain = [float(cross_entropy(logits, target)) for target in (labels, one_hot(labels, 2).float())]
print(f"without weights: {plain[0]:.3f} and {plain[1]:.3f}")
if any(abs(ratio - wanted) > 1e-3 for ratio, wanted in zip(ratios, (3.25, 1, 10))) or abs(plain[0] - plain[1]) > 1e-5:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
