#!/usr/bin/env bash
# Columns of tables made of rows or put below one another in arquero 8.0.3.
#
# Guess: a table of rows has every property that any row has, with nothing where a row has none, as in pandas and
# Vega-Lite; and `concat` has the columns of all tables.
# Seen: the first row decides, and the first table. A metric that only later runs have, such as the FID of those with a
# generator, is gone without a word when the first run is the baseline.
# For us: tables keep them all: "DataTable.concat() keeps the columns that only some tables have, with their looks".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @uwdata/flechette@2.3.0 arquero@8.0.3 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as aq from "arquero";

const runs = [
  { method: "NOKD", error: 22.6 },
  { method: "cGAN-KD", error: 22.4, fid: 14.2 },
  { method: "cGAN-KD+BLKD", error: 20.4, fid: 14.2 },
];
const tables = {
  "from(runs)": aq.from(runs),
  "from(runs), last first": aq.from(runs.toReversed()),
  "from(baseline).concat(others)": aq.from(runs.slice(0, 1)).concat(aq.from(runs.slice(1))),
};
const found = Object.entries(tables).map(([name, table]) => {
  const columns = table.columnNames().join(", ");
  console.log(`arquero 8.0.3, ${name}: ${table.numRows()} rows, columns ${columns}`);
  return columns;
});
if (found.join("; ") !== "method, error; method, error, fid; method, error") {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
