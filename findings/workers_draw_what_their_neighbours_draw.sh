#!/usr/bin/env bash
# A data set that draws from a generator of its own, read by worker processes, in PyTorch 2.15.0. (The installation takes a
# few GB.)
#
# Guess: augmentations drawn from `self.rng = numpy.random.default_rng(seed)` are others for every image and in every epoch:
# PyTorch gives every worker a seed of its own, for NumPy too.
# Seen: it seeds the global streams. A generator that belongs to the data set is copied into each worker as it stood, anew
# every epoch: two workers draw the same numbers for different images, and each epoch repeats the first. With two workers,
# three epochs of eight images have four different crops in place of 24. Without workers all 24 differ, so a test on few
# images sees nothing. A generator made from seed, epoch and position, or a seed from `torch.initial_seed()`, is right.
# For us: draws have addresses: "makeBatch() gives the same batch for the same stream and none for a missing one".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import torch
from torch.utils.data import DataLoader, Dataset

IMAGES, EPOCHS = 8, 3


class Crops(Dataset):
    """Where each image is cropped, by a generator of the data set."""

    def __init__(self):
        self.rng = numpy.random.default_rng(7)

    def __len__(self):
        return IMAGES

    def __getitem__(self, index):
        return int(self.rng.integers(10**6))


print(f"PyTorch {torch.__version__}, NumPy {numpy.__version__}: {EPOCHS} epochs of {IMAGES} images")
different = {}
for workers in (0, 1, 2):
    loader = DataLoader(Crops(), batch_size=2, num_workers=workers)
    epochs = [torch.cat(list(loader)).tolist() for _ in range(EPOCHS)]
    different[workers] = len({crop for epoch in epochs for crop in epoch})
    print(f"{workers} workers: {different[workers]} different crops, all epochs the same: {epochs[0] == epochs[1] == epochs[2]}")
if different != {0: IMAGES * EPOCHS, 1: IMAGES, 2: IMAGES // 2}:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
