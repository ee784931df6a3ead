#!/usr/bin/env bash
# Column types that arquero 8.0.3 guesses when it reads a CSV.
#
# Guess: `fromCSV` looks at a whole column before it calls it numeric, and leaves names alone.
# Seen: it looks at the first 1,000 rows. A test error that is measured every 1,500 steps, so that its first thousand
# cells are empty, becomes a column of `true`: 20.5 and 18.25 are lost and their mean is 1. Names that begin after the
# thousandth row become NaN. Hexadecimal names of runs that happen to look like numbers do as well: "4e891234" is
# Infinity, "00123456" is 123456, and a setting called "2020-01" is a date.
# For us: tables of records and histories are built from values, never from a CSV; whoever reads our CSV in arquero gives
# `parse` for columns of names and sparse columns, or `autoType: false`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @uwdata/flechette@2.3.0 arquero@8.0.3 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { fromCSV, op } from "arquero";

const steps = Array.from({ length: 3000 }, (_, i) => i + 1);
const sparse = ["step,error", ...steps.map((s) => `${s},${{ 1500: 20.5, 3000: 18.25 }[s] ?? ""}`)].join("\n");
const errors = fromCSV(sparse);
const found = errors.array("error").filter((value) => value != null);
const [{ mean }] = errors.rollup({ mean: op.mean("error") }).objects();
console.log(`written 20.5 and 18.25 after 1,499 empty cells: read ${found}, mean ${mean}`);

const named = ["step,run", ...steps.map((s) => `${s},${s <= 1100 ? s : "run" + s}`)].join("\n");
const late = fromCSV(named).array("run").slice(1098, 1102);
console.log(`written 1099, 1100, run1101, run1102: read ${late}`);

const [first] = fromCSV("run,zeros,setting\n4e891234,00123456,2020-01\n").objects();
console.log(`written 4e891234, 00123456, 2020-01: read ${first.run}, ${first.zeros}, ${first.setting.constructor.name}`);

const told = fromCSV(sparse, { parse: { error: (text) => text === "" ? null : Number(text) } });
const [{ right }] = told.rollup({ right: op.mean("error") }).objects();
console.log(`with parse: mean ${right}`);

const isAsSeen = found.every((value) => value === true) && mean === 1 && Number.isNaN(late[2]) &&
  first.run === Infinity && first.zeros === 123456 && first.setting instanceof Date && right === 19.375;
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
