#!/usr/bin/env bash
# Zeros on logarithmic axes in vega-lite 6.5.0 (vega 6.4.0).
#
# Guess: a value of 0 is left out of a chart with a logarithmic scale, as other plotting libraries do, and the rest is
# drawn.
# Seen: one zero among the values, such as epoch 0 or an error of 0.00, makes the axis begin at 0, whose logarithm is
# infinite, and every point lies at the edge of the chart. Bars begin at 0, so a bar chart on a logarithmic scale is empty
# whatever its values. All that tells is a line on the console, which a notebook does not show.
# For us: values that an axis cannot hold are left out and counted below the title (lib/report/vega/log_axis.ts):
# "trainingCurves() leaves out what a logarithmic axis cannot hold".
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

async function draw(mark, values) {
  const warnings = [];
  const logger = { level: () => logger, info: () => logger, debug: () => logger, error: () => logger, warn: (...words) => (warnings.push(words.join(" ")), logger) };
  const encoding = { x: { field: "epoch", type: "ordinal" }, y: { field: "error", type: "quantitative", scale: { type: "log" } } };
  const { spec } = compile({ data: { values }, mark, height: 100, encoding }, { logger });
  const view = await new vega.View(vega.parse(spec), { renderer: "none", logger }).runAsync();
  const svg = await view.toSVG();
  const marks = [...svg.matchAll(/<path [^>]*role="graphics-symbol"[^>]*>/g)].map((match) => match[0]);
  const heights = marks.map((path) => Number(/translate\([\d.]+,([\d.-]+)\)/.exec(path)?.[1] ?? NaN));
  const bars = marks.map((path) => Number(/d="M[\d.]+,[\d.-]+h[\d.]+v([\d.-]+)/.exec(path)?.[1] ?? NaN));
  return { places: mark === "bar" ? bars : heights, warnings };
}
const errors = [50, 20, 5];
const sound = errors.map((error, epoch) => ({ epoch, error }));
const runs = {
  "points of 50, 20, 5": await draw("point", sound),
  "points of 50, 20, 5, 0": await draw("point", [...sound, { epoch: 3, error: 0 }]),
  "bars of 50, 20, 5 (heights)": await draw("bar", sound),
};
const different = Object.entries(runs).map(([name, { places, warnings }]) => {
  console.log(`vega ${vega.version}, ${name}: ${places.map((place) => place.toFixed(0)).join(", ")}; ${warnings.join("; ") || "no warning"}`);
  return new Set(places.map((place) => place.toFixed(2))).size;
});
if (different.join() !== "3,1,1" || runs["bars of 50, 20, 5 (heights)"].places.some((height) => height !== 0)) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
