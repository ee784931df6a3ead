#!/usr/bin/env bash
# Reducing images by area: BOX of Pillow 12.0.0 and INTER_AREA of OpenCV 4.12.0, against the exact mean of what each new
# pixel covers.
#
# Guess: both are the area mean; BOX is documented as giving every source pixel of the area the same weight, and for
# whole factors (128 to 64) the two agree to a rounding.
# Seen: where the factor is no whole number, BOX takes whole source pixels only, by their centres. From 200 to 64, a
# common step to Tiny-ImageNet's size, noise is up to 34 grey levels off the mean and stripes 36, more than BICUBIC's on
# stripes (9); from 100 it is up to 132. INTER_AREA weighs pixels across a border by their part: half a level everywhere.
# For us: a user's own images are reduced by the exact mean, which OpenCV's INTER_AREA agrees with and Pillow's BOX does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
cat > "$folder/run.py" <<'PY'
import sys

import cv2
import numpy
import PIL
from PIL import Image

TARGET = 64


def area_mean(image):
    """Weights of each source line in each target line, applied to rows and columns."""
    edges = numpy.arange(TARGET + 1) * len(image) / TARGET
    lines = numpy.arange(len(image))
    ends = numpy.minimum(edges[1:, None], lines + 1)
    weights = numpy.clip(ends - numpy.maximum(edges[:-1, None], lines), 0, 1) * TARGET / len(image)
    return weights @ image.astype(float) @ weights.T


print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}: greatest distance from the mean in grey levels")
worst = {}
for size in (128, 200, 100):
    noise = numpy.random.default_rng(1).integers(0, 256, (size, size)).astype(numpy.uint8)
    stripes = numpy.tile((255 * (numpy.arange(size) % 3 == 0)).astype(numpy.uint8), (size, 1))
    for name, image in (("noise", noise), ("stripes", stripes)):
        mean = area_mean(image)
        reduced = {
            "INTER_AREA": cv2.resize(image, (TARGET, TARGET), interpolation=cv2.INTER_AREA),
            "BOX": Image.fromarray(image).resize((TARGET, TARGET), Image.Resampling.BOX),
            "BICUBIC": Image.fromarray(image).resize((TARGET, TARGET), Image.Resampling.BICUBIC),
        }
        for tool, pixels in reduced.items():
            worst[size, name, tool] = numpy.abs(numpy.asarray(pixels) - mean).max()
        print(f"{size} to {TARGET}, {name}: " +
              ", ".join(f"{tool} {worst[size, name, tool]:.1f}" for tool in reduced))
exact = [worst[key] for key in worst if key[2] == "INTER_AREA"]
whole = [worst[128, name, "BOX"] for name in ("noise", "stripes")]
if max(exact) > 0.51 or max(whole) > 1.01:
    sys.exit("The behaviour changed: INTER_AREA, or BOX at a whole factor, is not the mean")
if worst[200, "noise", "BOX"] < 20 or worst[200, "stripes", "BOX"] < worst[200, "stripes", "BICUBIC"]:
    sys.exit("The behaviour changed: BOX is near the mean now")
PY
"$folder/venv/bin/python" "$folder/run.py"
