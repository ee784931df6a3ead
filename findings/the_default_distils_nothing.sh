#!/usr/bin/env bash
# `LogitsDistillation` of Keras 3.15.1, the distillation that comes with Keras, on JAX.
#
# Guess: with its default, `loss="kl_divergence"`, it is the divergence of softened answers times the temperature squared;
# the documentation says "basic logits distillation with KL divergence", and the source has that formula.
# Seen: the formula is used only for an object, `loss=keras.losses.KLDivergence()`. The name, which is the default, becomes
# a function, for which it is not: the divergence is taken of raw logits, as if they were probabilities, and cut to 1e-7 to
# 1. The gradient is 400 times too large and almost square to the right one. A student with the right answers in reach
# learns to agree with its teacher on half of the images in place of all. "categorical_crossentropy", the documentation's
# second example, has the same fault.
# For us: "temperatureKd() has the stored gradient at T = 4".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import jax
import keras
import numpy
from jax import numpy as jnp
from keras.distillation import Distiller, LogitsDistillation

TEMPERATURE, CLASSES, FEATURES, IMAGES = 4.0, 10, 20, 2000
random = numpy.random.default_rng(1)
student, teacher = (jnp.asarray(scale * random.normal(size=(64, CLASSES)), jnp.float32) for scale in (1, 4))
losses = {"by default": {}, "by an object": {"loss": keras.losses.KLDivergence()}}


def paper(logits):
    """Mean divergence of softened answers, times the temperature squared."""
    wanted, found = (jax.nn.log_softmax(each / TEMPERATURE) for each in (teacher, logits))
    return TEMPERATURE**2 * jnp.mean(jnp.sum(jnp.exp(wanted) * (wanted - found), axis=1))


def agreement(options):
    """Share of images with the teacher's class after a linear student was distilled from a linear teacher."""
    keras.utils.set_random_seed(1)
    networks = [keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(CLASSES)]) for _ in range(2)]
    networks[0].layers[0].kernel.assign(2 * networks[0].layers[0].kernel)
    images = numpy.random.default_rng(2).normal(size=(IMAGES, FEATURES)).astype("float32")
    answers = networks[0].predict(images, verbose=0).argmax(1)
    distiller = Distiller(*networks, LogitsDistillation(temperature=TEMPERATURE, **options), student_loss_weight=0.0)
    distiller.compile(keras.optimizers.Adam(0.01), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    distiller.fit(images, answers, epochs=10, batch_size=50, verbose=0)
    return float((networks[1].predict(images, verbose=0).argmax(1) == answers).mean())


print(f"Keras {keras.__version__}, JAX {jax.__version__}: temperature {TEMPERATURE:g}, {CLASSES} classes")
right = jax.grad(paper)(student).ravel()
print(f"of the paper: loss {paper(student):.2f}")
sizes, cosines, agreements = [], [], []
for name, options in losses.items():
    distillation = LogitsDistillation(temperature=TEMPERATURE, **options)
    loss, slope = jax.value_and_grad(lambda logits: distillation.compute_loss(teacher, logits))(student)
    sizes.append(float(jnp.linalg.norm(slope) / jnp.linalg.norm(right)))
    cosines.append(float(slope.ravel() @ right / jnp.linalg.norm(slope) / jnp.linalg.norm(right)))
    agreements.append(agreement(options))
    print(f"{name}: loss {loss:.2f}, gradient {sizes[-1]:.0f} times the paper's, cosine {cosines[-1]:.2f}; "
          f"a student agrees with its teacher on {100 * agreements[-1]:.0f} % of images")
if sizes[0] < 50 or cosines[0] > 0.3 or agreements[0] > 0.8:
    sys.exit("The behaviour changed")
if abs(sizes[1] - 1) > 1e-3 or cosines[1] < 0.999 or agreements[1] < 0.9:
    sys.exit("The behaviour changed: an object is no longer right")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" -W ignore "$folder/run.py"
