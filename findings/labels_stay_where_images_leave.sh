#!/usr/bin/env bash
# Labels under optimal transport in torchcfm 1.0.7, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: a conditional generator by flow matching takes `t, x, u = matcher.sample_location_and_conditional_flow(noise,
# images)` and learns u from x, t and the labels of `images`; to change `ConditionalFlowMatcher` for
# `ExactOptimalTransportConditionalFlowMatcher` is to change one name.
# Seen: the second draws pairs of noise and images anew, and with replacement. What it returns for place i is not about image
# i: of 256 images of ten classes 24 keep a right label, as by chance, and 103 images are not used at all. Shapes, values and
# the loss look as ever, and the generator learns no classes. `guided_sample_location_and_conditional_flow` takes labels
# along.
# For us: a batch is images with their labels, and noise is drawn for each: "classData() gives reals in [−1, 1] under their
# own labels".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchcfm==1.0.7 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
from importlib.metadata import version

import numpy
import torch
from torchcfm.conditional_flow_matching import ConditionalFlowMatcher, ExactOptimalTransportConditionalFlowMatcher

IMAGES, CLASSES = 256, 10
torch.manual_seed(1)
numpy.random.seed(1)
images = torch.randn(IMAGES, 12)
labels = torch.randint(CLASSES, (IMAGES,))


def kept(x, t, u, labels):
    """Labels that are those of the image at their place, and different images: a flow ends at x + (1 - t) u."""
    ends = x + (1 - t[:, None]) * u
    nearest = torch.cdist(ends.double(), images.double()).argmin(1)
    return int((labels == truth[nearest]).sum()), len(nearest.unique())


truth = labels
noise = torch.randn_like(images)
plain, paired = (kind(sigma=0.0) for kind in (ConditionalFlowMatcher, ExactOptimalTransportConditionalFlowMatcher))
found = {}
for name, matcher in {"ConditionalFlowMatcher": plain, "ExactOptimalTransport...": paired}.items():
    t, x, u = matcher.sample_location_and_conditional_flow(noise, images)
    found[name] = kept(x, t, u, labels)
t, x, u, _, moved = paired.guided_sample_location_and_conditional_flow(noise, images, y1=labels)
found["ExactOptimalTransport..., guided"] = kept(x, t, u, moved)
print(f"torchcfm {version('torchcfm')}, PyTorch {torch.__version__}: {IMAGES} images of {CLASSES} classes")
for name, (right, used) in found.items():
    print(f"{name}: {right} right labels, {used} different images")
plain, paired, guided = found.values()
if plain != (IMAGES, IMAGES) or paired[0] > IMAGES / 4 or paired[1] > 0.8 * IMAGES or guided[0] != IMAGES:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
