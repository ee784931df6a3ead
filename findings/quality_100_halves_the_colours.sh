#!/usr/bin/env bash
# JPEGs of the highest quality from Pillow 12.0.0 and OpenCV 4.12.0.
#
# Guess: `quality=100` keeps an image to a level or two, so that generated images can be stored so and scored later.
# Seen: both still store colours at half the resolution each way, as at any quality. A fine pattern of two colours comes
# back as another pattern, 152 of 255 levels off, and noise up to 211; in 32 x 32 images most edges are so fine.
# With `subsampling=0`, or OpenCV's sampling factor 4:4:4, it is 4 levels at most.
# For us: fake images are kept as their bytes, and image folders are written as PNG.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
cat > "$folder/run.py" <<'PY'
import io
import sys

import cv2
import numpy
import PIL
from PIL import Image

stripes = numpy.zeros((32, 32, 3), numpy.uint8)
stripes[:, ::2] = (255, 0, 0)
stripes[:, 1::2] = (0, 0, 255)
noise = numpy.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(numpy.uint8)


def by_pillow(image, **options):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=100, **options)
    return numpy.asarray(Image.open(file))


def by_opencv(image, *options):
    settings = [cv2.IMWRITE_JPEG_QUALITY, 100, *options]
    stored = cv2.imencode(".jpg", image[:, :, ::-1], settings)[1]
    return cv2.imdecode(stored, cv2.IMREAD_COLOR)[:, :, ::-1]


FULL = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}: greatest error at quality 100, in levels")
errors = {}
for name, image in (("stripes", stripes), ("noise", noise)):
    read = {
        "Pillow": by_pillow(image),
        "Pillow, subsampling=0": by_pillow(image, subsampling=0),
        "OpenCV": by_opencv(image),
        "OpenCV, 4:4:4": by_opencv(image, *FULL),
    }
    for tool, pixels in read.items():
        errors[name, tool] = numpy.abs(pixels.astype(int) - image).max()
        print(f"{name:8} {tool:22} {errors[name, tool]}")
for (name, tool), error in errors.items():
    is_full = tool in ("Pillow, subsampling=0", "OpenCV, 4:4:4")
    if (error > 8) if is_full else (error < 100):
        sys.exit(f"The behaviour changed: {tool} on {name}")
PY
"$folder/venv/bin/python" "$folder/run.py"
