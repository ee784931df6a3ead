#!/usr/bin/env bash
# Straight lines by regression 2.0.1.
#
# Guess: `regression.linear(points)` fits in double precision, and rounds at most what it shows in `string`.
# Seen: slope and intercept are rounded to two decimals, and predictions come from the rounded ones. An error rate that falls
# from 0.30 to 0.20 over 20,000 fakes has slope 0: the line says 0.3 everywhere, and r² is -2.24 for points that lie on a
# line. A slope of 0.0051 is 0.01, twice as steep. `{ precision: 12 }` keeps the digits.
# For us: estimates go on along a line in double precision: "carryOn() keeps what does not grow with the batch, and is
# proportional without a slope".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact regression@2.0.1 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { readFileSync } from "node:fs";
import regression from "regression";

const { version } = JSON.parse(readFileSync("node_modules/regression/package.json", "utf8"));
const fakes = [0, 5000, 10_000, 15_000, 20_000];
const sets = {
  "error over fakes": fakes.map((count) => [count, 0.3 - 5e-6 * count]),
  "a slope of 0.0051": [0, 100, 200].map((x) => [x, 0.0051 * x]),
};
console.log(`regression ${version}: points that lie on a line`);
const found = {};
for (const [name, points] of Object.entries(sets)) {
  for (const options of [{}, { precision: 12 }]) {
    const { equation: [slope], r2, predict } = regression.linear(points, options);
    const [last, truth] = points.at(-1);
    found[`${name}, ${JSON.stringify(options)}`] = { slope, r2, last: predict(last)[1] };
    console.log(`${name}, ${JSON.stringify(options)}: slope ${slope}, r² ${r2}, ${predict(last)[1]} at the end, which is ${truth.toFixed(2)}`);
  }
}
const [rounded, exact, steep, right] = Object.values(found);
if (rounded.slope + 0 !== 0 || rounded.last !== 0.25 || Math.abs(exact.slope + 5e-6) > 1e-12 || steep.slope !== 0.01 || right.slope !== 0.0051) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
