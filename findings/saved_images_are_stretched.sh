#!/usr/bin/env bash
# Images saved by `keras.utils.save_img` in Keras 3.15.1.
#
# Guess: an image of whole numbers from 0 to 255 is written as it is; "whether to rescale image values to be within [0,
# 255]" leaves one alone that is within.
# Seen: by default each image is stretched by its own least and greatest value to the whole range, bytes too. A generator's
# fakes of little contrast come out with full contrast, a dark one and a bright one as the same file, and an image of one
# grey level as black. Scores of the saved folder are scores of other images, and a set saved so and trained on has lost
# its brightness. `array_to_img`, which does the work, has the same default.
# For us: "imagesFromTensor() turns every normalised byte back into itself, and clamps".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4 pillow==12.0.0
cat > "$folder/run.py" <<'PY'
import sys
from pathlib import Path

import keras
import numpy
from PIL import Image

folder = Path(sys.argv[1])
pattern = numpy.random.default_rng(1).integers(0, 31, (32, 32, 3)).astype(numpy.uint8)
images = {"dark": pattern, "bright": pattern + 200, "one grey": numpy.full((32, 32, 3), 128, numpy.uint8)}


def read_back(name, **options):
    """The image as Pillow finds it in the file."""
    file = folder / f"{name}.png"
    keras.utils.save_img(file, images[name], **options)
    return numpy.asarray(Image.open(file))


print(f"Keras {keras.__version__}: bytes, saved and read again")
found = {}
for name, image in images.items():
    found[name], kept = read_back(name), read_back(name, scale=False)
    print(f"{name}: {image.min()} to {image.max()} become {found[name].min()} to {found[name].max()}; "
          f"with scale=False {kept.min()} to {kept.max()}")
    if not numpy.array_equal(kept, image):
        sys.exit("The behaviour changed: scale=False")
same = numpy.array_equal(found["dark"], found["bright"])
print(f"the dark and the bright image are {'equal' if same else 'different'} now")
if not same or (found["dark"].min(), found["dark"].max()) != (0, 255) or found["one grey"].max() != 0:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py" "$folder"
