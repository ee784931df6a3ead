#!/usr/bin/env bash
# Shuffling a table in polars 2.1.0.
#
# Guess: `df.sample(fraction=1, seed=1)` is the table in random order, as it is in pandas, and as a sample of a part of it has
# a random order.
# Seen: it is the table as it was. A sample of nine tenths has its rows in another order, a sample of all has not, with any
# seed. Split after that, a set that is sorted by class has the last classes in its test part and none of them in training;
# sorted by an amount, the test part has amounts that training never saw. `shuffle=True` shuffles.
# For us: "splitPerLabel() takes the same number of each label and loses no image", and draws positions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cat > "$folder/run.py" <<'PY'
import sys

import polars

ROWS, CLASSES = 1000, 10
table = polars.DataFrame({"label": [row * CLASSES // ROWS for row in range(ROWS)]}).with_row_index("row")


def order(**options):
    """Whether rows are in their old order, and the classes of the last fifth."""
    sample = table.sample(**options)
    return bool(sample["row"].is_sorted()), sorted(sample.tail(ROWS // 5)["label"].unique().to_list())


print(f"polars {polars.__version__}: {ROWS} rows of {CLASSES} classes, class by class")
found = {
    **{f"all, seed {seed}": order(fraction=1, seed=seed) for seed in (1, 2, 3)},
    "all, by number": order(n=ROWS, seed=1),
    "nine tenths": order(fraction=0.9, seed=1),
    "all, shuffle=True": order(fraction=1, seed=1, shuffle=True),
}
for name, (old, classes) in found.items():
    print(f"{name}: old order {old}, classes of the last fifth {classes}")
*plain, part, shuffled = found.values()
if any(seen != (True, [CLASSES - 2, CLASSES - 1]) for seen in plain) or part[0] or shuffled[0] or len(shuffled[1]) < CLASSES:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
