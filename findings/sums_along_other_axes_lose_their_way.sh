#!/usr/bin/env bash
# Gradients of cumulative sums along an axis that is not the last, in tfjs 4.22.0.
#
# Guess: the gradient of `tf.cumsum` is the cumulative sum of the incoming one from the other end, along the same axis.
# Seen: for an axis that is not the last it comes out with its axes exchanged. Where both have the same length nothing is
# said and other entries are moved than should be: the gradient of a 3 x 3 matrix below is the right one transposed. Where
# lengths differ an error tells. The last axis is right. Earth mover's losses are written with cumulative sums, over bins
# or over the rows and columns of square maps.
# For us: no loss sums cumulatively.
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
const weights = tf.tensor2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
const off = [0, 1].map((axis) => {
  const found = tf.grad((x) => tf.cumsum(x, axis).mul(weights).sum())(tf.ones([3, 3]));
  // The loss is linear in x, so that one changed entry gives its slope to the rounding of float32.
  const slopes = Array.from({ length: 9 }, (_, i) => {
    const entry = tf.oneHot(i, 9).reshape([3, 3]).cast("float32");
    return tf.cumsum(entry, axis).mul(weights).sum().dataSync()[0];
  });
  const values = [...found.dataSync()];
  console.log(`axis ${axis}: gradient ${values.join(" ")}\n        slopes   ${slopes.join(" ")}`);
  return Math.max(...values.map((value, i) => Math.abs(value - slopes[i])));
});
if (off[0] < 1 || off[1] > 1e-3) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
