#!/usr/bin/env bash
# Photographs that a camera held upright, in Pillow 12.0.0 and OpenCV 4.12.0.
#
# Guess: two readers of one file give the same picture, whatever its metadata says.
# Seen: a phone stores what its sensor sees and notes in the EXIF data how to turn it. Pillow, and so torchvision, leaves
# the picture on its side; OpenCV turns it, JPEG or PNG, unless it is read with IMREAD_UNCHANGED. A network trained on
# files read by one and tried on files read by the other sees every upright photograph lying.
# For us: as in Pillow, and data/README.md says so: "JpegDecoder.decode() leaves pixels as they are stored, whatever a
# camera says of turning them or of colours".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
cat > "$folder/run.py" <<'PY'
import sys

import cv2
import PIL
from PIL import Image, ImageOps

print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}: width x height of 40 x 30 pixels with a note to turn them")
camera = Image.Exif()
# Tag 274, orientation: 6 is a quarter turn clockwise.
camera[274] = 6
seen = []
for kind in ("jpg", "png"):
    path = f"{sys.argv[1]}/photograph.{kind}"
    Image.new("RGB", (40, 30), (200, 120, 40)).save(path, exif=camera)
    opened = Image.open(path)
    sizes = {
        "Pillow": opened.size,
        "Pillow, exif_transpose": ImageOps.exif_transpose(opened).size,
        "OpenCV": cv2.imread(path).shape[1::-1],
        "OpenCV, IMREAD_UNCHANGED": cv2.imread(path, cv2.IMREAD_UNCHANGED).shape[1::-1],
    }
    print(f"{kind}: " + ", ".join(f"{name} {width} x {height}" for name, (width, height) in sizes.items()))
    seen += list(sizes.values())
if seen != [(40, 30), (30, 40), (30, 40), (40, 30)] * 2:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py" "$folder"
