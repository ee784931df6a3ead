#!/usr/bin/env bash
# Averaged weights beside gathered gradients in Keras 3.15.1.
#
# Guess: `use_ema=True` moves the average once an update, so that a batch in four parts,
# `gradient_accumulation_steps=4`, gives the weights and the average of the whole batch.
# Seen: the weights are the same; the average moves at every part, also when nothing was updated. Of `ema_momentum=0.9` over
# ten updates from 0 to -10, the average is -4.5 for whole batches and -7.4 for parts: it looks back a quarter as
# far. Generators are judged by such averages, and parts are what one takes when memory is short.
# For us: gradients are gathered within a step; "cganTrainee() averages all of G's state: a copy at first, then the decay".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy

UPDATES, MOMENTUM = 10, 0.9


def train(parts):
    """Weight and average after ten updates of -1, each of so many parts."""
    weight = keras.Variable(numpy.zeros(1, "float32"))
    optimiser = keras.optimizers.SGD(
        1.0, use_ema=True, ema_momentum=MOMENTUM, gradient_accumulation_steps=parts if parts > 1 else None)
    optimiser.build([weight])
    for _ in range(UPDATES * parts):
        optimiser.apply([numpy.ones(1, "float32")], [weight])
    trained = float(keras.ops.convert_to_numpy(weight)[0])
    optimiser.finalize_variable_values([weight])
    return trained, float(keras.ops.convert_to_numpy(weight)[0])


print(f"Keras {keras.__version__}, backend {keras.backend.backend()}: ten updates of -1, momentum {MOMENTUM} of the average")
found = {parts: train(parts) for parts in (1, 4)}
for parts, (weight, average) in found.items():
    print(f"batches in {parts}: weight {weight:.2f}, average {average:.2f}")
if abs(found[1][0] - found[4][0]) > 1e-4 or found[4][1] > found[1][1] - 1:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py"
