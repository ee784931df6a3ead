#!/usr/bin/env bash
# Images between two images in denoising-diffusion-pytorch 2.3.4, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `diffusion.interpolate(x1, x2)` takes images from 0 to 1 and gives such images, as training and `sample()` do: the
# class normalises by itself.
# Seen: training shows the network -1 to 1, and `sample()` turns that back; `interpolate` does neither. Given images from 0 to
# 1 the network sees them as the brighter half of its range, with half of their contrast, and what comes out goes from -1 to
# 1: below 0, it is cut to black where it is saved. Nothing says so. Give `2 * x - 1`, and take `(y + 1) / 2`.
# For us: one function in each direction, and no sampler takes images: "imagesFromTensor() turns every normalised byte back
# into itself, and clamps".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check denoising-diffusion-pytorch==2.3.4 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import contextlib
import os
import sys
from importlib.metadata import version

import torch
from denoising_diffusion_pytorch import GaussianDiffusion

SIDE, STEPS = 8, 1000


class Spy(torch.nn.Module):
    """In place of a network that was trained on black images: it knows that the image is black, and keeps what it saw."""

    channels, out_dim, self_condition, random_or_learned_sinusoidal_cond = 3, 3, False, False

    def forward(self, x, t, *_):
        self.seen = x
        return -torch.ones_like(x)


network = Spy()
diffusion = GaussianDiffusion(network, image_size=SIDE, timesteps=STEPS, objective="pred_x0")
torch.manual_seed(1)
black = torch.zeros(64, 3, SIDE, SIDE)
# The first of the steps has next to no noise.
first = torch.zeros(64, dtype=torch.long)
diffusion.p_losses(diffusion.normalize(black), first)
trained = float(network.seen.mean())
with contextlib.redirect_stderr(open(os.devnull, "w")):
    sampled = diffusion.sample(batch_size=64)
    between = diffusion.interpolate(black, black, t=1)
shown = float(network.seen.mean())
print(f"denoising-diffusion-pytorch {version('denoising-diffusion-pytorch')}, PyTorch {torch.__version__}: black images")
print(f"in training the network sees {trained:.2f}; sample() gives {float(sampled.mean()):.2f}")
print(f"between two of them it sees {shown:.2f}; interpolate() gives {float(between.mean()):.2f}")
if abs(trained + 1) > 0.1 or abs(float(sampled.mean())) > 0.01 or abs(shown) > 0.1 or abs(float(between.mean()) + 1) > 0.05:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
