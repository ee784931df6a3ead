#!/usr/bin/env bash
# Prepared data sets after their code was changed, in Hugging Face's datasets 5.2.0.
#
# Guess: `map` keeps its result on disk under a fingerprint of the data and of the function, so that a function that was
# changed is run again.
# Seen: so it is with a function that stands in the script. One that is imported, or called by the one in the script, enters
# the fingerprint by its name. After an edit of the module the next start gets the old labels and says nothing; a start on
# another machine, where nothing is kept yet, gets the new ones. `load_from_cache_file=False` runs it again.
# For us: "changesSince() names what changed and the versions that answer for it", for code that is imported as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import os
import sys

import datasets

import preparation

datasets.disable_progress_bars()
data = datasets.load_from_disk("data")


def here(row):
    return {"label": FACTOR * row["angle"]}


def calls(row):
    return preparation.prepare(row)


FACTOR = int(os.environ["FACTOR"])
kinds = {"in the script": here, "imported": preparation.prepare, "called by the script's": calls}
found = [data.map(function)["label"][:] for function in kinds.values()]
found.append(data.map(preparation.prepare, load_from_cache_file=False)["label"][:])
for name, labels in zip([*kinds, "imported, load_from_cache_file=False"], found):
    print(f"  {name}: {labels}")
once, twice = [1, 2, 3], [10, 20, 30]
if found != ([once] * 4 if FACTOR == 1 else [twice, once, once, twice]):
    sys.exit("The behaviour changed")
PY
export HF_HOME="$folder" HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1
cd "$folder"
venv/bin/python -c 'import datasets
print(f"datasets {datasets.__version__}: labels of angles 1, 2, 3")
datasets.disable_progress_bars()
datasets.Dataset.from_dict({"angle": [1, 2, 3]}).save_to_disk("data")'
for factor in 1 10; do
  echo "every function multiplies by $factor"
  echo "def prepare(row): return {'label': $factor * row['angle']}" > preparation.py
  FACTOR=$factor venv/bin/python -W ignore run.py
done
