#!/usr/bin/env bash
# Noise for training from the solvers of diffusers 0.42.1, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `add_noise(images, noise, t)` is that of training, sqrt(alpha_t) x + sqrt(1 - alpha_t) noise, in every scheduler
# that has it, whether or not the scheduler has been used for sampling.
# Seen: in DPMSolverMultistep, UniPC and DEIS as they are made, times run backwards: t = 0 is all but noise, t = 999 the
# image itself. After `set_timesteps(20)`, as for a look at samples during training, times of the new list are right, and
# all others, 978 of 1000, get the little noise of the last step. Nothing is said, and the loss falls. DDPM and DDIM are
# right in both states; so train with one of these, and make a solver from its `config` for sampling.
# For us: training and sampling share formulas of the level itself, and no table: "denoise() is c_skip x + c_out F(c_in x;
# c_noise) of each image's own level".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check diffusers==0.42.1 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import diffusers
import torch
from diffusers import DDIMScheduler, DDPMScheduler, DEISMultistepScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler

TIMES = torch.tensor([0, 250, 500, 750, 999])
truth = DDPMScheduler().alphas_cumprod.sqrt()


def kept(scheduler, times):
    """How much of the image is left at each time: images of 1 without noise."""
    return scheduler.add_noise(torch.ones(len(times), 1), torch.zeros(len(times), 1), times).flatten()


def text(values):
    return ", ".join(f"{float(value):.2f}" for value in values)


print(f"diffusers {diffusers.__version__}, PyTorch {torch.__version__}: share of the image at times {TIMES.tolist()}")
print(f"formula: {text(truth[TIMES])}")
everything = torch.arange(1000)
for kind in (DDPMScheduler, DDIMScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler, DEISMultistepScheduler):
    scheduler = kind()
    fresh, shown = kept(scheduler, everything), kept(scheduler, TIMES)
    scheduler.set_timesteps(20)
    used = kept(scheduler, everything)
    right = int(torch.isclose(used, truth, atol=1e-3).sum())
    print(f"{kind.__name__}: {text(shown)}; after set_timesteps(20): {text(used[TIMES])}, right at {right} of 1000 times")
    if kind in (DDPMScheduler, DDIMScheduler):
        if right < 1000 or not torch.allclose(fresh, truth, atol=1e-3):
            sys.exit("The behaviour changed")
    elif right > 50 or not torch.allclose(fresh, truth.flip(0), atol=1e-3):
        sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
