#!/usr/bin/env bash
# Blurred colour images by SciPy 1.16.2 and scikit-image 0.25.2.
#
# Guess: `gaussian_filter(image, 2)` and `skimage.filters.gaussian(image, 2)` blur along height and width; an image of one
# colour stays as it is.
# Seen: both blur along every axis, channels too. A red image becomes a reddish grey, 0.39, 0.33, 0.28 by the first, and a
# batch of images is mixed with its neighbours: next to a white image a black one is a sixth as bright. The sum of brightness
# is kept, and grey images stay right, so that tests on grey images pass. scikit-image told colour images by their three
# channels once. `axes=(0, 1)` and `channel_axis=-1` name the axes.
# For us: images are only averaged along height and width: "resizeImage() leaves a uniform image uniform, smaller or larger".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scipy==1.16.2 scikit-image==0.25.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import scipy
import skimage
from scipy.ndimage import gaussian_filter

SIGMA = 2
red = numpy.zeros((32, 32, 3))
red[..., 0] = 1
batch = numpy.zeros((9, 32, 32, 3))
batch[3] = 1
grey = numpy.full((32, 32, 3), 0.5)
found = {
    f"SciPy {scipy.__version__}": lambda image: gaussian_filter(image, SIGMA),
    f"scikit-image {skimage.__version__}": lambda image: skimage.filters.gaussian(image, SIGMA),
    "SciPy, axes": lambda image: gaussian_filter(image, SIGMA, axes=(-3, -2)),
}
seen = []
for name, blur in found.items():
    colour, neighbour, kept = blur(red)[16, 16], blur(batch)[4].mean(), abs(blur(grey) - 0.5).max()
    seen.append((colour, neighbour, kept))
    print(f"{name}: red becomes {', '.join(f'{part:.2f}' for part in colour)}; black next to white {neighbour:.2f}; grey moves by {kept:.0e}")
if any(colour[1] < 0.3 or neighbour < 0.1 for colour, neighbour, _ in seen[:2]) or any(kept > 1e-9 for *_, kept in seen):
    sys.exit("The behaviour changed")
if abs(seen[2][0] - [1, 0, 0]).max() > 1e-9 or seen[2][1] != 0:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
