#!/usr/bin/env bash
# Moving averages of weights in diffusers 0.42.1, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `EMAModel(parameters, decay=0.9999)` has that decay from the start; its `use_ema_warmup` is False, and a warm-up
# begins where it is set to True.
# Seen: without it there is another warm-up, which the description does not have: the decay is (1 + n) / (10 + n) at step n
# until that is more, near step 90,000. After 10,000 steps the average looks back 1000 steps in place of 6321, and a
# comparison of decays 0.999 and 0.9999 compares one average with itself for the first 8990. With `use_ema_warmup=True` it
# looks back 449. `min_decay=decay` is the constant decay. PyTorch's own average has no warm-up.
# For us: "cganTrainee() averages all of G's state: a copy at first, then the decay".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check diffusers==0.42.1 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import diffusers
import torch
from diffusers.training_utils import EMAModel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

STEPS, DECAY = 10_000, 0.9999
torch.set_num_threads(1)


def looks_back(update, weight, average):
    """How many steps the average lies behind a weight that is the number of the step."""
    for step in range(1, STEPS + 1):
        weight.data.fill_(step)
        update()
    return STEPS - float(average())


def of_diffusers(**options):
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    ema = EMAModel([weight], **options)
    return looks_back(lambda: ema.step([weight]), weight, lambda: ema.shadow_params[0])


def of_torch():
    model = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    model.weight.data.zero_()
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    ema.update_parameters(model)
    return looks_back(lambda: ema.update_parameters(model), model.weight, lambda: ema.module.weight)


print(f"diffusers {diffusers.__version__}, PyTorch {torch.__version__}: steps that an average looks back after {STEPS}")
found = {
    f"formula, {DECAY} from the start": sum(DECAY**age for age in range(1, STEPS + 1)),
    f"PyTorch, {DECAY}": of_torch(),
    f"diffusers, {DECAY}": of_diffusers(decay=DECAY),
    "diffusers, 0.999": of_diffusers(decay=0.999),
    f"diffusers, {DECAY}, use_ema_warmup=True": of_diffusers(decay=DECAY, use_ema_warmup=True),
    f"diffusers, {DECAY}, min_decay={DECAY}": of_diffusers(decay=DECAY, min_decay=DECAY),
}
for name, steps in found.items():
    print(f"{name}: {steps:.0f}")
formula, plain, usual, lower, warm, constant = found.values()
if abs(plain / formula - 1) > 0.01 or abs(constant / formula - 1) > 0.01 or usual > 0.2 * formula or warm > usual:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
