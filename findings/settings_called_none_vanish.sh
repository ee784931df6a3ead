#!/usr/bin/env bash
# A table of an ablation, written and read as CSV, in pandas 2.3.3.
#
# Guess: text comes back as it was written; of the usual texts only empty cells and "NaN" are missing values.
# Seen: "None", which since pandas 2.0 counts as missing, "NA", "null" and "n/a" do too. A row of the control, whose
# augmentation is called "None", comes back without a name, and `groupby` leaves rows without a name out: of three settings
# two have a mean, and the one to compare with is gone without a word. `keep_default_na=False` keeps the text.
# For us: no method or setting of ours is called by one of these words, and what is missing is an empty cell.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==2.3.3 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import io
import sys

import pandas

rows = [("None", 22.6), ("None", 22.9), ("crops", 20.1), ("crops", 20.5), ("crops and flips", 18.2)]
table = pandas.DataFrame(rows, columns=["augmentation", "error"])
text = table.to_csv(index=False)
before = table.groupby("augmentation")["error"].mean()
after = pandas.read_csv(io.StringIO(text)).groupby("augmentation")["error"].mean()
kept = pandas.read_csv(io.StringIO(text), keep_default_na=False).groupby("augmentation")["error"].mean()
print(f"pandas {pandas.__version__}, means of settings")
for name, means in (("before", before), ("after CSV", after), ("after CSV, keep_default_na=False", kept)):
    print(f"{name}: " + ", ".join(f"{setting} {mean:.2f}" for setting, mean in means.items()))
if list(after.index) != ["crops", "crops and flips"] or list(kept.index) != list(before.index) or len(before) != 3:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
