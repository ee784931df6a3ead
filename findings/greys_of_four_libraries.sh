#!/usr/bin/env bash
# Grey images of sharp 0.35.5, Pillow 12.0.0, OpenCV 4.12.0 and scikit-image 0.25.2.
#
# Guess: the grey of a colour is 0.299 red + 0.587 green + 0.114 blue in all of them, to a level.
# Seen: in Pillow and OpenCV, yes. scikit-image weighs by 0.2125, 0.7154, 0.0721. sharp, `greyscale()`, takes light before
# gamma: red is 76 of 255 in the first two, 54 in scikit-image and 127 in sharp; green 150, 182 and 220. Digits in colour
# and chest images saved as RGB in one tool and made grey in another are other images, up to 70 levels, which no error
# shows. Pixels that are grey already agree in all.
# For us: images keep their three colours, and grey ones get three equal: "imageFolder() reads images of any size and mode,
# class by class".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pillow==12.0.0 opencv-python-headless==4.12.0.88 scikit-image==0.25.2 numpy==2.2.6
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact sharp@0.35.5 > install.log 2>&1 || { cat install.log; exit 1; }
cat > colours.py <<'PY'
import numpy
from PIL import Image

COLOURS = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50], [90, 90, 90]]
Image.fromarray(numpy.uint8(COLOURS).reshape(1, -1, 3)).save("colours.png")
PY
cat > run.js <<'JS'
import sharp from "sharp";

console.log([...await sharp("colours.png").greyscale().raw().toBuffer()].join());
JS
cat > run.py <<'PY'
import sys
from importlib.metadata import version

import cv2
import numpy
from PIL import Image
from skimage.color import rgb2gray

colours = Image.open("colours.png")
greys = {
    "Pillow": numpy.asarray(colours.convert("L"))[0],
    "OpenCV": cv2.cvtColor(numpy.asarray(colours), cv2.COLOR_RGB2GRAY)[0],
    "scikit-image": numpy.round(255 * rgb2gray(numpy.asarray(colours)))[0],
    "sharp": numpy.array(sys.stdin.read().split(",")),
}
print(f"Pillow {version('pillow')}, OpenCV {cv2.__version__}, scikit-image {version('scikit-image')}, sharp 0.35.5:")
print(f"{'':13}{'red':>5}{'green':>7}{'blue':>6}{'brown':>7}{'grey':>6}")
greys = {name: grey.astype(int).tolist() for name, grey in greys.items()}
for name, (red, green, blue, brown, grey) in greys.items():
    print(f"{name:13}{red:5}{green:7}{blue:6}{brown:7}{grey:6}")
if greys["Pillow"] != greys["OpenCV"] or greys["scikit-image"][:3] != [54, 182, 18] or greys["sharp"][:3] != [127, 220, 76]:
    sys.exit("The behaviour changed")
PY
venv/bin/python colours.py
node run.js | venv/bin/python run.py
