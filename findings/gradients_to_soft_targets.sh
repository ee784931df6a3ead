#!/usr/bin/env bash
# Gradients of the cross-entropy with respect to its target, in tfjs 4.22.0.
#
# Guess: `tf.losses.softmaxCrossEntropy(p, z)` passes -log softmax(z) back to the target p, as TensorFlow and PyTorch do.
# It matters wherever targets are made by something that learns: a generator that is trained through the teacher's soft
# targets (distillation without data), peers that learn from one another, learned labels.
# Seen: it passes p - softmax(z), the gradient of half the squared distance between the two. A target that learns stops at
# p = softmax(z), where the cross-entropy still falls: below it stalls at 0.582, and written out it goes on to 0.315. The
# gradient for z is right.
# For us: losses are written out, and their gradients are compared with finite differences (lib/distill/gradients_test.ts).
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
const target = tf.tensor2d([[0.6, 0.4]]);
const logits = tf.tensor2d([[1, 2]]);
const text = (tensor) => [...tensor.dataSync()].map((value) => value.toFixed(4)).join(", ");
const losses = {
  stock: (p) => tf.losses.softmaxCrossEntropy(p, logits),
  written: (p) => tf.neg(tf.sum(tf.mul(p, tf.logSoftmax(logits)))),
};
const slopes = {};
for (const [name, loss] of Object.entries(losses)) {
  slopes[name] = text(tf.grad(loss)(target));
  console.log(`${name.padEnd(7)} loss ${loss(target).dataSync()[0].toFixed(4)}, gradient for the target ${slopes[name]}`);
}
// A target that learns, by its logits, so that the cross-entropy falls.
const reached = {};
for (const [name, loss] of Object.entries(losses)) {
  const learned = tf.variable(tf.tensor2d([[0.4, 0]]));
  const descent = tf.train.sgd(1);
  for (let step = 0; step < 500; step++) descent.minimize(() => loss(tf.softmax(learned)), false, [learned]);
  reached[name] = loss(tf.softmax(learned)).dataSync()[0];
  console.log(`${name.padEnd(7)} loss after 500 steps of the target ${reached[name].toFixed(3)}`);
}
const isAsSeen = slopes.stock === "0.3311, -0.3311" && slopes.written === "1.3133, 0.3133" &&
  reached.stock > reached.written + 0.2;
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
