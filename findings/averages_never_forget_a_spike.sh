#!/usr/bin/env bash
# Moving averages after a spike in arquero 8.0.3 and in vega-lite 6.5.0 (vega 6.4.0).
#
# Guess: a mean over the last five steps depends on those five, so a curve is right again five steps after a spike, as in
# pandas.
# Seen: both add what comes in and take off what goes out. One step whose loss is infinite makes every later mean NaN: the
# smoothed curve ends there. After one loss of 1e20 the mean is 0.2 for ever where every loss is 1, in arquero with a
# deviation of 0.45 in place of 0. A loss that is NaN is left out and harms nothing.
# For us: curves are smoothed by a weight that fades, after values that are not finite were left out and counted
# (`trainingCurves`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @uwdata/flechette@2.3.0 arquero@8.0.3 vega@6.4.0 vega-lite@6.5.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as aq from "arquero";
import * as vega from "vega";
import { compile } from "vega-lite";

const FRAME = [-4, 0];
async function last(spike) {
  const loss = Array.from({ length: 100 }, (_, step) => step === 20 ? spike : 1);
  const mean = aq.table({ loss }).derive({ last: aq.rolling((row) => aq.op.mean(row.loss), FRAME) }).get("last", 99);
  const deviation = aq.table({ loss }).derive({ last: aq.rolling((row) => aq.op.stdev(row.loss), FRAME) }).get("last", 99);
  const { spec } = compile({
    data: { name: "steps", values: loss.map((loss, step) => ({ step, loss })) },
    transform: [{ sort: [{ field: "step" }], frame: FRAME, window: [{ op: "mean", field: "loss", as: "mean" }] }],
    mark: "line",
    encoding: { x: { field: "step", type: "quantitative" }, y: { field: "mean", type: "quantitative" } },
  });
  const drawn = spec.data.find(({ transform }) => transform?.some(({ type }) => type === "window")).name;
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  await view.runAsync();
  const charted = view.data(drawn).find(({ step }) => step === 99)?.mean;
  console.log(`a loss of ${spike} at step 20, else 1; at step 99: arquero mean ${mean}, deviation ${deviation}, vega-lite mean ${charted}`);
  return { mean, deviation, charted };
}

const infinite = await last(Infinity), huge = await last(1e20), missing = await last(NaN);
const wrong = [infinite.mean, infinite.charted].every(Number.isNaN) &&
  [huge.mean, huge.charted].every((mean) => Math.abs(mean - 1) > 0.5) && huge.deviation > 0.1;
if (!wrong || missing.mean !== 1 || missing.charted !== 1) throw new Error("The behaviour changed");
JS
node run.js
