#!/usr/bin/env bash
# Mixup of batches in timm 1.0.31, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `Mixup` blends each image with one that is drawn at random from its batch, as the paper does, and with `prob=0`
# images and labels are left alone.
# Seen: the partner is always the image at the same place from the other end: the first with the last. Of a batch whose first
# half is real and whose second half is fake, or of two data sets, every blend is of one and the other, and none of two
# of a kind; sorted by class, nearly none is of one class. Labels are smoothed by 0.1 unless told otherwise, also where
# nothing is mixed: with `prob=0` a label of 1 is 0.91. And there are 1000 classes unless told otherwise. Give the batch in
# random order, and `label_smoothing=0`.
# For us: no images are blended; batches are real images first and then fakes ("mixedIndicesAt() has the same share of both
# parts in every batch, and visits each image once a pass"), so whoever adds a mixup has to draw its partners.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check timm==1.0.31 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import timm
import torch
from timm.data import Mixup

BATCH, CLASSES = 8, 8
numpy.random.seed(1)


def partners(mode, prob=1.0):
    """For each image the others that a hundred batches mixed it with; the label says which image it is."""
    mixup = Mixup(mixup_alpha=1, prob=prob, mode=mode, num_classes=CLASSES, label_smoothing=0)
    met = [set() for _ in range(BATCH)]
    for _ in range(100):
        _, targets = mixup(torch.zeros(BATCH, 1, 2, 2), torch.arange(BATCH))
        for image, row in enumerate(targets):
            met[image] |= {int(other) for other in row.nonzero().flatten()} - {image}
    return met


print(f"timm {timm.__version__}, PyTorch {torch.__version__}: partners of images 0 to 7 in a hundred batches")
found = {mode: partners(mode) for mode in ("batch", "pair", "elem")}
for mode, met in found.items():
    print(f'mode "{mode}": ' + ", ".join(f"{image} with {sorted(others)}" for image, others in enumerate(met)))
plain = Mixup(mixup_alpha=1, prob=0, num_classes=CLASSES)(torch.zeros(BATCH, 1, 2, 2), torch.arange(BATCH))[1]
width = Mixup(mixup_alpha=1)(torch.zeros(BATCH, 1, 2, 2), torch.arange(BATCH))[1].shape[1]
print(f"prob=0: the label of an image is {float(plain[0, 0]):.4f}, of other classes {float(plain[0, 1]):.4f}; without a number there are {width}")
if any(met != [{BATCH - 1 - image} for image in range(BATCH)] for met in found.values()):
    sys.exit("The behaviour changed")
if abs(float(plain[0, 0]) - 0.9125) > 1e-6 or width != 1000:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
