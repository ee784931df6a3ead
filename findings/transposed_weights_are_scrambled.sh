#!/usr/bin/env bash
# Transposed arrays in safetensors 0.8.0, from NumPy 2.3.4.
#
# Guess: an array that is saved comes back equal, as with `numpy.save`, or is refused, as a transposed tensor of PyTorch is.
# Seen: `safetensors.numpy` writes the bytes as they lie in memory below the shape of the view. A filter that is turned from
# PyTorch's order (out, in, height, width) to TensorFlow's (height, width, in, out) comes back with its numbers in wrong
# places and no word; mean and deviation, by which one would check it, are the same. After `numpy.ascontiguousarray` it is
# right. The documentation asks for contiguous arrays; that nothing checks it is the surprise.
# For us: weights are packed from typed arrays, which have one order: "ParameterSet.write() restores what read() returned,
# without leaking".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import io
import sys

import numpy
import safetensors
from safetensors.numpy import load, save

print(f"safetensors {safetensors.__version__}, NumPy {numpy.__version__}: a filter of 8 x 4 x 3 x 3")
filters = numpy.random.default_rng(1).normal(size=(8, 4, 3, 3)).astype(numpy.float32)
turned = filters.transpose(2, 3, 1, 0)
file = io.BytesIO()
numpy.save(file, turned)
file.seek(0)
read = {
    "numpy.save, transposed": numpy.load(file),
    "safetensors, transposed": load(save({"filter": turned}))["filter"],
    "safetensors, contiguous": load(save({"filter": numpy.ascontiguousarray(turned)}))["filter"],
}
right = []
for name, array in read.items():
    equal = (array == turned).mean()
    right.append(equal == 1)
    print(f"{name}: {100 * equal:.0f} % in place, shape {array.shape}, mean {array.mean():.5f}, deviation {array.std():.5f}")
if right != [True, False, True]:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
