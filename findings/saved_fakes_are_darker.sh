#!/usr/bin/env bash
# Bytes of an image from 0 to 1 in torchvision 0.29.2, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `to_pil_image(x)` and `save_image(x, path)` make the same bytes of generated images, the nearest ones.
# Seen: the first cuts off, the second rounds. Images by `to_pil_image` are half a level darker on average, half of their
# bytes are one lower, and 1 becomes 255 only where it is 1 exactly. Of bytes that were normalised to -1 to 1 and taken back,
# as a network's inputs are, a quarter come out one lower, while bytes divided by 255 come out right, so that a test on those
# finds nothing. `v2.ToDtype(torch.uint8, scale=True)` is a third rule, 256 equal parts. Scores of generators compare such
# sets with real images that were never rounded.
# For us: "imagesFromTensor() turns every normalised byte back into itself, and clamps".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchvision==0.29.2 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional, v2
from torchvision.utils import save_image

folder = sys.argv[1]


def by_save_image(image):
    save_image(image, f"{folder}/x.png")
    return numpy.asarray(Image.open(f"{folder}/x.png"))[..., 0]


WAYS = {
    "save_image": by_save_image,
    "to_pil_image": lambda image: numpy.asarray(functional.to_pil_image(image)),
    "ToDtype": lambda image: v2.ToDtype(torch.uint8, scale=True)(image)[0].numpy(),
}
torch.manual_seed(1)
levels = torch.arange(256.0).reshape(1, 16, 16)
images = {
    "bytes divided by 255": levels / 255,
    "bytes normalised and taken back": ((levels / 255 - 0.5) / 0.5) * 0.5 + 0.5,
    "generated": torch.rand(1, 500, 500),
}
print(f"torchvision {torchvision.__version__}, PyTorch {torch.__version__}: bytes beside the nearest ones")
found = {}
for kind, image in images.items():
    nearest = numpy.round(image[0].double().numpy() * 255)
    for way, to_bytes in WAYS.items():
        off = to_bytes(image).astype(float) - nearest
        found[kind, way] = float((off != 0).mean()), float(off.mean())
        print(f"{kind}, {way}: {100 * found[kind, way][0]:.0f} % differ, {found[kind, way][1]:+.2f} levels on average")
back, drawn = found["bytes normalised and taken back", "to_pil_image"], found["generated", "to_pil_image"]
if any(found[kind, "save_image"][0] > 0.001 for kind in images) or back[0] < 0.1 or abs(drawn[1] + 0.5) > 0.01:
    sys.exit("The behaviour changed")
if any(found["bytes divided by 255", way][0] for way in WAYS) or found["generated", "ToDtype"][0] < 0.2:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
