#!/usr/bin/env bash
# Layers that are called the same in Keras 3.15.1 and in tfjs 4.22.0.
#
# Guess: tfjs-layers is Keras in JavaScript, so a network that is rebuilt in it, layer by layer with the same weights,
# answers the same to a rounding.
# Seen: two layers compute something else. `UpSampling2D` with bilinear interpolation has half-pixel centres in Keras and
# none in tfjs: 0, 1, 2, 3 doubled is 0, 0.25, 0.75, ... there and 0, 0.5, 1, ... here, and from layer to layer maps
# move to one side. The hard sigmoid of gates, and so hard swish, has slope 1/6 in Keras 3 and 1/5, that of Keras 2, in tfjs.
# Swish, mish, normalisation of layers and transposed convolutions agree.
# For us: exports are made of neither (lib/export/layers), and each is compared with its network before it is written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";

const { layers } = tf;
const row = tf.tensor([0, 1, 2, 3], [1, 1, 4, 1]);
const map = tf.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
const values = tf.tensor2d([[-2.5, -1, 0.5, 2]]);
const activation = (name) => layers.activation({ activation: name }).apply(values);
const turned = { filters: 1, kernelSize: 3, strides: 2, padding: "same", kernelInitializer: "ones" };
const answers = {
  "upsampling, nearest": layers.upSampling2d({ size: [1, 2] }).apply(row),
  "upsampling, bilinear": layers.upSampling2d({ size: [1, 2], interpolation: "bilinear" }).apply(row),
  "hard sigmoid": activation("hardSigmoid"),
  swish: activation("swish"),
  mish: activation("mish"),
  "layer normalisation": layers.layerNormalization().apply(values),
  "transposed convolution": layers.conv2dTranspose(turned).apply(map),
};
writeFileSync("tfjs.json", JSON.stringify(Object.fromEntries(Object.entries(answers).map(([name, y]) => [name, [...y.dataSync()]]))));
console.log(`tfjs ${tf.version.tfjs}`);
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
cat > run.py <<'PY'
import json
import sys

import keras
import numpy
from keras import layers

row = numpy.arange(4.0, dtype="float32").reshape(1, 1, 4, 1)
map_ = numpy.arange(1.0, 5.0, dtype="float32").reshape(1, 2, 2, 1)
values = numpy.array([[-2.5, -1, 0.5, 2]], "float32")
answers = {
    "upsampling, nearest": layers.UpSampling2D((1, 2))(row),
    "upsampling, bilinear": layers.UpSampling2D((1, 2), interpolation="bilinear")(row),
    "hard sigmoid": layers.Activation("hard_sigmoid")(values),
    "swish": layers.Activation("swish")(values),
    "mish": layers.Activation("mish")(values),
    "layer normalisation": layers.LayerNormalization()(values),
    "transposed convolution": layers.Conv2DTranspose(1, 3, strides=2, padding="same", kernel_initializer="ones")(map_),
}
print(f"Keras {keras.__version__}, backend {keras.backend.backend()}")
with open("tfjs.json") as file:
    others = json.load(file)
apart = []
for name, answer in answers.items():
    here = numpy.asarray(answer).ravel()
    distance = numpy.abs(here - others[name]).max()
    print(f"{name}: {distance:.3f} apart")
    if distance > 1e-4:
        apart.append(name)
        print(f"  Keras {numpy.round(here, 2).tolist()}\n  tfjs  {numpy.round(others[name], 2).tolist()}")
if apart != ["upsampling, bilinear", "hard sigmoid"]:
    sys.exit("The behaviour changed")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu venv/bin/python run.py
