#!/usr/bin/env bash
# Gradients of average pooling at the border of an image, in tfjs 4.22.0.
#
# Guess: with padding "same" a window at the border is averaged over the pixels that it has, forwards and backwards.
# Seen: forwards it is; backwards the gradient is divided by the whole window. Of what a 3 x 3 window sends back from a
# corner 4/9 arrives, from an edge 2/3: a corner pixel below has slope 0.69 and gets 0.44, and of a gradient of 9 in all
# 5.4 is left. Numbers as padding and `tf.layers.averagePooling2d` do the same. Inception's blocks pool so. The backend
# here is the one in JavaScript.
# For us: pools are "valid", and gradients run on native TensorFlow, where kernels are compared with finite differences.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");
console.log(`tfjs ${tf.version.tfjs}, backend ${tf.getBackend()}`);
const image = tf.ones([1, 3, 3, 1]);
const text = (tensor) => [...tensor.dataSync()].map((value) => value.toFixed(2)).join(" ");
const pool = (x) => tf.avgPool(x, 3, 1, "same");
const gradient = tf.grad((x) => pool(x).sum())(image);
// The pool is linear: one changed pixel gives its slope.
const slopes = Array.from({ length: 9 }, (_, i) => {
  const pixel = tf.oneHot(i, 9).reshape([1, 3, 3, 1]).cast("float32");
  return pool(pixel).sum().dataSync()[0];
});
const sum = (values) => [...values].reduce((total, value) => total + value, 0);
console.log(`pooled    ${text(pool(image))}`);
console.log(`gradient  ${text(gradient)}, in all ${sum(gradient.dataSync()).toFixed(2)}`);
console.log(`slopes    ${text(tf.tensor(slopes))}, in all ${sum(slopes).toFixed(2)}`);
if (Math.abs(sum(slopes) - 9) > 1e-3 || sum(gradient.dataSync()) > 6) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
