#!/usr/bin/env bash
# Confidence intervals of error bars in vega-lite 6.5.0 (vega 6.4.0).
#
# Guess: `"extent": "ci"` of an error bar or band is the 95 % interval of the mean by a formula, the same at every
# rendering, and about what Student's t gives for the three or five seeds of a table.
# Seen: it is a bootstrap by draws that nobody can seed from the specification. Two renderings of one specification on
# the same five values have different bounds, and for so few values they are far too narrow: at most 2.4 wide here,
# where Student's interval is 3.6 wide. `"extent": "stderr"` is the same every time.
# For us: intervals are computed beside the table by Student's t, and charts are given their bounds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact vega@6.4.0 vega-lite@6.5.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as vega from "vega";
import { compile } from "vega-lite";

const errors = [3.1, 4.7, 2.2, 5.9, 4.4];
const values = errors.map((error) => ({ method: "KD", error }));

async function bounds(extent) {
  const { spec } = compile({
    data: { values },
    mark: { type: "errorbar", extent },
    encoding: {
      x: { field: "method", type: "nominal" },
      y: { field: "error", type: "quantitative" },
    },
  });
  const view = await new vega.View(vega.parse(spec), { renderer: "none" }).runAsync();
  const row = view.data("data_0")[0];
  return [row.lower_error, row.upper_error];
}

const mean = errors.reduce((sum, value) => sum + value, 0) / errors.length;
const variance = errors.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (errors.length - 1);
// t of 97.5 % with 4 degrees of freedom.
const student = 2 * 2.776 * Math.sqrt(variance / errors.length);
console.log(`vega ${vega.version}: 95 % interval of the mean of ${errors.join(", ")}; Student's is ${student.toFixed(2)} wide`);
const found = { ci: new Set(), stderr: new Set() };
let widest = 0;
for (const extent of ["ci", "stderr"]) {
  for (let rendering = 0; rendering < 12; rendering++) {
    const [low, high] = await bounds(extent);
    found[extent].add(`${low} ${high}`);
    if (extent === "ci") widest = Math.max(widest, high - low);
  }
  console.log(`${extent.padEnd(6)} ${found[extent].size} different bounds in 12 renderings`);
}
console.log(`widest of "ci": ${widest.toFixed(2)}`);
if (found.ci.size === 1 || found.stderr.size !== 1 || widest > 0.75 * student) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
