#!/usr/bin/env bash
# Lossless WebP with an alpha channel by sharp 0.35.5, Pillow 12.0.0 and OpenCV 4.12.0.
#
# Guess: `webp({ lossless: true })` gives every byte back, as PNG does.
# Seen: where alpha is 0 all three forget the colours and store what packs best. Of a picture whose alpha channel is a mask of
# the object 75 % of the bytes under the mask come back as others, and all others as they were. A viewer shows no difference; a
# network that is shown three channels sees another background. `exact=True` of Pillow keeps all bytes. PNG keeps them in all
# three.
# For us: images are kept as bytes and as PNG: "decodePng() expands grey levels and drops transparency", with the colours
# under it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pillow==12.0.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact sharp@0.35.5 > install.log 2>&1 || { cat install.log; exit 1; }
cat > run.js <<'JS'
import { readFileSync, writeFileSync } from "node:fs";
import sharp from "sharp";

const image = sharp(readFileSync("image.raw"), { raw: { width: 32, height: 32, channels: 4 } });
for (const kind of ["webp", "png"]) {
  const file = await image.clone()[kind](kind === "webp" ? { lossless: true } : {}).toBuffer();
  writeFileSync(`sharp.${kind}.raw`, await sharp(file).raw().toBuffer());
}
JS
cat > run.py <<'PY'
import subprocess
import sys

import cv2
import numpy
import PIL
from PIL import Image

SIDE = 32
image = numpy.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 4), dtype=numpy.uint8)
image[..., 3] = 255
image[: SIDE // 2, :, 3] = 0
image.tofile("image.raw")
subprocess.run(["node", "run.js"], check=True)


def by_pillow(kind, **options):
    Image.fromarray(image).save(f"x.{kind}", **options)
    return numpy.asarray(Image.open(f"x.{kind}").convert("RGBA"))


def by_opencv(kind, *options):
    cv2.imwrite(f"x.{kind}", image, options)
    return cv2.imread(f"x.{kind}", cv2.IMREAD_UNCHANGED)


def by_sharp(kind):
    return numpy.fromfile(f"sharp.{kind}.raw", dtype=numpy.uint8).reshape(image.shape)


print(f"sharp 0.35.5, Pillow {PIL.__version__}, OpenCV {cv2.__version__}: bytes that came back as others")
found = {
    "WebP, sharp": by_sharp("webp"),
    "WebP, Pillow": by_pillow("webp", lossless=True),
    "WebP, OpenCV": by_opencv("webp", cv2.IMWRITE_WEBP_QUALITY, 101),
    "WebP, Pillow, exact=True": by_pillow("webp", lossless=True, exact=True),
    "PNG, sharp": by_sharp("png"),
    "PNG, Pillow": by_pillow("png"),
    "PNG, OpenCV": by_opencv("png"),
}
for index, (name, back) in enumerate(found.items()):
    other = back != image
    masked, shown = other[: SIDE // 2].mean(), other[SIDE // 2 :].mean()
    print(f"{name}: {100 * masked:.0f} % where alpha is 0, {100 * shown:.0f} % elsewhere")
    if shown != 0 or (masked < 0.5 if index < 3 else masked != 0):
        sys.exit("The behaviour changed")
PY
venv/bin/python -W ignore run.py
