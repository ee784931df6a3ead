#!/usr/bin/env bash
# Bits of gradients on a CPU in TensorFlow 2.21.0.
#
# Guess: with `enable_op_determinism()`, the same numbers on the same machine give the same bits, however many threads
# compute them. Elementwise operations, sums along some sides and forward convolutions do.
# Seen: four gradients and sums over everything have other bits with another number of threads, that of biases, that of a
# filter and that of batch normalisation already at 32 images of 16 x 16. The default number is that of the cores that a
# process may use, so the same seed ends elsewhere in a smaller container, in a cgroup, or beside `taskset`.
# For us: training steps run kernels of our own in their place, which cut sums by size alone (lib/native/README.md).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv site > install.log 2>&1 || { cat install.log; exit 1; }
site/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > bits.py <<'PY'
"""Prints a hash of the results of each operation, with the number of threads that the command asks for."""
import hashlib, json, sys
import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[1]))
tf.config.experimental.enable_op_determinism()
draws = np.random.default_rng(1)
normal = lambda *shape: tf.constant(draws.standard_normal(shape, dtype=np.float32))
maps, images, slopes = normal(32, 16, 16, 32), normal(32, 16, 16, 3), normal(32, 16, 16, 32)
filter_of_images, one = normal(3, 3, 3, 32), tf.ones([32])
left, right = normal(64, 1024), normal(512, 1024)
large = normal(32, 64, 64, 3)

def batch_norm_gradient():
    y, mean, variance, *reserves = tf.raw_ops.FusedBatchNormV3(
        x=maps, scale=one, offset=one, mean=[], variance=[], epsilon=1e-5, is_training=True)
    return tf.raw_ops.FusedBatchNormGradV3(
        y_backprop=slopes, x=maps, scale=one, reserve_space_1=reserves[0], reserve_space_2=reserves[1],
        reserve_space_3=reserves[2], epsilon=1e-5, is_training=True)[:3]

results = {
    "gradient of a bias": tf.raw_ops.BiasAddGrad(out_backprop=slopes),
    "gradient of a filter": tf.raw_ops.Conv2DBackpropFilter(
        input=images, filter_sizes=[3, 3, 3, 32], out_backprop=slopes, strides=[1, 1, 1, 1], padding="SAME"),
    "gradient of batch normalisation": batch_norm_gradient(),
    "matrix product, second factor turned": tf.linalg.matmul(left, right, transpose_b=True),
    "sum of everything": tf.reduce_sum(large),
    "sum over pixels": tf.reduce_sum(maps, [1, 2]),
    "convolution": tf.nn.conv2d(images, filter_of_images, 1, "SAME"),
    "swish": tf.nn.silu(maps),
}
hash_of = lambda value: hashlib.sha256(b"".join(part.numpy().tobytes() for part in tf.nest.flatten(value))).hexdigest()
print(json.dumps({name: hash_of(value) for name, value in results.items()}))
PY
cat > compare.py <<'PY'
import json, os, subprocess, sys

def run(threads):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
    done = subprocess.run([sys.executable, "bits.py", str(threads)], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)

one, again, two, three = run(1), run(1), run(2), run(3)
if one != again:
    sys.exit("Two runs with one thread differ: the behaviour changed")
follows = {}
for name, bits in one.items():
    kinds = len({bits, two[name], three[name]})
    follows[name] = kinds > 1
    print(f"{name:40} {kinds} different results with 1, 2 and 3 threads")
wanted = [name for name in one if name not in ("sum over pixels", "convolution", "swish")]
if [name for name, is_so in follows.items() if is_so] != wanted:
    sys.exit("The behaviour changed")
PY
site/bin/python compare.py
