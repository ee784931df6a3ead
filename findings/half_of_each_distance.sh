#!/usr/bin/env bash
# Distances between two sets of points in geomloss 0.3.1, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `SamplesLoss("sinkhorn", p=2)` with a small blur is the squared 2-Wasserstein distance, "gaussian" the squared MMD
# of that kernel, and "energy" the energy distance, as papers and other packages have them.
# Seen: each is half of it. Points that are moved by 2 are at a squared distance of 4, and it says 2; with `p=1` nothing is
# halved. As a loss that is a matter of its weight; in a table, or as a weight that is taken from a paper, it is a factor of
# two, and a root of it is 0.71 of the distance. The cost is |x - y|^p / p, and that of kernels the norm with a half before
# it. Multiply by 2 before a number is published.
# For us: "domainGap() equals its stored value, is 0 for equal sets and has a fixed width in its gradient", in full.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check geomloss==0.3.1 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import geomloss
import torch
from geomloss import SamplesLoss

MOVED = 2.0
x = torch.randn(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
y = x + torch.tensor([MOVED, 0], dtype=torch.float64)


def mean_of(f, sign):
    """Both sets against each other, and each against itself, of a kernel (sign 1) or a distance (sign -1)."""
    inside = f(torch.cdist(x, x)).mean() + f(torch.cdist(y, y)).mean()
    return float(sign * (inside - 2 * f(torch.cdist(x, y)).mean()))


rows = {
    "Wasserstein, p=2, squared": (MOVED**2, SamplesLoss("sinkhorn", p=2, blur=0.01, scaling=0.9)),
    "Wasserstein, p=1": (MOVED, SamplesLoss("sinkhorn", p=1, blur=0.01, scaling=0.9)),
    "MMD of a Gaussian kernel, squared": (mean_of(lambda d: torch.exp(-(d**2) / 2), 1), SamplesLoss("gaussian", blur=1)),
    "energy distance": (mean_of(lambda d: d, -1), SamplesLoss("energy")),
}
print(f"geomloss {geomloss.__version__}, PyTorch {torch.__version__}: points, and the same moved by {MOVED:g}")
shares = []
for name, (formula, loss) in rows.items():
    seen = float(loss(x, y))
    shares.append(seen / formula)
    print(f"{name}: formula {formula:.4f}, geomloss {seen:.4f}, a share of {shares[-1]:.2f}")
if any(abs(share - wanted) > 0.03 for share, wanted in zip(shares, (0.5, 1, 0.5, 0.5))):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
