#!/usr/bin/env bash
# Normalising float images in albumentations 2.0.8.
#
# Guess: `A.Normalize(mean, std)` gives the same numbers for an image of bytes and for the same image as float32 from 0 to 1,
# the two kinds that the library works on and tells apart by their type, as its other transforms do.
# Seen: it divides both by `max_pixel_value=255`. Of a float image all pixels become nearly the same: the deviation is 0.005
# where it is 1.33, around a mean of -2. A chain with `A.ToFloat()` before it feeds a network grey images, without a word;
# loss and accuracy are just bad. `max_pixel_value=1` is right for floats.
# For us: "makeBatch() normalises channel by channel and keeps labels in dataset units", from bytes alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check albumentations==2.0.8 opencv-python-headless==4.12.0.88 numpy==2.2.6
cat > "$folder/run.py" <<'PY'
import os
import sys

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import albumentations as A
import numpy

image = numpy.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=numpy.uint8)
as_float = A.ToFloat()(image=image)["image"]
darker = A.RandomBrightnessContrast(brightness_limit=(-0.2, -0.2), contrast_limit=(0, 0), p=1)
print(f"albumentations {A.__version__}: the same image as bytes and as {as_float.dtype} from {as_float.min():.0f} to {as_float.max():.0f}")
changes = [float(darker(image=given)["image"].mean()) / unit for given, unit in ((image, 255), (as_float, 1))]
print(f"a fifth darker: mean {changes[0]:.2f} of bytes, {changes[1]:.2f} of floats")


def spread(given, **options):
    values = A.Normalize(**options)(image=given)["image"]
    return float(values.mean()), float(values.std())


found = {
    "bytes": spread(image),
    "floats": spread(as_float),
    "floats, max_pixel_value=1": spread(as_float, max_pixel_value=1),
}
for name, (mean, deviation) in found.items():
    print(f"normalised {name}: mean {mean:.3f}, deviation {deviation:.3f}")
right, wrong, told = found.values()
if wrong[1] > 0.2 * right[1] or wrong[0] > -1.5 or abs(told[1] - right[1]) > 1e-3 or abs(changes[0] - changes[1]) > 0.01:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
