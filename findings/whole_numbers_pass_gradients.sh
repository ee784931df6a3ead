#!/usr/bin/env bash
# Gradients through whole numbers in tfjs 4.22.0.
#
# Guess: what is cut to whole numbers passes no gradient, as in TensorFlow and PyTorch, whichever operation cuts it.
# Seen: `round` and `floor` pass none; `cast` to int32 and back passes the whole gradient, a straight-through estimator
# that nobody asked for, and `floorDiv` that of a plain division. Images brought to bytes on their way to a frozen
# classifier so push a generator as if they had not been.
# For us: fakes become bytes outside of every gradient (the pool), and losses see them as they were drawn.
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
const start = [0.7, 1.2];
const ways = {
  round: (x) => tf.round(x),
  floor: (x) => tf.floor(x),
  "cast to int32 and back": (x) => tf.cast(tf.cast(x, "int32"), "float32"),
  "floorDiv by 2": (x) => tf.floorDiv(x, tf.scalar(2)),
};
const found = Object.entries(ways).map(([name, way]) => {
  const value = [...way(tf.tensor1d(start)).dataSync()];
  const gradient = [...tf.grad((x) => way(x).mul(3).sum())(tf.tensor1d(start)).dataSync()];
  console.log(`${name}: ${start} -> ${value}, gradient of 3 times the sum ${gradient}`);
  return gradient.join();
});
const isAsSeen = found.join(" ") === "0,0 0,0 3,3 1.5,1.5";
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
