#!/usr/bin/env bash
# Second derivatives in tfjs 4.22.0.
#
# Guess: `tf.grad` of `tf.grad` works for every operation that has a gradient, so that a gradient penalty (R1, WGAN-GP)
# can be put on any discriminator.
# Seen: it depends on how an operation's gradient was written. Squares, ReLU, convolutions of stride 1 and matrix products
# can be differentiated twice. Average pooling ends in "gradient function not found for AvgPoolGrad", and sigmoid, tanh
# and log-softmax, whose gradients use their saved output, in an error that blames the caller's function.
# For us: no loss has a second derivative; D is regularised by spectral normalisation and DiffAugment.
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
const map = () => tf.tensor4d([0.3, 0.5, -0.2, 0.4], [1, 2, 2, 1]);
const operations = {
  square: (x) => tf.square(x),
  relu: (x) => tf.relu(x).square(),
  conv2d: (x) => tf.conv2d(x, tf.ones([1, 1, 1, 1]), 1, "same").square(),
  matMul: (x) => tf.matMul(x.reshape([2, 2]), x.reshape([2, 2])),
  avgPool: (x) => tf.avgPool(x, 2, 2, "valid").square(),
  sigmoid: (x) => tf.sigmoid(x),
  tanh: (x) => tf.tanh(x),
  logSoftmax: (x) => tf.logSoftmax(x.flatten()).slice([0], [1]),
};
// The penalty |∇f|² has a gradient only by way of second derivatives.
const outcomes = Object.entries(operations).map(([name, operation]) => {
  const slope = tf.grad((x) => operation(x).sum());
  let outcome = "works";
  try {
    tf.grad((x) => slope(x).square().sum())(map());
  } catch (error) {
    outcome = error.message.split(". ")[0];
  }
  console.log(`${name}: ${outcome}`);
  return outcome === "works";
});
const isAsSeen = outcomes.join() === "true,true,true,true,false,false,false,false";
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
