#!/usr/bin/env bash
# Going on with a cosine schedule for more epochs in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: a run of 100 epochs is made longer by `CosineAnnealingLR(optimizer, T_max=200)` and the checkpoint of schedule and
# optimiser: the state says which epoch it is, the constructor how many there are.
# Seen: the state holds `T_max` too and puts 100 in its place. A cosine beyond its end rises: resumed at epoch 50, the rate
# falls to 0 at epoch 100 and is back at its full 0.1 at epoch 200, where the network is kept. Nothing is said. The
# optimiser's state does the same to what its constructor was given: learning rate and weight decay are those of the old
# run. `LambdaLR` keeps no function in its state, so that the new length counts.
# For us: the rate is a function of the epoch and of the specification, and no checkpoint holds either: "stepDecay()
# multiplies at the start of each milestone's epoch, counted from 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import math
import sys

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR


def parts(schedule, epochs, weight_decay):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, weight_decay=weight_decay)
    return optimizer, schedule(optimizer, epochs)


def rates(optimizer, schedule, epochs):
    """The learning rate after each of these epochs."""
    seen = []
    for _ in range(epochs):
        optimizer.step()
        schedule.step()
        seen.append(optimizer.param_groups[0]["lr"])
    return seen


def longer(schedule):
    """Rates of epochs 51 to 200: a run of 100 stopped at 50, and goes on as one of 200 with weight decay."""
    optimizer, old = parts(schedule, 100, 0)
    rates(optimizer, old, 50)
    resumed, new = parts(schedule, 200, 5e-4)
    resumed.load_state_dict(optimizer.state_dict())
    new.load_state_dict(old.state_dict())
    return rates(resumed, new, 150), resumed.param_groups[0]["weight_decay"], getattr(new, "T_max", "not kept")


def cosine(optimizer, epochs):
    return CosineAnnealingLR(optimizer, T_max=epochs)


def by_hand(optimizer, epochs):
    return LambdaLR(optimizer, lambda epoch: (1 + math.cos(math.pi * epoch / epochs)) / 2)


print(f"PyTorch {torch.__version__}: stopped at epoch 50 of 100, went on to 200")
found = {}
for name, schedule in {"CosineAnnealingLR": cosine, "LambdaLR": by_hand}.items():
    seen, decay, length = longer(schedule)
    found[name] = (seen[49], seen[149])
    print(f"{name}: {seen[49]:.3f} at epoch 100, {seen[149]:.3f} at epoch 200; T_max {length}, weight decay {decay}")
    if decay != 0:
        sys.exit("The behaviour changed")
wanted = {"CosineAnnealingLR": (0, 0.1), "LambdaLR": (0.05, 0)}
if any(abs(seen - want) > 1e-6 for name in wanted for seen, want in zip(found[name], wanted[name])):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
