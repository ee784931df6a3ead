#!/usr/bin/env bash
# The nearest pixel in OpenCV 4.12.0, Pillow 12.0.0, scikit-image 0.25.2 and SciPy 1.16.2.
#
# Guess: resizing by nearest pixels takes, for each new pixel, the old one at its centre, in all of them; to a third of the
# size that is the middle one of each three.
# Seen: OpenCV's `INTER_NEAREST` takes the first of each three, the corner: labels, masks and small pictures move by a pixel
# up and to the left against those of Pillow and scikit-image, and by half of the factor in general, 3.5 pixels from 256 to
# 32. SciPy's `zoom(order=0)` takes corner pixels at corners and spreads the others between. Of 12 pixels the four libraries
# take 0 3 6 9; 1 4 7 10; 1 4 7 10; 0 4 7 11. `INTER_NEAREST_EXACT` is Pillow's.
# For us: images are averaged when they become smaller: "resizeImage() equals the mean of finely cut pixels, also across pixel
# borders".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check opencv-python-headless==4.12.0.88 pillow==12.0.0 scikit-image==0.25.2 scipy==1.16.2 numpy==2.2.6
cat > "$folder/run.py" <<'PY'
import sys

import cv2
import numpy
import PIL
import scipy
import skimage
from PIL import Image
from scipy.ndimage import zoom
from skimage.transform import resize


def by_opencv(image, side, rule=cv2.INTER_NEAREST):
    return cv2.resize(image, (side, side), interpolation=rule)


WAYS = {
    f"OpenCV {cv2.__version__}": by_opencv,
    f"Pillow {PIL.__version__}": lambda image, side: numpy.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST)),
    f"scikit-image {skimage.__version__}": lambda image, side: resize(image, (side, side), order=0, preserve_range=True, anti_aliasing=False).astype("uint8"),
    f"SciPy {scipy.__version__}": lambda image, side: zoom(image, side / len(image), order=0),
    "OpenCV, INTER_NEAREST_EXACT": lambda image, side: by_opencv(image, side, cv2.INTER_NEAREST_EXACT),
}
found = []
for name, way in WAYS.items():
    taken = {}
    for old, new in ((12, 4), (256, 32)):
        columns = numpy.tile(numpy.arange(old, dtype="uint8"), (old, 1))
        taken[old] = way(columns, new)[0].astype(float)
    centres = (numpy.arange(32) + 0.5) * 8 - 0.5
    moved = float(numpy.median(taken[256] - centres))
    found.append((taken[12].astype(int).tolist(), moved))
    print(f"{name}: 12 to 4 pixels takes {' '.join(map(str, found[-1][0]))}; 256 to 32 lies {moved:+.1f} pixels beside the centres")
if [taken for taken, _ in found] != [[0, 3, 6, 9], [1, 4, 7, 10], [1, 4, 7, 10], [0, 4, 7, 11], [1, 4, 7, 10]]:
    sys.exit("The behaviour changed")
if abs(found[0][1] + 3.5) > 0.01 or abs(found[1][1]) > 0.6:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
