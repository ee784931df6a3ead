#!/usr/bin/env bash
# The standard library's `shuffle` on arrays of NumPy 2.3.4.
#
# Guess: `random.shuffle(images)` puts the rows of an array in random order, as it does with a list: it needs no more than a
# length and places that can be read and written.
# Seen: it swaps by `x[i], x[j] = x[j], x[i]`, and a row of an array is a view: the first assignment overwrites what the
# second reads. Of 1000 images 491 are lost and others stand there several times. Arrays of one axis are shuffled rightly,
# labels for example, so that a test on numbers passes. The same happens to tensors of PyTorch.
# `numpy.random.default_rng(seed).shuffle(images)` is right, and so is an order of positions.
# For us: positions are shuffled, never images: "batchIndicesAt() visits every image once per epoch, in another order each
# epoch".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import random
import sys

import numpy

IMAGES = 1000


def left(shuffle, axes):
    """Different images after a shuffle, of images that have their number in every pixel."""
    images = numpy.arange(IMAGES).reshape(IMAGES, *[1] * (axes - 1)) * numpy.ones((IMAGES, *[2] * (axes - 1)), dtype=int)
    random.seed(1)
    shuffle(images)
    return len(numpy.unique(images))


print(f"Python {sys.version.split()[0]}, NumPy {numpy.__version__}: different ones of {IMAGES} after a shuffle")
found = {
    "labels, random.shuffle": left(random.shuffle, 1),
    "rows, random.shuffle": left(random.shuffle, 2),
    "images, random.shuffle": left(random.shuffle, 4),
    "images, Generator.shuffle": left(numpy.random.default_rng(1).shuffle, 4),
}
for name, count in found.items():
    print(f"{name}: {count}")
labels, rows, images, generator = found.values()
if labels != IMAGES or generator != IMAGES or rows > 0.6 * IMAGES or images > 0.6 * IMAGES:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
