#!/usr/bin/env bash
# Areas under curves of scores that lie close together, in Keras 3.15.1 on JAX.
#
# Guess: `keras.metrics.AUC` is exact to a few thousandths: it stands on 200 thresholds, and only the order of scores
# counts.
# Seen: thresholds are 200 even steps from 0 to 1. Confidences of a good teacher lie above the last one, 0.995: of scores
# that separate known from unknown images without a mistake, 0.996 to 0.998 and 0.998 to 1, the area is 0.5, as if they were
# drawn by lot, while scikit-learn says 1. With `from_logits=True` logits of 10 and 20 become such scores: 0.5 again. More
# thresholds help until scores are closer still.
# For us: no measure stands on fixed thresholds; fakes are filtered by a quantile of what was measured.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4 scikit-learn==1.7.2
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy
from sklearn.metrics import roc_auc_score

COUNT = 500
rng = numpy.random.default_rng(1)
known = numpy.repeat([0, 1], COUNT)
sets = {
    "0.2 to 0.5 against 0.5 to 0.8": ((0.2, 0.5), (0.5, 0.8)),
    "0.996 to 0.998 against 0.998 to 1": ((0.996, 0.998), (0.998, 1)),
}
print(f"Keras {keras.__version__}, backend {keras.backend.backend()}: areas of scores without a mistake")


def area(scores, **options):
    metric = keras.metrics.AUC(**options)
    metric.update_state(known, scores)
    return float(metric.result())


found = {}
for name, ranges in sets.items():
    scores = numpy.concatenate([rng.uniform(*ends, COUNT) for ends in ranges]).astype("float32")
    found[name] = [area(scores), area(scores, num_thresholds=2000), roc_auc_score(known, scores)]
    print(f"{name}: Keras {found[name][0]:.3f}, with 2,000 thresholds {found[name][1]:.3f}, scikit-learn {found[name][2]:.3f}")
logits = area(numpy.where(known, 20, 10).astype("float32"), from_logits=True)
print(f"logits of 10 against 20: Keras {logits:.3f}")
spread, close = found.values()
if min(spread) < 0.99 or abs(close[0] - 0.5) > 0.01 or close[2] != 1 or abs(logits - 0.5) > 0.01:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py"
