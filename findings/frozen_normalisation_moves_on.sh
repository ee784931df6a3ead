#!/usr/bin/env bash
# Batch normalisation of a frozen part in tfjs 4.22.0.
#
# Guess: a layer with `trainable = false` stays as it is while the rest is trained. In Keras, whose models tfjs reads,
# that holds for batch normalisation too: since TensorFlow 2 it then goes by its stored mean and variance.
# Seen: only scale and offset stay. In `fit` a frozen layer normalises by the batch and goes on moving its stored mean
# and variance. A teacher or feature extractor below a new head, frozen, gives other answers after the head was trained.
# For us: `forward(x, mode)` says whether statistics move, and constants of an exported network are no batch
# normalisation: "constants of the input stay while an exported network is trained on".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";

console.log(`tfjs ${tf.version.tfjs}`);
const base = tf.sequential({
  layers: [
    tf.layers.dense({ units: 8, inputShape: [4], kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }),
    tf.layers.batchNormalization(),
  ],
});
base.trainable = false;
const model = tf.sequential({ layers: [base, tf.layers.dense({ units: 1 })] });
model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
console.log(`weights that are trained: ${model.trainableWeights.map(({ shape }) => `[${shape}]`).join(" ")}`);

const inputs = tf.randomNormal([256, 4], 3, 1, "float32", 7);
const before = base.predict(inputs);
const stored = base.layers[1].getWeights().map((weight) => weight.clone());
await model.fit(inputs, tf.zeros([256, 1]), { epochs: 5, batchSize: 32, verbose: 0 });
const change = (a, b) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
const moved = base.layers[1].getWeights().map((weight, i) => change(weight, stored[i]));
["scale", "offset", "mean", "variance"].forEach((name, i) => console.log(`${name.padEnd(8)} moved by ${moved[i].toFixed(2)}`));
const answers = change(base.predict(inputs), before);
console.log(`answers of the frozen part moved by ${answers.toFixed(2)}`);
if (moved[0] !== 0 || moved[1] !== 0 || moved[2] < 0.1 || answers < 0.1) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
