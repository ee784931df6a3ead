#!/usr/bin/env bash
# Widths of normal initialisers in tfjs 4.22.0.
#
# Guess: `heNormal` draws weights of standard deviation sqrt(2 / fan in), as He et al. ask for, so that a deep network of
# ReLUs neither dims nor brightens its signal; the same for `glorotNormal` and `leCunNormal`.
# Seen: they draw from a normal distribution cut off at two deviations and do not make up for it, as Keras does: 0.88 of
# what is wanted, each layer. After 20 layers the signal has 0.09 of its size; with `heUniform`, whose width is right, 1.5
# of it.
# For us: "initialisers have the bounds and deviations of their formulas" (lib/base/module_test.ts).
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
const SIDE = 512;
const WANTED = {
  heNormal: Math.sqrt(2 / SIDE),
  glorotNormal: Math.sqrt(1 / SIDE),
  leCunNormal: Math.sqrt(1 / SIDE),
  heUniform: Math.sqrt(2 / SIDE),
};
const deviation = (tensor) => tf.sqrt(tf.moments(tensor).variance).dataSync()[0];
const ratios = {};
for (const [name, wanted] of Object.entries(WANTED)) {
  ratios[name] = deviation(tf.initializers[name]({ seed: 1 }).apply([SIDE, SIDE])) / wanted;
  console.log(`${name.padEnd(13)} ${ratios[name].toFixed(3)} of the deviation of its formula`);
}
const sizes = {};
for (const name of ["heNormal", "heUniform"]) {
  const start = tf.randomNormal([64, SIDE], 0, 1, "float32", 5);
  let signal = start;
  for (let layer = 1; layer <= 20; layer++) {
    signal = tf.relu(tf.matMul(signal, tf.initializers[name]({ seed: layer }).apply([SIDE, SIDE])));
  }
  sizes[name] = tf.sqrt(tf.div(tf.mean(tf.square(signal)), tf.mean(tf.square(start)))).dataSync()[0];
  console.log(`${name.padEnd(13)} after 20 layers the signal has ${sizes[name].toFixed(2)} of its size`);
}
const isNarrow = ["heNormal", "glorotNormal", "leCunNormal"].every((name) => Math.abs(ratios[name] - 0.88) < 0.01);
if (!isNarrow || Math.abs(ratios.heUniform - 1) > 0.01 || sizes.heNormal > 0.2 || sizes.heUniform < 0.4) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
