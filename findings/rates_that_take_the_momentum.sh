#!/usr/bin/env bash
# `OneCycleLR` beside Adam and SGD in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: a learning rate scheduler sets learning rates; momentum stays as the optimiser was made.
# Seen: unless `cycle_momentum=False` is given, it sets the momentum too, from the moment it is made: 0.95, down to 0.85 in
# the middle and back. For Adam that is its first beta. The beta of 0.5, or 0, that keeps adversarial training steady is
# 0.95 from the first step, and a paper's momentum of 0.9 is never used but in passing. Other schedulers leave both alone.
# For us: schedules give a learning rate, `apply(gradients, learningRate)`, and nothing else.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

STEPS = 100


def momenta(optimiser, schedule):
    """Momentum before the first step, its least, and before the last step."""
    seen = []
    for _ in range(STEPS):
        group = optimiser.param_groups[0]
        seen.append(group["betas"][0] if "betas" in group else group["momentum"])
        optimiser.step()
        schedule.step()
    return seen[0], min(seen), seen[-1]


def weights():
    return [torch.nn.Parameter(torch.zeros(1))]


print(f"PyTorch {torch.__version__}: momentum at first, at least, at last")
found = {}
for name, make in {
    "Adam, first beta 0.5": lambda: torch.optim.Adam(weights(), 2e-4, betas=(0.5, 0.999)),
    "SGD, momentum 0.9": lambda: torch.optim.SGD(weights(), 0.1, momentum=0.9),
}.items():
    for kind, options in ((OneCycleLR, {"max_lr": 1e-3, "total_steps": STEPS + 1}), (CosineAnnealingLR, {"T_max": STEPS})):
        optimiser = make()
        found[name, kind] = momenta(optimiser, kind(optimiser, **options))
        print(f"{name}, {kind.__name__}: " + ", ".join(f"{value:.2f}" for value in found[name, kind]))
for (name, kind), (first, least, last) in found.items():
    wanted = float(name.split()[-1])
    if kind is OneCycleLR and (first != 0.95 or abs(least - 0.85) > 0.01) or kind is CosineAnnealingLR and {first, least, last} != {wanted}:
        sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
