#!/usr/bin/env bash
# Precision and recall of generators by prdc 0.2.
#
# Guess: `compute_prdc(real, fake, nearest_k=5)` gives 1 for precision, recall and coverage where both sides are the same
# images, and next to 1 if they are copies of each other.
# Seen: a ball reaches to the fifth neighbour, and what lies on its border is outside. Where each image is there six times, as
# in sets that were balanced by repeating rare classes, its five neighbours are its copies, the ball is a point, and nothing
# lies in it: all four scores of a set beside itself are 0. With five copies each they are 1. Copies of rare classes only
# lower the scores by the share of these classes, whatever the generator does. Take copies out first.
# For us: "withoutCopies() keeps the first of equal images", before features are made.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check prdc==0.2 numpy==2.3.4 scipy==1.16.2 scikit-learn==1.7.2
cat > "$folder/run.py" <<'PY'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy
from prdc import compute_prdc

# Whole numbers, so that distances of equal rows are exactly 0.
images = numpy.random.default_rng(1).integers(0, 100, (60, 8)).astype(float)
rare = numpy.repeat(images[:20], 6, axis=0)


def scores(side):
    with contextlib.redirect_stdout(io.StringIO()):
        return {name: round(float(score), 2) for name, score in compute_prdc(side, side, nearest_k=5).items()}


found = {
    "each image once": scores(images),
    "each five times": scores(numpy.repeat(images, 5, axis=0)),
    "each six times": scores(numpy.repeat(images, 6, axis=0)),
    "a third of them six times": scores(numpy.concatenate([rare, images[20:]])),
}
print(f"prdc {version('prdc')}: a set beside itself, nearest_k=5")
for name, values in found.items():
    print(f"{name}: " + ", ".join(f"{kind} {value}" for kind, value in values.items()))
once, five, six, some = found.values()
kinds = ("precision", "recall", "coverage")
if any(once[kind] != 1 or five[kind] != 1 or six[kind] != 0 or some[kind] > 0.6 for kind in kinds) or six["density"] != 0:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
