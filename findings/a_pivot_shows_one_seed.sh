#!/usr/bin/env bash
# Tables that are turned wide, with several seeds a cell, in arquero 8.0.3.
#
# Guess: where a cell would have several values, `pivot` refuses, as pandas' `pivot` does, or takes their mean, as its
# `pivot_table` does.
# Seen: it takes the first. A table of three seeds by methods and sizes shows seed 1 alone, its best one here, and looks
# like any other; sorted another way, the same table shows another seed. `{ error: aq.op.mean("error") }` as values gives
# the means.
# For us: tables refuse it: "DataTable.pivot() asks what several rows of a cell become".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @uwdata/flechette@2.3.0 arquero@8.0.3 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as aq from "arquero";

const rows = aq.table({
  method: ["KD", "KD", "KD", "NOKD", "NOKD", "NOKD"],
  seed: [1, 2, 3, 1, 2, 3],
  images: Array(6).fill("10K"),
  error: [20, 22, 24, 21, 21, 21],
});
const wide = (table, values) => table.groupby("method").pivot("images", values).objects()
  .map((row) => `${row.method} ${row["10K"]}`).join(", ");
const found = {
  "by seed": wide(rows, "error"),
  "by seed, last first": wide(rows.orderby(aq.desc("seed")), "error"),
  "with op.mean": wide(rows, { error: aq.op.mean("error") }),
};
console.log("arquero 8.0.3: errors of KD 20, 22, 24, of NOKD 21, 21, 21");
for (const [name, text] of Object.entries(found)) console.log(`${name}: ${text}`);
if (Object.values(found).join("; ") !== "KD 20, NOKD 21; KD 24, NOKD 21; KD 22, NOKD 21") {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
