#!/usr/bin/env bash
# Spectral normalisation in Keras 3.15.1 on JAX.
#
# Guess: `SpectralNormalization(layer)` answers with W / sigma(W), in training and afterwards, as Miyato et al. and PyTorch
# do; a discriminator so built keeps slopes of at most 1.
# Seen: it divides in training only, and relies on writing the result over the weights. On JAX `fit` drops what is
# written over weights that are trained, so the stored W is as long as it likes. `evaluate` and `predict` use that W:
# below training ends at a loss of about 30 with sigma 1, and the same weights are evaluated at 21 with sigma 2.1, by a
# network that was never trained. Scores of images by a discriminator, and what is exported, are those of the other network.
# For us: "spectralNorm() in inference uses the stored vector and leaves it bit-equal": it divides in both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy

rng = numpy.random.default_rng(1)
images = rng.normal(size=(64, 6)).astype("float32")
wanted = 3 * images @ rng.normal(size=(6, 4)).astype("float32")
start = keras.initializers.RandomNormal(stddev=1, seed=1)
layer = keras.layers.SpectralNormalization(keras.layers.Dense(4, use_bias=False, kernel_initializer=start), power_iterations=20)
network = keras.Sequential([keras.Input((6,)), layer])
network.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
trained = network.fit(images, wanted, epochs=20, batch_size=16, verbose=0).history["loss"][-1]
evaluated = network.evaluate(images, wanted, verbose=0)


def loss_and_sigma(training):
    """What the weights as they are now give in either mode, without keeping what a call writes."""
    state = [[variable.value for variable in kind] for kind in (network.trainable_variables, network.non_trainable_variables)]
    answers = numpy.asarray(network.stateless_call(*state, images, training=training)[0])
    map_of_answers = numpy.linalg.lstsq(images, answers, rcond=None)[0]
    return ((answers - wanted) ** 2).mean(), numpy.linalg.norm(map_of_answers, 2)


print(f"Keras {keras.__version__}, backend {keras.backend.backend()}")
print(f"last epoch of fit: loss {trained:.1f}; evaluate: {evaluated:.1f}")
found = {mode: loss_and_sigma(mode) for mode in (True, False)}
for mode, (loss, sigma) in found.items():
    print(f"training={mode}: loss {loss:.1f}, sigma {sigma:.2f}")
if abs(found[True][1] - 1) > 0.01 or found[False][1] < 1.5 or abs(found[False][0] - evaluated) > 0.1 or trained < 1.2 * evaluated:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py" 2> "$folder/errors.log" ||
  { cat "$folder/errors.log"; exit 1; }
