#!/usr/bin/env bash
# Samples of a table in DuckDB 2.0.1.
#
# Guess: `SELECT * FROM images USING SAMPLE 10%` gives about 100 of 1000 rows, drawn one by one.
# Seen: it draws blocks of 2048 rows and takes each whole or not at all. A table of 1000 rows gives no row in nine of ten
# queries, and all of them in the tenth; one of 10,000 gives 0, 1808, 2048, 3856 and so on, in runs of neighbours: of a set
# that is stored class by class, a few classes. Queries on the sample, means or counts of classes, answer all the same. `USING
# SAMPLE 10% (bernoulli)` draws rows, and so does `USING SAMPLE 100 ROWS`.
# For us: "positionsByLabel() lists labels and positions in ascending order", and subsets are drawn from those label by label.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
cat > "$folder/run.py" <<'PY'
import sys

import duckdb

TRIES = 200
connection = duckdb.connect()
connection.execute("SET threads = 1")


def samples(rows, sample):
    """Sizes of samples of a table whose rows have one of ten classes, in order, and the classes in them."""
    connection.execute(f"CREATE OR REPLACE TABLE images AS SELECT i, i * 10 // {rows} AS class FROM range({rows}) AS r(i)")
    query = f"SELECT count(*), count(DISTINCT class) FROM (SELECT * FROM images USING SAMPLE {sample})"
    return [connection.execute(query).fetchall()[0] for _ in range(TRIES)]


print(f"DuckDB {duckdb.__version__}: {TRIES} samples of tables of ten classes, class by class")
found = {}
for rows in (1000, 10_000):
    for sample in ("10%", "10% (bernoulli)", f"{rows // 10} ROWS"):
        seen = samples(rows, sample)
        sizes = [size for size, _ in seen]
        found[rows, sample] = sizes, sum(classes == 10 for _, classes in seen) / TRIES
        kinds = sorted(set(sizes))
        shown = ", ".join(map(str, kinds)) if len(kinds) < 12 else f"{kinds[0]} to {kinds[-1]}"
        print(f"{sample} of {rows}: {shown} rows; none in {sizes.count(0) / TRIES:.0%}; all classes in {found[rows, sample][1]:.0%}")
sizes = found[1000, "10%"][0]
if set(sizes) != {0, 1000} or sizes.count(0) < 0.7 * TRIES or found[10_000, "10%"][1] > 0.1:
    sys.exit("The behaviour changed")
if any(min(found[rows, "10% (bernoulli)"][0]) == 0 or set(found[rows, f"{rows // 10} ROWS"][0]) != {rows // 10} for rows in (1000, 10_000)):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
