#!/usr/bin/env bash
# Columns with missing values in apache-arrow 21.2.0, the JavaScript library of Arrow.
#
# Guess: `column.toArray()` has `null` where a value is missing, as `get`, iteration and `toJSON` of the same column do; and
# numbers of 16 bits, as features are kept to save memory, are numbers.
# Seen: `toArray()` hands out the memory below the column, without the marks for what is missing. What stands there is up to
# who wrote the file: PyArrow leaves 0, so that a run that has not ended has a test error of 0 and is the best, and the mean
# of 20, nothing and 22 is 14. pandas leaves NaN below a missing error and 1 below a missing label, which so is class 1.
# Numbers of 16 bits come out as their bits: 1.5 is 15872. `Array.from(column)` has nulls, and numbers.
# For us: tables are built from values, and what is missing is undefined: "pairedTable() compares each method with the same
# students without it, seed by seed".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact apache-arrow@21.2.0 > install.log 2>&1 || { cat install.log; exit 1; }
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check pyarrow==26.0.1 pandas==3.1.1 numpy==2.3.4
cat > write.py <<'PY'
import numpy
import pandas
import pyarrow
import pyarrow.feather

runs = pyarrow.table({
    "error": pyarrow.array([20.0, None, 22.0]),
    "feature": pyarrow.array(numpy.array([1.5, -0.25, 3], dtype="float16")),
})
images = pandas.DataFrame({"label": pandas.array([3, None, 4], dtype="Int32")})
pyarrow.feather.write_feather(runs, "runs.arrow", compression="uncompressed")
pyarrow.feather.write_feather(images, "images.arrow", compression="uncompressed")
print(f"written by pandas {pandas.__version__}, PyArrow {pyarrow.__version__}")
PY
venv/bin/python write.py
cat > run.js <<'JS'
import { readFileSync } from "node:fs";
import { tableFromIPC } from "apache-arrow";

const column = (file, name) => tableFromIPC(readFileSync(file)).getChild(name);
const columns = {
  error: column("runs.arrow", "error"),
  feature: column("runs.arrow", "feature"),
  label: column("images.arrow", "label"),
};
const found = {};
for (const [name, values] of Object.entries(columns)) {
  found[name] = [values.toArray(), values].map((numbers) => Array.from(numbers).map(String).join(" "));
  console.log(`${name}: toArray() ${found[name][0]}; Array.from() ${found[name][1]}; ${values.nullCount} missing`);
}
const error = columns.error.toArray();
const mean = error.reduce((sum, value) => sum + value, 0) / error.length;
console.log(`error by toArray(): least ${Math.min(...error)}, mean ${mean}`);
const wanted = {
  error: ["20 0 22", "20 null 22"],
  feature: ["15872 46080 16896", "1.5 -0.25 3"],
  label: ["3 1 4", "3 null 4"],
};
if (JSON.stringify(found) !== JSON.stringify(wanted) || mean !== 14) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
