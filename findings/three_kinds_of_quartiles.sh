#!/usr/bin/env bash
# Quantiles in jstat 1.9.6.
#
# Guess: its functions for quantiles agree with each other, with its `median`, and with NumPy's default.
# Seen: there are three definitions. Of 1, 2, 3, 4 the first quartile is 1 by `quartiles`, 1.75 by `percentile` (NumPy's)
# and 1.4375 by `quantiles`. The second by `quartiles` is 2, though `median` says 2.5, and `percentile` does not look beyond
# the last value but one: its 90 % are 3, where NumPy has 3.7. Boxes and intervals of few seeds depend on what was called.
# For us: of jstat only Student's t and erfc are used: "pairedDifference() has the p-values of the t-test".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact jstat@1.9.6 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import jstat from "jstat";

const { jStat } = jstat;
const seeds = [1, 2, 3, 4];
const found = {
  quartiles: jStat.quartiles(seeds),
  percentile: [0.25, 0.5, 0.75].map((share) => jStat.percentile(seeds, share)),
  quantiles: jStat.quantiles(seeds, [0.25, 0.5, 0.75]),
};
console.log(`jstat 1.9.6, quartiles of ${seeds.join(", ")}; NumPy's are 1.75, 2.5, 3.25`);
for (const [name, values] of Object.entries(found)) console.log(`${name.padEnd(10)} ${values.join(", ")}`);
console.log(`median     ${jStat.median(seeds)}`);
const high = jStat.percentile(seeds, 0.9);
console.log(`percentile of 90 %: ${high}, NumPy's is 3.7`);
const text = Object.values(found).map((values) => values.join()).join("; ");
if (text !== "1,2,3; 1.75,2.5,3; 1.4375,2.5,3.5625" || high !== 3 || jStat.median(seeds) !== 2.5) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
