#!/usr/bin/env bash
# Greyscale PNGs with 16 bits a pixel through Pillow 12.0.0, as image folders are commonly loaded: open, convert("RGB").
#
# Guess: 65,535 levels are scaled to 255, as decoders of other languages do, or an error says that they are not.
# Seen: values are cut off at 255. Every level above 255 of 65,535, that is all but the darkest 0.4 %, is white: depth
# maps, X-rays and microscope images become white pictures with labels, on which a network trains without a complaint.
# For us: 16-bit PNGs of a folder are scaled to 8 bits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==12.0.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import io
import sys

import numpy
import PIL
from PIL import Image

levels = numpy.linspace(0, 65535, 256).astype(numpy.uint16)
file = io.BytesIO()
Image.fromarray(levels.reshape(16, 16)).save(file, "PNG")
opened = Image.open(io.BytesIO(file.getvalue()))
read = numpy.asarray(opened.convert("RGB"))[:, :, 0].reshape(-1)
scaled = numpy.round(levels / 257).astype(numpy.uint8)
print(f"Pillow {PIL.__version__}, mode {opened.mode}: levels 0, 257, 514, 32896, 65535")
chosen = [0, 1, 2, 128, 255]
print("converted", read[chosen], "scaled", scaled[chosen])
print(f"white pixels of a ramp: {(read == 255).sum()} of 256")
if (read == 255).sum() != 255:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
