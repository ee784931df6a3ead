#!/usr/bin/env bash
# Augmentations of images from 0 to 1 in Keras 3.15.1 on JAX.
#
# Guess: `RandomBrightness(0.2)` changes brightness by up to a fifth, and the layers beside it know images from 0 to 1 as
# most of them do: what `Rescaling(1 / 255)` gives goes through all.
# Seen: some take images from 0 to 255 unless `value_range` says otherwise. A fifth of 255 is 51, so images from 0 to 1 come
# out as 0 or as 10 to 50: what was in them is a fiftieth of what was added. `RandomPosterization` makes all of them black,
# `Solarization` brings them to 254 and more, and `RandomErasing` puts boxes of up to 255 in them. Hue, saturation and
# sharpness go on from 0 to 1, so of a chain of layers a part is right. Nothing warns, and batch normalisation behind it
# hides the size.
# For us: one range for all, [−1, 1]: "diffAugment() follows the formulas in order at 32 pixels".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy

layers = keras.layers
images = numpy.random.default_rng(1).uniform(0, 1, (64, 16, 16, 3)).astype("float32")
chain = {
    "RandomBrightness(0.2)": layers.RandomBrightness(0.2, seed=1),
    "RandomPosterization(4)": layers.RandomPosterization(4, seed=1),
    "Solarization()": layers.Solarization(seed=1),
    "RandomErasing()": layers.RandomErasing(seed=1),
    "RandomSaturation(0.2)": layers.RandomSaturation(0.2, seed=1),
    "RandomHue(0.1)": layers.RandomHue(0.1, seed=1),
    "RandomBrightness(0.2, value_range=(0, 1))": layers.RandomBrightness(0.2, value_range=(0, 1), seed=1),
}
print(f"Keras {keras.__version__}, backend {keras.backend.backend()}: images from {images.min():.2f} to {images.max():.2f} become")
ends = {}
for name, layer in chain.items():
    changed = numpy.asarray(layer(images, training=True))
    ends[name] = float(changed.min()), float(changed.max())
    print(f"{name}: {ends[name][0]:.2f} to {ends[name][1]:.2f}")
brightness, posterised, solarised, erased, *right = ends.values()
if brightness[1] < 30 or posterised[1] != 0 or solarised[1] < 200 or erased[1] < 200 or any(end[1] > 1.01 for end in right):
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py"
