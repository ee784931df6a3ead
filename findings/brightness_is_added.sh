#!/usr/bin/env bash
# Brighter images by kornia 0.9.0, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `RandomBrightness((1.2, 1.2))` makes an image 1.2 times as bright, as `ColorJitter(brightness=(1.2, 1.2))` of the
# same library and of torchvision does with the same numbers.
# Seen: it adds 0.2. Black becomes 0.2, and grey of 0.5 becomes 0.7 where the other gives 0.6: what is dark is hazed.
# `RandomContrast` multiplies where `ColorJitter` stretches around the mean: at 1.5 the mean of a dark image grows 1.5 times,
# by the other hardly. `ColorJiggle`, the other mixture of the four, goes by the first rules. Recipes that name factors, and
# were copied from torchvision, train on other images.
# For us: "diffAugment() follows the formulas in order at 32 pixels".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check kornia==0.9.0 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import kornia
import kornia.augmentation as K
import torch
import torchvision
from torchvision.transforms import functional

torch.manual_seed(1)
greys = torch.tensor([0.0, 0.25, 0.5]).reshape(1, 1, 1, 3).expand(1, 3, 1, 3)
image = 0.6 * torch.rand(1, 3, 32, 32)
BRIGHTER, SHARPER = (1.2, 1.2), (1.5, 1.5)
print(f"kornia {kornia.__version__}, torchvision {torchvision.__version__}, PyTorch {torch.__version__}")
found = {}
ways = {
    "torchvision": (lambda x: functional.adjust_brightness(x, 1.2), lambda x: functional.adjust_contrast(x, 1.5)),
    "ColorJitter": (K.ColorJitter(brightness=BRIGHTER, p=1), K.ColorJitter(contrast=SHARPER, p=1)),
    "ColorJiggle": (K.ColorJiggle(brightness=BRIGHTER, p=1), K.ColorJiggle(contrast=SHARPER, p=1)),
    "RandomBrightness, RandomContrast": (K.RandomBrightness(BRIGHTER, p=1), K.RandomContrast(SHARPER, p=1)),
}
for name, (brighter, sharper) in ways.items():
    shades = [round(float(value), 2) for value in brighter(greys)[0, 0, 0]]
    mean = float(sharper(image).mean() / image.mean())
    found[name] = shades, mean
    print(f"{name}: brightness 1.2 makes 0, 0.25, 0.5 into {', '.join(map(str, shades))}; contrast 1.5 changes the mean {mean:.2f} times")
scaled, added = [0, 0.3, 0.6], [0.2, 0.45, 0.7]
if [shades for shades, _ in found.values()] != [scaled, scaled, added, added]:
    sys.exit("The behaviour changed")
if any((mean > 1.3) != (index > 1) for index, (_, mean) in enumerate(found.values())):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
