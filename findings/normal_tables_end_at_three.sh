#!/usr/bin/env bash
# Probabilities of the normal distribution in simple-statistics 7.12.1.
#
# Guess: `cumulativeStdNormalProbability` computes the integral, as its neighbours `errorFunction` and `probit` suggest.
# Seen: it looks z up in a table of two decimals that ends at 3.09. What lies beyond has the last entry: z = 3.2 and z = 8
# have the same p-value, 0.002, so nothing survives a correction for ten comparisons at 1 %. `probit(0.975)` is 1.957
# where 1.960 is right.
# For us: p-values come from Student's t and erfc: "pairedDifference() has the p-values of the t-test".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact simple-statistics@7.12.1 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { cumulativeStdNormalProbability, probit } from "simple-statistics";

// Upper tails, computed in double precision by erfc(z / sqrt 2) / 2.
const TAILS = { 1.96: 0.024997895, 3.2: 0.00068713794, 4: 0.000031671242, 8: 6.220961e-16 };
const pValues = {};
for (const [z, tail] of Object.entries(TAILS)) {
  pValues[z] = 2 * (1 - cumulativeStdNormalProbability(Number(z)));
  console.log(`z = ${z}: two-sided p ${pValues[z].toPrecision(3)}, want ${(2 * tail).toPrecision(3)}`);
}
const quantile = probit(0.975);
console.log(`probit(0.975) ${quantile.toFixed(4)}, want 1.9600`);
if (pValues[8] < 1e-3 || pValues[4] !== pValues[8] || Math.abs(quantile - 1.96) < 1e-3) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
