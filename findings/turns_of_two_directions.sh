#!/usr/bin/env bash
# Turning images in kornia 0.9.0 and torchvision 0.29.2, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `RandomRotation((20, 20))` and `RandomAffine((20, 20))` of one library turn an image by 20 degrees in the same
# direction.
# Seen: the first turns against the clock and the second with it, in both libraries: a mark above the centre goes to the left
# by the one and to the right by the other. torchvision says so in two places for its functions `rotate` and `affine`; in
# kornia its own `affine` and `rotate` agree, and only the random one differs. Who trains on angles, and adds the drawn angle
# to the label, doubles the error with one of the two, and classes that know left from right see another set.
# For us: no image is turned after it was drawn; chairs are rendered at their angle: "a picture has the stored bytes, whatever
# was drawn before".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check kornia==0.9.0 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import math
import sys

import kornia
import kornia.augmentation as K
import torch
import torchvision
from torchvision.transforms import v2

SIDE = 65
image = torch.zeros(1, 1, SIDE, SIDE)
image[..., 8:17, 31:34] = 1


def turned(transform):
    """Degrees, against the clock, by which a mark above the centre has moved."""
    mark = transform(image)[0, 0]
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    centre = SIDE // 2
    up, left = (float((mark * (centre - axis)).sum()) for axis in (rows, columns))
    return round(math.degrees(math.atan2(left, up)))


angle = torch.tensor([20.0])
found = {
    "torchvision, RandomRotation": turned(v2.RandomRotation((20, 20))),
    "torchvision, RandomAffine": turned(v2.RandomAffine((20, 20))),
    "kornia, RandomRotation": turned(K.RandomRotation((20.0, 20.0), p=1)),
    "kornia, RandomAffine": turned(K.RandomAffine((20.0, 20.0), p=1)),
    "kornia, rotate": turned(lambda x: kornia.geometry.rotate(x, angle)),
    "kornia, Affine": turned(kornia.geometry.transform.Affine(angle=angle)),
}
print(f"kornia {kornia.__version__}, torchvision {torchvision.__version__}, PyTorch {torch.__version__}: degrees against the clock, 20 asked for")
for name, degrees in found.items():
    print(f"{name}: {degrees}")
if list(found.values()) != [20, -20, 20, -20, 20, 20]:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
