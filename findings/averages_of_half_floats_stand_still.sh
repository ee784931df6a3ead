#!/usr/bin/env bash
# Averages of weights in bfloat16 in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `AveragedModel` of a generator in bfloat16, with a decay of 0.999, follows it as it does in float32, to the accuracy
# of bfloat16, a hundredth.
# Seen: the average is kept in the type of the weights, and what a step adds is a thousandth of the difference, often less
# than half of the last digit: nothing is added. Of 1000 weights that all rise by a half and stay there the average has gone
# the whole way after 10,000 steps in float32, 45 % of it in float16 and 2.5 % in bfloat16; a weight of 1 does not move at
# all. Samples of the average are close to those of the first step, and nothing is said. Keep the average in float32.
# For us: with `gan.precision` only kernels compute in bf16, weights and averages stay in float32: "cganTrainee() averages all
# of G's state: a copy at first, then the decay".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

DECAY, STEPS, RISE = 0.999, 10_000, 0.5
torch.set_num_threads(1)


def gone(dtype):
    """Share of their way that averages have gone, of weights from N(0, 1) on average and of a weight of 1."""
    torch.manual_seed(1)
    start = torch.randn(1000)
    start[0] = 1
    model = torch.nn.Linear(1000, 1, bias=False).to(dtype)
    model.weight.data.copy_(start)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    average.update_parameters(model)
    model.weight.data.add_(RISE)
    for _ in range(STEPS):
        average.update_parameters(model)
    way = (average.module.weight.float()[0] - start.to(dtype).float()) / RISE
    return float(way.mean()), float(way[0])


print(f"PyTorch {torch.__version__}: weights rise by {RISE}; what their averages have gone of it {STEPS} steps later")
found = {dtype: gone(dtype) for dtype in (torch.float32, torch.float16, torch.bfloat16)}
for dtype, (mean, one) in found.items():
    print(f"{dtype}: {100 * mean:.1f} % on average, {100 * one:.1f} % of a weight of 1")
single, half, brain = found.values()
if min(single) < 0.999 or half[0] > 0.6 or brain[0] > 0.3 or brain[1] != 0:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
