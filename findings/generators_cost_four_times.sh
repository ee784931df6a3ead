#!/usr/bin/env bash
# Multiply-adds of transposed convolutions by torchinfo 1.8.0 and thop 0.1.1. (The installation takes a few GB.)
#
# Guess: counters of multiply-adds agree on transposed convolutions as they do on convolutions: each input value goes through
# the kernel once.
# Seen: these two multiply the kernel by the size of the output, as for a convolution. With stride 2 that is four times too
# many, with stride 4 sixteen times: a generator of 32 x 32 images counts 70 million where it takes 17.6, and looks dearer
# than one that repeats pixels and convolves, which takes 39.5. PyTorch's own `FlopCounterMode`, halved, fvcore and ptflops
# are right.
# For us: a transposed convolution was not counted at all by `countMultiplyAdds`, and now is by its input:
# "countMultiplyAdds() counts convolutions of any stride and padding, transposed too, and products turned or not".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchinfo==1.8.0 thop==0.1.1.post2209072238 fvcore==0.1.5.post20221221 ptflops==0.7.5 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import copy
import logging
import sys
from importlib.metadata import version

import ptflops
import thop
import torch
import torchinfo
from fvcore.nn import FlopCountAnalysis
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

logging.disable(logging.WARNING)
SIDES, WIDTHS = (4, 8, 16), (256, 128, 64, 3)


def generator(layer):
    """From maps of 4 x 4 to an image of 32 x 32."""
    return nn.Sequential(*(part for before, after in zip(WIDTHS, WIDTHS[1:]) for part in layer(before, after)))


def transposed(before, after):
    return [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False)]


def repeated(before, after):
    return [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1, bias=False)]


def by_torch(model, x):
    with FlopCounterMode(display=False) as counter:
        model(x)
    return counter.get_total_flops() // 2


def by_ptflops(model, x):
    return ptflops.get_model_complexity_info(model, tuple(x.shape[1:]), as_strings=False, print_per_layer_stat=False)[0]


COUNTERS = {
    "torchinfo": lambda model, x: torchinfo.summary(model, input_data=x, verbose=0).total_mult_adds,
    "thop": lambda model, x: int(thop.profile(model, inputs=(x,), verbose=False)[0]),
    "FlopCounterMode / 2": by_torch,
    "fvcore": lambda model, x: FlopCountAnalysis(model, x).total(),
    "ptflops": by_ptflops,
}
pairs = list(zip(SIDES, WIDTHS, WIDTHS[1:]))
truth = {
    transposed: sum(side**2 * before * after * 16 for side, before, after in pairs),
    repeated: sum((2 * side) ** 2 * before * after * 9 for side, before, after in pairs),
}
x = torch.zeros(1, WIDTHS[0], SIDES[0], SIDES[0])
print(f"PyTorch {torch.__version__}, torchinfo {version('torchinfo')}, thop {version('thop')}: millions of multiply-adds of a generator")
print(f"by hand: {truth[transposed] / 1e6:.1f} transposed, {truth[repeated] / 1e6:.1f} repeated and convolved")
found = {}
for name, count in COUNTERS.items():
    found[name] = [count(generator(layer), x) for layer in (transposed, repeated)]
    print(f"{name}: {found[name][0] / 1e6:.1f} and {found[name][1] / 1e6:.1f}")
# ptflops and others count a few thousand for repeating pixels.
if any(abs(seen[1] / truth[repeated] - 1) > 0.01 for seen in found.values()):
    sys.exit("The behaviour changed")
if any(abs(seen[0] / truth[transposed] - (4 if name in ("torchinfo", "thop") else 1)) > 0.01 for name, seen in found.items()):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
