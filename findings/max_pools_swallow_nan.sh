#!/usr/bin/env bash
# Not-a-number before a max pool in tfjs 4.22.0.
#
# Guess: NaN goes through a network to its answer, as through `relu`, `add` or `matMul`, so a check of the loss finds it;
# in PyTorch it goes through `max_pool2d` too.
# Seen: `maxPool` leaves it out. Of a map where one number in ten is NaN nothing is left but a map of smaller maxima; the
# loss is finite and the run goes on. `relu`, `max` and `avgPool` pass NaN on; `argMax`, from which accuracies are counted,
# names the greatest of the others.
# For us: weights are looked at beside the loss: "trainLoop() keeps the last good checkpoint when weights stop being
# numbers".
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
console.log(`tfjs ${tf.version.tfjs}`);
const broken = tf.tidy(() => {
  const map = tf.randomUniform([1, 16, 16, 4], 0, 1, "float32", 1);
  const isHit = tf.randomUniform([1, 16, 16, 4], 0, 1, "float32", 2).less(0.1);
  return tf.where(isHit, tf.fill(map.shape, NaN), map);
});
const count = (tensor) => tf.sum(tf.isNaN(tensor).cast("int32")).dataSync()[0];
const pools = {
  relu: tf.relu(broken),
  avgPool: tf.avgPool(broken, 2, 2, "valid"),
  maxPool: tf.maxPool(broken, 2, 2, "valid"),
};
console.log(`a map of ${broken.size} numbers, of which ${count(broken)} are NaN`);
for (const [name, map] of Object.entries(pools)) console.log(`${name.padEnd(8)} ${count(map)} of ${map.size} are NaN`);
const logits = tf.mean(pools.maxPool, [1, 2]);
const loss = tf.losses.softmaxCrossEntropy(tf.tensor2d([[1, 0, 0, 0]]), logits).dataSync()[0];
const best = tf.argMax(tf.tensor1d([0.1, NaN, 0.7])).dataSync()[0];
console.log(`loss after maxPool ${loss.toFixed(3)}; argMax of 0.1, NaN, 0.7 is ${best}`);
if (count(broken) === 0 || count(pools.maxPool) !== 0 || count(pools.avgPool) === 0 || !Number.isFinite(loss)) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
