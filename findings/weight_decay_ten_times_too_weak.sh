#!/usr/bin/env bash
# Weight decay of SGD with momentum in Keras 3.15.1.
#
# Guess: `SGD(learning_rate=0.1, momentum=0.9, weight_decay=5e-4)`, the recipe of most papers on distillation, decays
# weights as the same call of PyTorch does, where they are written.
# Seen: PyTorch adds the decay to the gradient, so it gathers in the momentum, 1 / (1 - 0.9) = 10 times of it; Keras takes
# it off the weights beside the momentum, once, as AdamW does. Without a gradient 2,000 steps leave 0.905 of a weight where
# the recipe leaves 0.367: a tenth of the pull. With `weight_decay=5e-3` the two agree. The documentation says "If set,
# weight decay is applied".
# For us: "sgd() follows PyTorch's momentum with coupled weight decay and no dampening".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy

STEPS, RATE, MOMENTUM, DECAY = 2000, 0.1, 0.9, 5e-4


def left_by_keras(decay):
    """What is left of a weight of 1 that has no gradient."""
    weight = keras.Variable(numpy.ones(1, "float32"))
    optimiser = keras.optimizers.SGD(learning_rate=RATE, momentum=MOMENTUM, weight_decay=decay)
    optimiser.build([weight])
    for _ in range(STEPS):
        optimiser.apply([numpy.zeros(1, "float32")], [weight])
    return float(keras.ops.convert_to_numpy(weight)[0])


def left_by_pytorch(decay):
    """torch.optim.SGD as its documentation writes it: g <- g + decay w; b <- momentum b + g; w <- w - rate b."""
    weight, buffer = 1.0, 0.0
    for _ in range(STEPS):
        buffer = MOMENTUM * buffer + decay * weight
        weight -= RATE * buffer
    return weight


print(f"Keras {keras.__version__}, backend {keras.backend.backend()}: left of a weight after {STEPS} steps without a gradient")
keras_left, pytorch_left, tenfold = left_by_keras(DECAY), left_by_pytorch(DECAY), left_by_keras(10 * DECAY)
print(f"weight_decay {DECAY}: Keras {keras_left:.3f}, PyTorch's rule {pytorch_left:.3f}")
print(f"weight_decay {10 * DECAY} in Keras: {tenfold:.3f}")
if abs(keras_left - (1 - RATE * DECAY) ** STEPS) > 1e-3 or abs(tenfold - pytorch_left) > 0.01:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py"
