#!/usr/bin/env bash
# Means of a column with empty cells in d3-array 3.2.4, read by d3-dsv 3.0.1.
#
# Guess: `d3.mean(rows, row => row.error)` leaves out what is empty, as it leaves out null, undefined and NaN; the cells of
# `csvParse` are text, which these functions turn into numbers anyway.
# Seen: an empty cell is the text "", which becomes 0. A run that has not ended yet counts as an error of 0: the mean of
# 20, nothing and 22 is 14, the median 20 and the deviation 12.2 in place of 1.4. `min` compares text, so that it is "" here
# and "100" for 20 and 100. With `autoType` all of it is right.
# For us: tables are built from values, and what is missing is undefined: "pairedTable() compares each method with the same
# students without it, seed by seed".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact d3-array@3.2.4 d3-dsv@3.0.1 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { deviation, mean, median, min } from "d3-array";
import { autoType, csvParse } from "d3-dsv";

const text = "seed,error\n1,20\n2,\n3,22\n";
const error = (row) => row.error;
const found = [undefined, autoType].map((row) => {
  const rows = csvParse(text, row);
  return [mean, median, deviation].map((statistic) => Number(statistic(rows, error).toFixed(2)));
});
console.log("d3-array 3.2.4, errors 20, nothing, 22: mean, median, deviation");
console.log(`as read: ${found[0].join(", ")}\nwith autoType: ${found[1].join(", ")}`);
const least = min(csvParse("seed,error\n1,20\n2,100\n"), error);
console.log(`least of 20 and 100 as read: ${JSON.stringify(least)}`);
if (found.join("; ") !== "14,20,12.17; 21,21,1.41" || least !== "100") {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
