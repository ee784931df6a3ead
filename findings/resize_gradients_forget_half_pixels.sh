#!/usr/bin/env bash
# Gradients of resized maps with half-pixel centres in tfjs 4.22.0.
#
# Guess: the gradient of `tf.image.resizeBilinear` and `resizeNearestNeighbor` belongs to the resizing that was asked for.
# Seen: with `halfPixelCenters: true` (the rule of PyTorch's `interpolate` and of OpenCV) the values are right and the
# gradient is that of the rule without it, the same numbers as with `false`. Of a 2 x 2 map enlarged to 4 x 4, the first
# pixel gets 0.375 where finite differences give 1.25. Nothing is reported; a feature or review loss over maps of two
# sizes trains on a wrong direction.
# For us: maps are doubled and averaged by kernels whose gradients are compared with finite differences, and no
# operation of ours asks for half-pixel centres.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";

const start = [1, 2, 3, 4];
const weights = (side) => tf.tensor4d(Array.from({ length: side ** 2 }, (_, i) => i / 10), [1, side, side, 1]);

function compare(resize, side) {
  const loss = (x) => resize(x, [side, side], false, true).mul(weights(side)).sum();
  const map = (values) => tf.tensor4d(values, [1, 2, 2, 1]);
  const given = [...tf.grad(loss)(map(start)).dataSync()];
  // The loss is linear in the map, so a step of 1 is exact but for rounding.
  const right = start.map((_, i) =>
    loss(map(start.map((v, k) => v + (k === i ? 1 : 0)))).dataSync()[0] - loss(map(start)).dataSync()[0]
  );
  const other = [...tf.grad((x) => resize(x, [side, side], false, false).mul(weights(side)).sum())(map(start)).dataSync()];
  const text = (values) => values.map((v) => v.toFixed(3)).join(", ");
  console.log(`${resize.name}: gradient ${text(given)}; by differences ${text(right)}; without half pixels ${text(other)}`);
  const near = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 1e-3);
  return near(given, other) && !near(given, right);
}
console.log(`tfjs ${tf.version.tfjs}`);
const isAsSeen = compare(tf.image.resizeBilinear, 4) && compare(tf.image.resizeNearestNeighbor, 3);
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
