#!/usr/bin/env bash
# Gradients of absolute differences where there is none, in tfjs 4.22.0.
#
# Guess: |x| has slope 0 at 0, as in PyTorch, TensorFlow and JAX: where student and teacher agree, an L1 loss is at rest.
# Seen: `tf.abs` has slope -1 there, so `tf.losses.absoluteDifference` pushes every pair of equal numbers apart with full
# strength. Of a student that starts as a copy of its teacher, at loss 0, one step moves every entry; and maps after a
# ReLU are full of places where both are 0.
# For us: L1 losses take `absolute` (lib/native/maps/absolute.ts), "absolute() has slope 0 at 0 on every backend".
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
const slopes = [...tf.grad((x) => tf.abs(x).sum())(tf.tensor1d([-1, 0, 1])).dataSync()].join();
console.log(`slope of |x| at -1, 0, 1: ${slopes}`);

const teacher = tf.relu(tf.randomNormal([1000], 0, 1, "float32", 7));
const student = tf.variable(teacher.clone());
const loss = () => tf.losses.absoluteDifference(teacher, student);
const before = loss().dataSync()[0];
// With the rate 10 an entry moves by 10 / 1000 where its slope is 1.
tf.train.sgd(10).minimize(loss);
const after = loss().dataSync()[0];
const moved = tf.sum(tf.notEqual(student, teacher)).dataSync()[0];
console.log(`L1 of equal maps: ${before}, after one step ${after.toFixed(4)}; ${moved} of 1000 entries have moved`);
if (slopes !== "-1,-1,1" || before !== 0 || moved !== 1000) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
