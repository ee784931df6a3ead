#!/usr/bin/env bash
# Tensors of two types put together by `tf.concat` in tfjs 4.22.0.
#
# Guess: whole numbers beside fractions are brought to the wider type, as `add`, `maximum` and `where` of tfjs do and
# NumPy's `concatenate`; or an error tells, as TensorFlow's does and `tf.stack` here.
# Seen: the first tensor decides. Decoded images and labels of real data are int32; joined to fakes in float32 the fakes are
# cut to whole numbers: values from 0 to 1 become 0 and angles lose their fractions, without a word. In the other order
# nothing is lost. JavaScript and WebAssembly do the same.
# For us: batches are floats before they are tensors: "classData() gives reals in [−1, 1] under their own labels".
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
const real = tf.tensor1d([10, 20], "int32"), fake = tf.tensor1d([12.5, 0.75]);
const ways = {
  "concat real, fake": tf.concat([real, fake]),
  "concat fake, real": tf.concat([fake, real]),
  "real + fake": tf.add(real, fake),
  "maximum": tf.maximum(real, fake),
  "where": tf.where(tf.tensor1d([true, false], "bool"), real, fake),
};
const found = {};
for (const [way, tensor] of Object.entries(ways)) {
  found[way] = `${tensor.dtype} ${[...tensor.dataSync()].join(", ")}`;
  console.log(`${way}: ${found[way]}`);
}
let stacked = "";
try {
  tf.stack([real, fake]);
} catch (error) {
  stacked = error.message;
}
console.log(`stack: ${stacked}`);
if (found["concat real, fake"] !== "int32 10, 20, 12, 0" || found["concat fake, real"] !== "float32 12.5, 0.75, 10, 20" ||
  found["real + fake"] !== "float32 22.5, 20.75" || !found.maximum.startsWith("float32") || !stacked) {
  throw new Error("The behaviour changed");
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
