#!/usr/bin/env bash
# Mean colours of a set of images in NumPy 2.3.4.
#
# Guess: `images.mean(axis=(0, 1, 2))` of CIFAR-10 in float32 is exact to four digits: NumPy adds in pairs, and `sum` of
# all of them is right.
# Seen: where the colours are the last axis, each colour has one sum in float32, to which one pixel after the other is
# added. From 2^24 = 16,777,216 on a number below 1 no longer changes it. Of 50,000 images of 32 x 32 whose pixels are evenly
# spread from 0 to 1 the means are 0.33 where 0.50 is right, and each deviation is 0.31 for 0.29; a set that is twice as
# large has 0.16. Without an axis, in PyTorch's order (image, colour, row, column), and of bytes it is right. The page
# of `mean` says that results of float32 can be inaccurate. With `dtype=numpy.float64` they are not.
# For us: sums have 64 bits: "channelStatistics() gives mean and population deviation of x / 255 per channel".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy

images = numpy.random.default_rng(1).random((50_000, 32, 32, 3), dtype=numpy.float32)
colours = (0, 1, 2)
found = {
    "float32, mean of each colour": images.mean(axis=colours),
    "float32, deviation of each colour": images.std(axis=colours),
    "float32, mean of all": images.mean(keepdims=True).ravel(),
    "float32, PyTorch's order": numpy.ascontiguousarray(images.transpose(0, 3, 1, 2)).mean(axis=(0, 2, 3)),
    "float32, dtype=numpy.float64": images.mean(axis=colours, dtype=numpy.float64),
    "bytes, divided by 255 afterwards": (images * 256).astype(numpy.uint8).mean(axis=colours) / 255,
}
half = numpy.broadcast_to(images[:1], (100_000, 32, 32, 3)).mean(axis=colours)
print(f"NumPy {numpy.__version__}: 50,000 images of 32 x 32, evenly spread from 0 to 1")
for name, values in found.items():
    print(f"{name}: {', '.join(f'{value:.4f}' for value in values)}")
print(f"float32, mean of each colour, 100,000 images: {', '.join(f'{value:.4f}' for value in half)}")
wrong, deviation, *right = found.values()
if abs(wrong - 0.3277).max() > 0.001 or deviation.min() < 0.305 or abs(half - 0.1638).max() > 0.001:
    sys.exit("The behaviour changed")
if any(abs(values - 0.5).max() > 0.001 for values in right):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
