#!/usr/bin/env bash
# A cosine schedule with a warm-up in timm 1.0.31, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `CosineLRScheduler(optimizer, t_initial=100, warmup_t=20, warmup_lr_init=1e-4)` rises to the optimiser's rate in 20
# epochs and falls from there.
# Seen: the warm-up covers the first fifth of a cosine that began at epoch 0. At its end the rate jumps down: 0.0950 in epoch
# 19, 0.0905 in epoch 20; the full 0.1 is never reached. With half of the epochs for warming up it climbs to 0.098 and falls
# to 0.05 in one epoch. `warmup_prefix=True` puts the cosine behind the warm-up, and then it ends at epoch 120.
# For us: rates fall at milestones, without a warm-up: "stepDecay() multiplies at the start of each milestone's epoch, counted
# from 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check timm==1.0.31 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import timm
import torch
from timm.scheduler import CosineLRScheduler


def rates(warm_up, epochs, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = CosineLRScheduler(optimizer, t_initial=100, warmup_t=warm_up, warmup_lr_init=1e-4, **options)
    seen = []
    for epoch in range(epochs):
        seen.append(optimizer.param_groups[0]["lr"])
        schedule.step(epoch + 1)
    return seen


print(f"timm {timm.__version__}, PyTorch {torch.__version__}: a rate of 0.1, a cosine of 100 epochs")
found = {warm_up: rates(warm_up, 100) for warm_up in (20, 50)}
for warm_up, seen in found.items():
    print(f"warm-up of {warm_up}: {seen[warm_up - 1]:.4f} in epoch {warm_up - 1}, {seen[warm_up]:.4f} in epoch {warm_up}, at most {max(seen):.4f}")
behind = rates(20, 121, warmup_prefix=True)
print(f"warm-up of 20 as a prefix: {behind[19]:.4f}, {behind[20]:.4f}, at most {max(behind):.4f}; {behind[99]:.4f} in epoch 99, {behind[119]:.4f} in 119")
wanted = [0.095, 0.0905, 0.098, 0.05]
seen = [found[20][19], found[20][20], found[50][49], found[50][50]]
if any(abs(a - b) > 1e-4 for a, b in zip(seen, wanted)) or abs(behind[20] - 0.1) > 1e-9 or behind[99] < 0.005:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
