#!/usr/bin/env bash
# Seeds of the dropout layers of @tensorflow/tfjs-layers 4.22.0.
#
# Guess: `dropout({ rate, seed })` starts a stream at the seed, as in Keras: every training step drops other units, and
# two runs drop the same ones.
# Seen: with a seed the same mask is drawn at every step, by `spatialDropout1d` too. The units that the first step
# drops are dropped for ever: the network is pruned, not regularised, without a warning. Without a seed every step has a
# mask of its own, which no run repeats: regularised or repeatable, one of the two.
# For us: no layer of tfjs draws anything here; every draw comes from a stream that is addressed by step.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, version_layers } from "@tensorflow/tfjs-layers";

await tf.setBackend("cpu");
const ones = tf.ones([1, 4, 16]);
const cases = [
  ["dropout", { rate: 0.5, seed: 7 }, 1],
  ["spatialDropout1d", { rate: 0.5, seed: 7 }, 1],
  ["dropout", { rate: 0.5 }, 5],
];
console.log(`tfjs-layers ${version_layers}: different masks in five training steps`);
for (const [name, options, wanted] of cases) {
  const layer = layers[name](options);
  const masks = new Set();
  for (let step = 0; step < 5; step++) {
    masks.add(Array.from(layer.apply(ones, { training: true }).dataSync()).join(" "));
  }
  const text = `${name}(${JSON.stringify(options)})`;
  console.log(`${text.padEnd(40)} ${masks.size}`);
  if (masks.size !== wanted) {
    console.error(`Found ${masks.size} different masks of ${text}, want ${wanted}: the behaviour changed`);
    process.exitCode = 1;
  }
}
JS
node run.js
