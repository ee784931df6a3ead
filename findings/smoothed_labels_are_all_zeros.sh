#!/usr/bin/env bash
# Smoothed labels from `tf.oneHot` in tfjs 4.22.0.
#
# Guess: `tf.oneHot(labels, 10, 0.91, 0.01)` gives rows of 0.91 and 0.01, as the same call does in TensorFlow, where the
# type follows from the two values; and it gives the same on every backend.
# Seen: on WebAssembly both values are cut to whole numbers, whatever type is asked for: all rows are zeros, and the
# cross-entropy is 0 whatever the network answers, with a gradient of 0. The backend in JavaScript gives what was asked for
# with a fifth argument, "float32"; without it rows are called int32 and read as zeros, but the next operation finds the
# fractions, so that a test there passes.
# For us: labels are made of 0 and 1, cast, and only then smoothed or mixed (`oneHot` in lib/distill/losses.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

setWasmPaths(`${process.cwd()}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
const CLASSES = 10, OFF = 0.01, ON = 0.91;
console.log(`tfjs ${tf.version.tfjs}: labels 3 and 7 of ${CLASSES} as ${ON} and ${OFF}`);

async function smoothed(backend, dtype) {
  await tf.setBackend(backend);
  const logits = tf.tensor2d(Array.from({ length: 2 * CLASSES }, (_, i) => Math.sin(i)), [2, CLASSES]);
  const targets = tf.oneHot(tf.tensor1d([3, 7], "int32"), CLASSES, ON, OFF, dtype);
  const loss = (z) => tf.mean(tf.sum(tf.neg(tf.mul(targets, tf.logSoftmax(z))), 1));
  const { value, grad } = tf.valueAndGrad(loss)(logits);
  const greatest = Math.max(...targets.dataSync());
  const [cost, slope] = [Math.abs(value.dataSync()[0]), Math.max(...grad.dataSync().map(Math.abs))];
  console.log(`${backend}, type ${dtype ?? "left out"}: ${targets.dtype}, greatest label ${greatest.toFixed(2)}, ` +
    `cross-entropy ${cost.toFixed(3)}, greatest slope ${slope.toFixed(3)}`);
  return { greatest, cost, slope };
}

const wasm = await smoothed("wasm");
const javascript = await smoothed("cpu");
const wasmGiven = await smoothed("wasm", "float32");
const javascriptGiven = await smoothed("cpu", "float32");
const near = (a, b) => Math.abs(a - b) < 1e-4;
if ([wasm, wasmGiven].some(({ greatest, cost, slope }) => greatest !== 0 || cost !== 0 || slope !== 0) ||
  javascript.greatest !== 0 || !near(javascriptGiven.greatest, ON) || javascript.cost < 1 ||
  !near(javascript.cost, javascriptGiven.cost)) {
  throw new Error("The behaviour changed");
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
