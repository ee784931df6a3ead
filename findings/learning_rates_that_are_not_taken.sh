#!/usr/bin/env bash
# Changing the learning rate during training in tfjs 4.22.0.
#
# Guess: the property `learningRate` of an optimiser is what the next step uses, whichever optimiser it is; a schedule
# sets it each epoch.
# Seen: Adam, RMSProp and the others do. SGD and momentum go on with the rate that they were made with, while the property
# and `getConfig()` show the new one: a student under step decay never decays. They have `setLearningRate`, which the
# others lack, so a schedule that works for one kind is silent or an error for the other.
# For us: each step is told its rate, `apply(gradients, learningRate)`: "sgd() follows PyTorch's momentum with coupled
# weight decay and no dampening".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";

console.log(`tfjs ${tf.version.tfjs}: made with rate 1, rate set to 0, one step`);
const OPTIMISERS = {
  sgd: tf.train.sgd(1),
  momentum: tf.train.momentum(1, 0.9),
  adam: tf.train.adam(1),
  rmsprop: tf.train.rmsprop(1),
  adagrad: tf.train.adagrad(1),
};
const stubborn = [];
for (const [name, optimiser] of Object.entries(OPTIMISERS)) {
  const weight = tf.variable(tf.scalar(0));
  optimiser.learningRate = 0;
  optimiser.minimize(() => weight.asScalar(), false, [weight]);
  const moved = weight.dataSync()[0];
  const { learningRate } = optimiser.getConfig();
  const setter = typeof optimiser.setLearningRate;
  console.log(`${name.padEnd(8)} moved by ${moved}, says its rate is ${learningRate}, setLearningRate is ${setter}`);
  if (moved !== 0 && learningRate === 0 && setter === "function") stubborn.push(name);
}
if (stubborn.join() !== "sgd,momentum") {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
