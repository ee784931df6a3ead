#!/usr/bin/env bash
# Lists as seeds in NumPy 2.3.4.
#
# Guess: `default_rng([seed, epoch])` is a stream for each pair, and another than `default_rng(seed)`: the documentation
# offers lists for such numbering.
# Seen: zeros at the end count for nothing, up to four numbers. The first epoch, [7, 0], draws what `default_rng(7)` drew
# for the weights, and the first worker of the first epoch, [7, 0, 0], as well; at [7, 1] they part. Numbers of more than
# 32 bits are lists too: 2**32 is [0, 1].
# For us: streams have addresses with brackets around them: "rngOf() has another stream at the end of a path of zeros".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import numpy

seeds = [7, [7], [7, 0], [7, 0, 0], [7, 0, 0, 0], [7, 0, 0, 0, 0], [7, 1], [0, 7], [0, 1], 2**32]
print(f"NumPy {numpy.__version__}: three numbers below 1,000 of each seed")
draws = [tuple(numpy.random.default_rng(seed).integers(1000, size=3).tolist()) for seed in seeds]
for seed, draw in zip(seeds, draws):
    print(f"{str(seed):15} {draw}")
if len(set(draws[:5])) != 1 or draws[8] != draws[9] or len(set(draws)) != 5:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
