#!/usr/bin/env bash
# Results with NaN in Parquet files of pandas 3.1.1 and polars 2.1.0, read by DuckDB 2.0.1.
#
# Guess: the error of a diverged run is NaN, Parquet has NaN, and so a mean over the file is NaN whoever wrote it.
# Seen: pandas writes what is NaN as missing. A mean of seeds 20, 22 and NaN is then 21 in DuckDB and in polars, over two
# seeds that look like three; the file of polars keeps NaN, and both say NaN. A method that diverges looks as good as its
# other seeds, and which it is depends on a line in another program. `fillna`, or a column that says whether a run ended,
# tells them apart; a count of values beside every mean shows it.
# For us: a run that is not a number is a dash: "a student whose test error is not a number is a dash in the table, not its
# best".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import math
import sys

import duckdb
import pandas
import polars

folder = sys.argv[1]
runs = {"method": ["a", "a", "a"], "error": [20.0, 22.0, math.nan]}
pandas.DataFrame(runs).to_parquet(f"{folder}/pandas.parquet")
polars.DataFrame(runs).write_parquet(f"{folder}/polars.parquet")
print(f"pandas {pandas.__version__}, polars {polars.__version__}, DuckDB {duckdb.__version__}: mean of 20, 22 and NaN")
found = {}
for writer in ("pandas", "polars"):
    path = f"{folder}/{writer}.parquet"
    by_duckdb = duckdb.sql(f"SELECT avg(error), count(error) FROM '{path}'").fetchall()[0]
    by_polars = polars.read_parquet(path)["error"].mean()
    found[writer] = by_duckdb[0], by_polars
    print(f"written by {writer}: {by_duckdb[0]} over {by_duckdb[1]} by DuckDB, {by_polars} by polars")
if found["pandas"] != (21, 21) or not all(math.isnan(value) for value in found["polars"]):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
