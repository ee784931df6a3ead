#!/usr/bin/env bash
# Numbers of sampling steps in diffusers 0.42.1, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: more steps are slower and no worse; sampling begins in pure noise, near time 999 of 1000, for any number.
# Seen: DDIM and PNDM go down by 1000 divided by the number, rounded down ("leading", their default). With 500 steps they
# begin at 998, with 501 at 500: half of the way is left out, though the image to begin with is pure noise. With a perfect
# denoiser of pixels of mean 0.5 the mean is 0.498 by 500 steps and 0.463 by 501; 334 begin at 666, 251 at 750.
# `timestep_spacing="trailing"` begins at 999, but each step still ends where the rounded one would: 0.354. Solvers with a
# table of levels have no such fault, but DPMSolverMultistep with 1000 steps, its number of training, gives NaN.
# For us: levels are computed for the number of steps: "noiseLevels() falls from the largest to the smallest level and ends
# with 0".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check diffusers==0.42.1 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import diffusers
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, PNDMScheduler

MEAN, DEVIATION, PIXELS = 0.5, 0.25, 10_000
torch.set_num_threads(1)


def sampled(scheduler, steps):
    """First time and mean pixel, drawn with the best prediction of the noise that there is for normal pixels."""
    scheduler.set_timesteps(steps)
    pixels = torch.randn(PIXELS, generator=torch.Generator().manual_seed(1))
    for time in scheduler.timesteps:
        alpha = scheduler.alphas_cumprod[int(time)]
        variance = alpha * DEVIATION**2 + 1 - alpha
        noise = (1 - alpha).sqrt() / variance * (pixels - alpha.sqrt() * MEAN)
        pixels = scheduler.step(noise, time, pixels).prev_sample
    return int(scheduler.timesteps[0]), float(pixels.mean())


print(f"diffusers {diffusers.__version__}, PyTorch {torch.__version__}: a perfect denoiser of pixels of mean {MEAN}")
plain = {"clip_sample": False}
runs = {
    "DDIM": (DDIMScheduler(**plain), (50, 500, 501, 600)),
    "PNDM": (PNDMScheduler(), (50, 500, 501, 600)),
    "DDIM, trailing": (DDIMScheduler(timestep_spacing="trailing", **plain), (500, 501)),
    "DPMSolverMultistep": (DPMSolverMultistepScheduler(), (500, 501, 1000)),
}
found = {}
for name, (scheduler, numbers) in runs.items():
    for steps in numbers:
        found[name, steps] = first, mean = sampled(scheduler, steps)
        print(f"{name}, {steps} steps: from time {first}, mean {mean:.3f}")
off = {run: abs(mean - MEAN) for run, (_, mean) in found.items()}
for name in ("DDIM", "PNDM"):
    if found[name, 500][0] != 998 or found[name, 501][0] != 500 or off[name, 501] < 0.02 or off[name, 500] > 0.01:
        sys.exit("The behaviour changed")
if off["DDIM, trailing", 501] < 0.1 or max(off["DDIM, trailing", 500], off["DPMSolverMultistep", 501]) > 0.01:
    sys.exit("The behaviour changed: trailing steps, or those of a table")
if found["DPMSolverMultistep", 1000][1] == found["DPMSolverMultistep", 1000][1]:
    sys.exit("The behaviour changed: a thousand steps of DPMSolverMultistep are numbers now")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
