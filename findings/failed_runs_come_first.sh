#!/usr/bin/env bash
# The order of missing values in arquero 8.0.3.
#
# Guess: what is missing or NaN stands last in a sorted table, as in pandas and R, so that the first row is the best run.
# Seen: ascending it stands first: the best of a table is a run that failed or was never made. Descending it stands last.
# And `pivot` orders its columns as text: 1000, 10000, 250 images.
# For us: tables put it last both ways, and numbers by size (lib/report/data_table.ts):
# "DataTable.orderby() puts what is missing last, so that the best is one that was run".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @uwdata/flechette@2.3.0 arquero@8.0.3 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as aq from "arquero";

const runs = aq.table({
  method: ["BLKD", "FitNet", "NOKD", "SRD"],
  error: [20.1, NaN, 22.6, null],
});
const order = (by) => runs.orderby(by, "method").array("method").join(", ");
const ascending = order("error");
const descending = order(aq.desc("error"));
const wide = aq.table({ method: ["NOKD", "NOKD", "NOKD"], images: [250, 1000, 10000], error: [60, 45, 22] })
  .groupby("method").pivot("images", "error").columnNames().join(", ");
console.log(`arquero 8.0.3, errors 20.1, NaN, 22.6, null of BLKD, FitNet, NOKD, SRD`);
console.log(`ascending: ${ascending}\ndescending: ${descending}\npivot: ${wide}`);
const isAsSeen = ["FitNet", "SRD"].every((failed) => ascending.indexOf(failed) < ascending.indexOf("BLKD")) &&
  descending.startsWith("NOKD, BLKD") && wide === "method, 1000, 10000, 250";
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
