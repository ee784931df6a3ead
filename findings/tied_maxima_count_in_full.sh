#!/usr/bin/env bash
# Gradients of maxima that are attained twice in tfjs 4.22.0.
#
# Guess: where several entries are the greatest, `tf.max` divides its gradient among them (TensorFlow, PyTorch's `amax`,
# JAX) or gives it to the first (PyTorch's `max` over an axis).
# Seen: each of them gets all of it, so that the gradient of the maximum of n equal numbers adds up to n. Maps after a
# ReLU are full of equal zeros, and hardest-sample losses over a batch begin with equal distances. `tf.maxPool` gives
# its gradient to the first, and `tf.maximum` of two tensors to the first tensor.
# For us: losses take means and sums; where a maximum steadies a softmax no gradient runs through it.
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
const gradient = (loss, start) => [...tf.grad(loss)(start).dataSync()].join();
const max = gradient((x) => tf.max(x), tf.tensor1d([3, 3, 1, 3]));
const min = gradient((x) => tf.min(x), tf.tensor1d([3, 3, 4, 3]));
const pool = gradient((x) => tf.maxPool(x, 2, 2, "valid").sum(), tf.zeros([1, 2, 2, 1]));
const pair = tf.grads((a, b) => tf.maximum(a, b).sum())([tf.scalar(2), tf.scalar(2)]).map((g) => g.dataSync()[0]).join();
console.log(`max of 3, 3, 1, 3: ${max}\nmin of 3, 3, 4, 3: ${min}\nmaxPool over four zeros: ${pool}\nmaximum(2, 2): ${pair}`);
const isAsSeen = max === "1,1,0,1" && min === "1,1,0,1" && pool === "1,0,0,0" && pair === "1,0";
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
