#!/usr/bin/env bash
# The gradient of mirrored borders in tfjs 4.22.0.
#
# Guess: the gradient of `tf.mirrorPad` adds up over all places where a pixel appears.
# Seen: it is cut out of the middle, as if the border were zeros. [1, 2, 3] mirrored by one pixel is [2, 1, 2, 3, 2], so
# that the sum has the gradient [1, 3, 1]; tfjs gives [1, 1, 1], for "reflect" and for "symmetric", without a word.
# Generators and blurs with reflected borders learn from a wrong gradient.
# For us: borders are zeros everywhere; no operation of ours mirrors them.
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
let isAsSeen = true;
for (const [mode, right] of [["reflect", [1, 3, 1]], ["symmetric", [2, 1, 2]]]) {
  const loss = (x) => tf.mirrorPad(x, [[1, 1]], mode).sum();
  const start = [1, 2, 3];
  const given = [...tf.grad(loss)(tf.tensor1d(start)).dataSync()];
  const byDifferences = start.map((_, i) =>
    loss(tf.tensor1d(start.map((v, k) => v + (k === i ? 1 : 0)))).dataSync()[0] - loss(tf.tensor1d(start)).dataSync()[0]
  );
  console.log(`${mode}: gradient ${given}; by differences ${byDifferences}`);
  isAsSeen &&= given.join() === "1,1,1" && byDifferences.join() === right.join();
}
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
