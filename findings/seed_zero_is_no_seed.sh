#!/usr/bin/env bash
# The seed 0 of random tensors and initialisers in tfjs 4.22.0.
#
# Guess: 0 is a seed like any other; with a seed the numbers are the same each time.
# Seen: it is one for `randomUniform`, `dropout` and uniform initialisers. For `randomNormal`, `truncatedNormal`,
# `randomGamma`, `multinomial` and the normal and orthogonal initialisers 0 means "none given": the numbers are others
# each time. Lists of seeds often begin at 0, so the first run of a table cannot be repeated and the others can.
# For us: no stream is drawn by tfjs. Seed 0 is a seed: "rngOf() gives the same numbers for the same path".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";

console.log(`tfjs ${tf.version.tfjs}: the same numbers twice?`);
const DRAWS = {
  randomUniform: (seed) => tf.randomUniform([20], 0, 1, "float32", seed),
  dropout: (seed) => tf.dropout(tf.ones([50]), 0.5, undefined, seed),
  glorotUniform: (seed) => tf.initializers.glorotUniform({ seed }).apply([5, 5]),
  randomNormal: (seed) => tf.randomNormal([20], 0, 1, "float32", seed),
  truncatedNormal: (seed) => tf.truncatedNormal([20], 0, 1, "float32", seed),
  randomGamma: (seed) => tf.randomGamma([20], 2, 1, "float32", seed),
  multinomial: (seed) => tf.multinomial(tf.zeros([20]), 50, seed),
  heNormal: (seed) => tf.initializers.heNormal({ seed }).apply([5, 5]),
  orthogonal: (seed) => tf.initializers.orthogonal({ seed }).apply([5, 5]),
};
const isSame = (draw, seed) => draw(seed).dataSync().join() === draw(seed).dataSync().join();
let without = [];
for (const [name, draw] of Object.entries(DRAWS)) {
  const [zero, one] = [isSame(draw, 0), isSame(draw, 1)];
  console.log(`${name.padEnd(16)} seed 0: ${zero ? "yes" : "no"}, seed 1: ${one ? "yes" : "no"}`);
  if (one && !zero) without.push(name);
}
if (without.join() !== "randomNormal,truncatedNormal,randomGamma,multinomial,heNormal,orthogonal") {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
