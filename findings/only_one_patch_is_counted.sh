#!/usr/bin/env bash
# Multiply-adds of transformers by torchinfo 1.8.0, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `summary(model, input_size=(1, 64, 192))` counts a linear layer for each of the 64 patches of an image, as it counts
# a convolution for each pixel.
# Seen: a layer that is no convolution is counted once an image, whatever stands between batch and features. The two linear
# layers of a block of a vision transformer take 18.87 million multiply-adds with 64 patches and count 0.30 million; its
# attention takes 11.01 million and counts as nothing. The block looks a hundred times cheaper than it is. The same layers as
# convolutions of 1 x 1 count in full. PyTorch's `FlopCounterMode`, halved, is right.
# For us: "countMultiplyAdds() counts convolutions of any stride and padding, transposed too, and products turned or not", of
# every row.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchinfo==1.8.0 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
from importlib.metadata import version

import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

PATCHES, WIDTH = 64, 192


class Mixer(nn.Module):
    """The two linear layers of a block, for patches, or as convolutions of 1 x 1."""

    def __init__(self, layer):
        super().__init__()
        self.wide, self.narrow = layer(WIDTH, 4 * WIDTH), layer(4 * WIDTH, WIDTH)

    def forward(self, x):
        return x + self.narrow(torch.relu(self.wide(x)))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 3, batch_first=True)

    def forward(self, x):
        return x + self.attention(x, x, x, need_weights=False)[0]


def counts(model, shape):
    x = torch.zeros(1, *shape)
    with FlopCounterMode(display=False) as counter:
        model(x)
    return torchinfo.summary(model, input_data=x, verbose=0).total_mult_adds, counter.get_total_flops() // 2


side = int(PATCHES**0.5)
found = {
    "linear layers": counts(Mixer(nn.Linear), (PATCHES, WIDTH)),
    "the same as convolutions of 1 x 1": counts(Mixer(lambda before, after: nn.Conv2d(before, after, 1)), (WIDTH, side, side)),
    "attention": counts(Attention(), (PATCHES, WIDTH)),
}
print(f"torchinfo {version('torchinfo')}, PyTorch {torch.__version__}: {PATCHES} patches of {WIDTH} features, millions of multiply-adds")
for name, (info, own) in found.items():
    print(f"{name}: {info / 1e6:.2f} by torchinfo, {own / 1e6:.2f} by PyTorch")
linear, convolved, attention = found.values()
if abs(linear[1] / linear[0] - PATCHES) > 1 or abs(convolved[0] / convolved[1] - 1) > 0.01 or attention[0] != 0 or attention[1] < 5e6:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
