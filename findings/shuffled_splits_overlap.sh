#!/usr/bin/env bash
# Splitting a shuffled data set in tfjs-data, of tfjs 4.22.0.
#
# Guess: `shuffle(n, seed, false)` has one order, the same each time that the set is gone through, as its third argument
# `reshuffleEachIteration` says and as in TensorFlow; so `take(k)` and `skip(k)` of it are a training and a validation
# part.
# Seen: the order is another one each time, with `false` as with `true`. The parts overlap, and each epoch draws them
# anew: after two epochs every validation image has been trained on.
# For us: parts are lists of positions, made once:
# "splitPerLabel() takes the same number of each label and loses no image".
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
const SIZE = 100, TRAIN = 80;
const shuffled = tf.data.array(Array.from({ length: SIZE }, (_, i) => i)).shuffle(SIZE, "1", false);
const orders = [];
for (let pass = 0; pass < 3; pass++) orders.push((await shuffled.toArray()).slice(0, 6).join(" "));
console.log(`one set, begun three times: ${orders.join(" | ")}`);

const validation = await shuffled.skip(TRAIN).toArray();
const seen = new Set();
const overlaps = [];
for (let epoch = 1; epoch <= 5; epoch++) {
  for (const image of await shuffled.take(TRAIN).toArray()) seen.add(image);
  overlaps.push(validation.filter((image) => seen.has(image)).length);
}
console.log(`of ${validation.length} validation images, trained on after each of five epochs: ${overlaps.join(", ")}`);
if (new Set(orders).size !== 3 || overlaps[0] < 5 || overlaps[4] < 19) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
