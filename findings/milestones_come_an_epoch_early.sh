#!/usr/bin/env bash
# Milestones of learning rates in timm 1.0.31, beside PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: milestones of a recipe, 150, 180 and 210 of 240 epochs, mean the same in every library: from that epoch on,
# counted from 0, the rate is a tenth.
# Seen: `MultiStepLRScheduler`, and `create_scheduler_v2(sched="multistep")`, lower it an epoch early: the tenth holds from
# epoch 149 on. `StepLRScheduler` of the same package is at the place of PyTorch's. The description of the class says so,
# and that it stays; that of `create_scheduler_v2` does not. Add one to each milestone.
# For us: "stepDecay() multiplies at the start of each milestone's epoch, counted from 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check timm==1.0.31 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import timm
import torch
from timm.scheduler import create_scheduler_v2

MILESTONES = [150, 180, 210]


def optimiser():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1)


def falls(made, step):
    """Epochs, counted from 0, whose rate is below that of the epoch before; `step(e)` comes after e epochs."""
    rates = []
    for epoch in range(240):
        rates.append(made.param_groups[0]["lr"])
        made.step()
        step(epoch + 1)
    return [epoch for epoch in range(1, 240) if rates[epoch] < 0.5 * rates[epoch - 1]]


def by_timm(**options):
    made = optimiser()
    schedule, _ = create_scheduler_v2(made, num_epochs=240, decay_rate=0.1, **options)
    return falls(made, schedule.step)


def by_torch():
    made = optimiser()
    schedule = torch.optim.lr_scheduler.MultiStepLR(made, MILESTONES, 0.1)
    return falls(made, lambda _: schedule.step())


print(f"timm {timm.__version__}, PyTorch {torch.__version__}: first epochs of a lower rate")
found = {
    f"PyTorch, milestones {MILESTONES}": by_torch(),
    f"timm, multistep {MILESTONES}": by_timm(sched="multistep", decay_milestones=MILESTONES),
    "timm, step every 60": by_timm(sched="step", decay_epochs=60),
}
for name, epochs in found.items():
    print(f"{name}: {epochs}")
if list(found.values()) != [MILESTONES, [149, 179, 209], [60, 120, 180]]:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
