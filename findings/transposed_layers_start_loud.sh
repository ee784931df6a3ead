#!/usr/bin/env bash
# First weights of transposed convolutions in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `kaiming_normal_(layer.weight)` keeps the size of signals through a `ConvTranspose2d` as through a `Conv2d`: by
# default it goes by the number of inputs.
# Seen: a transposed convolution keeps its weights as [inputs, outputs, height, width], and the rule takes the second for the
# number of inputs. The last layer of a generator, 512 maps to 3 of 4 x 4 and stride 2, gives signals of a deviation of 6.3,
# where the convolution of the same numbers gives 0.94: behind tanh three quarters of the pixels are black or white at the
# start. PyTorch's own start of the layer goes by the same rule and gives 3.7 in place of 0.55. `mode="fan_out"` counts
# inputs, and every value is reached by a quarter of the kernel only, so that its gain has to be doubled.
# For us: kernels are [height, width, in, out] also where an up-sampled map is convolved: "initialisers have the bounds and
# deviations of their formulas".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
from torch.nn import Conv2d, ConvTranspose2d
from torch.nn.init import kaiming_normal_

torch.set_num_threads(1)


def deviation(kind, start=None):
    """Deviation of what 512 maps of N(0, 1) become in a layer of 3 outputs; and how much of it is beyond 2, where tanh is 0.96."""
    torch.manual_seed(1)
    layer = kind(512, 3, 4, stride=2, padding=1, bias=False)
    if start is not None:
        start(layer.weight)
    with torch.no_grad():
        signals = layer(torch.randn(8, 512, 16, 16))
    return float(signals.std()), float((signals.abs() > 2).float().mean())


def linear(**options):
    return lambda weight: kaiming_normal_(weight, nonlinearity="linear", **options)


print(f"PyTorch {torch.__version__}: 512 maps of deviation 1 to 3 maps, 4 x 4, stride 2")
found = {
    "Conv2d, kaiming_normal_": deviation(Conv2d, linear()),
    "ConvTranspose2d, kaiming_normal_": deviation(ConvTranspose2d, linear()),
    "ConvTranspose2d, kaiming_normal_, fan_out": deviation(ConvTranspose2d, linear(mode="fan_out")),
    "Conv2d as it comes": deviation(Conv2d),
    "ConvTranspose2d as it comes": deviation(ConvTranspose2d),
}
for name, (size, beyond) in found.items():
    print(f"{name}: deviation {size:.2f}, {100 * beyond:.0f} % beyond -2 to 2")
plain, loud, by_inputs, start, loud_start = (size for size, _ in found.values())
if abs(plain - 1) > 0.1 or loud < 5 or abs(by_inputs - 0.5) > 0.1 or loud_start < 5 * start:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
