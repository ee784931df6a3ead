#!/usr/bin/env bash
# Smaller images by SciPy 1.16.2.
#
# Guess: `scipy.ndimage.zoom(image, (1 / 8, 1 / 8, 1), order=1)` of an image of one colour is a smaller image of that colour.
# Seen: for some sizes its last row and column are black. The last pixel is taken at the very end of the image, and rounding
# puts that point a trace beyond it, where the value is `cval`, 0. Of 256 to 32 pixels, 64 to 28 and 32 to 16 it is so, of 128
# to 32 and 64 to 32 not; of all sizes from 9 to 512 made to 8, 16, 28, 32 or 64, 2.9 % have the edge. It is the same with
# every order, for whole numbers and reals. A sixteenth of the pixels of such a set is black, and each image's mean falls by
# that much. `mode="nearest"` has no edge, and nor has `grid_mode=True` with it, which also puts pixels where other libraries
# have them.
# For us: "resizeImage() leaves a uniform image uniform, smaller or larger".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scipy==1.16.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import scipy
from scipy.ndimage import zoom

print(f"SciPy {scipy.__version__}: images of one colour, 200")
found = {}
for old, new in ((256, 32), (64, 28), (32, 16), (128, 32), (64, 32)):
    image = numpy.full((old, old, 3), 200, dtype="uint8")
    for order in (0, 1, 3):
        small = zoom(image, (new / old, new / old, 1), order=order)
        found[old, new, order] = int(small[-1, -1, 0]), float((small == 0).mean()), int(small[:-1, :-1].min())
    corner, black, inside = found[old, new, 1]
    print(f"{old} to {new}: corner {corner}, {100 * black:.1f} % black, at least {inside} inside; all orders the same: "
          f"{len({found[old, new, order] for order in (0, 1, 3)}) == 1}")
sizes = [(old, new) for old in range(9, 513) for new in (8, 16, 28, 32, 64) if new < old]
edges = [pair for pair in sizes if zoom(numpy.full(pair[0], 200.0), pair[1] / pair[0], order=1)[-1] == 0]
print(f"{len(edges)} of {len(sizes)} pairs of sizes, {100 * len(edges) / len(sizes):.1f} %, have a black end")
kept = zoom(numpy.full(256, 200.0), 1 / 8, order=1, mode="nearest")[-1]
grid = zoom(numpy.full(256, 200.0), 1 / 8, order=1, mode="nearest", grid_mode=True)[-1]
print(f"256 to 32 with the nearest value beyond the end: {kept:.0f}, with grid_mode too: {grid:.0f}")
wanted = {(256, 32): 0, (64, 28): 0, (32, 16): 0, (128, 32): 200, (64, 32): 200}
if any(corner != wanted[old, new] or inside != 200 for (old, new, _), (corner, _, inside) in found.items()):
    sys.exit("The behaviour changed")
if not edges or abs(kept - 200) > 1e-9 or abs(grid - 200) > 1e-9:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
