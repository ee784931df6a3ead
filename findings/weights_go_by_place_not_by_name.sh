#!/usr/bin/env bash
# Weights of named layers in files of Keras 3.15.1.
#
# Guess: layers that were given names get the weights of these names back from a `.weights.h5`, or the file is refused.
# Seen: layers of a kind are counted, "dense", "dense_1", and given back by count. The names stand in the file beside the
# weights, and nobody compares them. A model that lists its heads in another order, or a chain whose equal layers changed
# places, loads without a word and has the pose where the age was; only another shape is refused. `state_dict` of PyTorch
# goes by name. The documentation says "based on the network's topology", which the two models here share.
# For us: parameters are stored and restored by name: "ParameterSet.write() restores what read() returned, without
# leaking".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4 h5py==3.14.0
cat > "$folder/run.py" <<'PY'
import sys
from pathlib import Path

import h5py
import keras
import numpy

file = Path(sys.argv[1]) / "network.weights.h5"
NAMES = ("age", "pose")


def heads(order):
    """Two heads on one input."""
    features = keras.Input((8,))
    return keras.Model(features, [keras.layers.Dense(1, name=name)(features) for name in order])


def chain(order):
    """Layers of equal shapes, one after the other."""
    return keras.Sequential([keras.Input((8,)), *(keras.layers.Dense(8, name=name) for name in order)])


print(f"Keras {keras.__version__}")
seen = []
for make in (heads, chain):
    saved = make(NAMES)
    saved.save_weights(file)
    for order in (NAMES, NAMES[::-1]):
        loaded = make(order)
        loaded.load_weights(file)
        got = [next(other for other in NAMES if numpy.array_equal(loaded.get_layer(name).kernel, saved.get_layer(other).kernel))
               for name in NAMES]
        seen.append(got == list(NAMES))
        print(f"{make.__name__}, in the order {' and '.join(order)}: "
              + ", ".join(f"{name} has the weights of {other}" for name, other in zip(NAMES, got)))
with h5py.File(file) as stored:
    parts = {key: part["vars"].attrs.get("name") for key, part in stored["layers"].items() if len(part["vars"])}
print("in the file: " + ", ".join(f"{key}, named {name}" for key, name in parts.items()))
if seen != [True, False, True, False] or list(parts.values()) != list(NAMES):
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py" "$folder"
