#!/usr/bin/env bash
# One optimiser for two networks in tfjs 4.22.0: Adam, RMSProp, momentum and the others.
#
# Guess: moments belong to the variable that they were gathered for, as in PyTorch, Keras and Optax. So one optimiser may
# step the discriminator and then the generator, or go on with other layers thawed.
# Seen: they belong to a position in the list of variables of the step. The first variable of the generator goes on with
# the moments of the first of the discriminator, without a word where the shapes agree. Below the second variable has
# never had a gradient but -1 and should go up by 0.1; Adam moves it down, momentum by 88 times too much.
# For us: an optimiser is made for one set of parameters and its slots follow that set (lib/base/training/optimisers.ts).
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
const OPTIMISERS = {
  adam: () => tf.train.adam(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  rmsprop: () => tf.train.rmsprop(0.1),
  adagrad: () => tf.train.adagrad(0.1),
};

/** How far the first step of gradient -1 takes a generator's weight, after a discriminator's had 50 steps of gradient 10. */
function firstStep(discriminators, generators) {
  const [discriminator, generator] = [tf.variable(tf.scalar(0)), tf.variable(tf.scalar(0))];
  for (let step = 0; step < 50; step++) {
    discriminators.minimize(() => discriminator.mul(10).asScalar(), false, [discriminator]);
  }
  generators.minimize(() => generator.mul(-1).asScalar(), false, [generator]);
  return generator.dataSync()[0];
}
const moves = {};
for (const [name, make] of Object.entries(OPTIMISERS)) {
  const one = make();
  moves[name] = [firstStep(one, one), firstStep(make(), make())];
  const [shared, own] = moves[name].map((move) => move.toFixed(4));
  console.log(`${name.padEnd(8)} first step with one optimiser ${shared}, with one each ${own}`);
}
if (!(moves.adam[0] < 0 && moves.adam[1] > 0 && moves.momentum[0] < -5)) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
