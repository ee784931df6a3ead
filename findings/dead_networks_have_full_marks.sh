#!/usr/bin/env bash
# Top-k accuracy of a network that gives every class the same answer, in Keras 3.15.1 on JAX.
#
# Guess: `SparseTopKCategoricalAccuracy(k=5)` counts a sample as right if its class is among five; of ten equal answers that
# is half of the samples at most, and of NaN none.
# Seen: it is 100 %. A class counts where its answer is no smaller than the fifth greatest, and nothing is smaller than its
# equal, or than NaN. A network that died (all outputs 0) or diverged (all NaN) has full marks, at k = 1 too, where
# `SparseCategoricalAccuracy` says 10 %; with two saturated outputs of 1 each, both are right. A search over runs that keeps
# the best top-5 accuracy keeps the dead ones. `TopKCategoricalAccuracy` does the same.
# For us: a class counts if it is the first of the greatest answers: "argMaxRows() takes the first of equal entries".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy

CLASSES = 10
labels = numpy.arange(CLASSES)
answers = {
    "all 0": numpy.zeros((CLASSES, CLASSES)),
    "all NaN": numpy.full((CLASSES, CLASSES), numpy.nan),
    "two of 1, else 0": numpy.tile([1.0, 1.0] + [0.0] * (CLASSES - 2), (CLASSES, 1)),
}
metrics = {
    "top 1": keras.metrics.SparseTopKCategoricalAccuracy(k=1),
    "top 5": keras.metrics.SparseTopKCategoricalAccuracy(k=5),
    "accuracy": keras.metrics.SparseCategoricalAccuracy(),
}
print(f"Keras {keras.__version__}, backend {keras.backend.backend()}: {CLASSES} classes, one sample of each")
found = {}
for name, answer in answers.items():
    for metric in metrics.values():
        metric.reset_state()
        metric.update_state(labels, answer.astype("float32"))
    found[name] = {key: round(100 * float(metric.result())) for key, metric in metrics.items()}
    print(f"{name}: " + ", ".join(f"{key} {value} %" for key, value in found[name].items()))
full = {"top 1": 100, "top 5": 100, "accuracy": 10}
if found["all 0"] != full or found["all NaN"] != full or found["two of 1, else 0"]["top 1"] != 20:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py"
