#!/usr/bin/env bash
# Bars over rows with several seeds in vega-lite 6.5.0 (vega 6.4.0).
#
# Guess: rows of one method, drawn as bars without colour or stacking, lie over one another, so that the highest shows;
# or they are averaged.
# Seen: they are stacked. Test errors of 20, 22 and 21 % are one bar of 63 %, in one colour and without a seam or a
# warning, and the axis grows with it. A table that gets a fourth seed changes every bar.
# For us: charts are given one row a bar, and seeds are points or intervals.
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

const values = [20, 22, 21].map((error, seed) => ({ method: "KD", error, seed }));

async function heights(y) {
  const warnings = [];
  const quiet = { level: () => quiet, info: () => quiet, debug: () => quiet, error: () => quiet, warn: (...words) => (warnings.push(words), quiet) };
  const encoding = { x: { field: "method", type: "nominal" }, y: { field: "error", type: "quantitative", ...y } };
  const { spec } = compile({ data: { values }, mark: "bar", height: 100, encoding }, { logger: quiet });
  const view = await new vega.View(vega.parse(spec), { renderer: "none", logger: quiet }).runAsync();
  const scale = view.scale("y");
  const svg = await view.toSVG();
  const bars = [...svg.matchAll(/aria-roledescription="bar" d="M[\d.]+,([\d.]+)/g)];
  const top = scale.invert(Math.min(...bars.map((match) => Number(match[1]))));
  return { bars: bars.length, top, warnings: warnings.length };
}
const plain = await heights({});
const mean = await heights({ aggregate: "mean" });
console.log(`vega ${vega.version}: errors of ${values.map(({ error }) => error).join(", ")} %`);
console.log(`as they are: ${plain.bars} bars up to ${plain.top.toFixed(1)} %, ${plain.warnings} warnings`);
console.log(`with "aggregate": "mean": ${mean.bars} bar up to ${mean.top.toFixed(1)} %`);
if (plain.bars !== 3 || Math.round(plain.top) !== 63 || plain.warnings !== 0 || Math.round(mean.top) !== 21) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
