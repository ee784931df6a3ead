#!/usr/bin/env bash
# Pictures with a colour profile, in sharp 0.35.5, Pillow 12.0.0 and OpenCV 4.12.0.
#
# Guess: two readers of one file give the same colours; a phone's picture differs from others in its size only.
# Seen: phones store Display P3, whose numbers mean stronger colours, and say so in a profile. sharp converts to sRGB;
# Pillow, and so torchvision, and OpenCV hand out the numbers as they are: the scene below is 115 levels off in some
# places and 9 on average, paler, without a word. A network trained on files read by one and tried on files read by the
# other, or on two makes of phone, sees other colours.
# For us: as in Pillow, and data/README.md says so: "JpegDecoder.decode() leaves pixels as they are stored, whatever a
# camera says of turning them or of colours".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pillow==12.0.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact sharp@0.35.5 > install.log 2>&1 || { cat install.log; exit 1; }
cat > run.js <<'JS'
import { writeFileSync } from "node:fs";
import sharp from "sharp";

// One scene of strong colours, stored as a computer does (sRGB) and as a phone does (Display P3).
const size = 64;
const scene = Buffer.alloc(size * size * 3);
for (let i = 0; i < size * size; i++) scene.set([4 * (i % size), 4 * Math.floor(i / size), 128], 3 * i);
const raw = { width: size, height: size, channels: 3 };
writeFileSync("scene.raw", scene);
await sharp(scene, { raw }).png().toFile("computer.png");
await sharp(scene, { raw }).withIccProfile("p3").png().toFile("phone.png");
for (const name of ["computer", "phone"]) writeFileSync(`sharp_${name}.raw`, await sharp(`${name}.png`).removeAlpha().raw().toBuffer());
console.log(`sharp ${sharp.versions.sharp}`);
JS
node run.js
cat > run.py <<'PY'
import sys

import cv2
import numpy
import PIL
from PIL import Image

scene = numpy.fromfile("scene.raw", numpy.uint8).reshape(64, 64, 3).astype(int)
print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}: grey levels from the scene, greatest and mean")
off = {}
for name in ("computer", "phone"):
    read = {
        "sharp": numpy.fromfile(f"sharp_{name}.raw", numpy.uint8).reshape(64, 64, 3),
        "Pillow": numpy.asarray(Image.open(f"{name}.png").convert("RGB")),
        "OpenCV": cv2.imread(f"{name}.png")[:, :, ::-1],
    }
    for tool, pixels in read.items():
        distance = numpy.abs(pixels - scene)
        off[tool, name] = distance.max(), distance.mean()
        print(f"{name}, {tool}: {distance.max()}, {distance.mean():.1f}")
if any(off[tool, "computer"][0] for tool in ("sharp", "Pillow", "OpenCV")) or off["sharp", "phone"][0] > 12:
    sys.exit("The behaviour changed: files without a profile, or sharp")
if any(off[tool, "phone"][0] < 80 for tool in ("Pillow", "OpenCV")):
    sys.exit("The behaviour changed: profiles are followed")
PY
venv/bin/python run.py
