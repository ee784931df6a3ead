#!/usr/bin/env bash
# The order of the weights in a file of safetensors 0.8.0, beside .npz and HDF5 (NumPy 2.3.4, h5py 3.14.0).
#
# Guess: a dictionary of weights comes back in the order in which it was saved, as from `numpy.load`, since dictionaries
# have kept their order for many years; so does `set_weights(list(load_file(name).values()))`.
# Seen: `load_file` and HDF5 sort names as text, so that block 10 stands between 1 and 2, and safetensors puts wider types
# first. `load`, of the same bytes, has no order: two calls in one program differ. Weights given on by position are
# scrambled as soon as there are eleven blocks, or any, and where blocks have equal shapes nobody says so: ten were right
# when it was tested.
# For us: weights are looked up by name: "ParameterSet.write() restores what read() returned, without leaking".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.3.4 h5py==3.14.0
cat > "$folder/run.py" <<'PY'
import sys
from pathlib import Path

import h5py
import numpy
import safetensors
from safetensors.numpy import load, load_file, save_file

folder = Path(sys.argv[1])
network = {f"block{i}": numpy.full((3, 3), i, numpy.float32) for i in range(12)}
numpy.savez(folder / "network.npz", **network)
save_file(network, folder / "network.safetensors")
with h5py.File(folder / "network.h5", "w") as file:
    for name, values in network.items():
        file[name] = values

data = (folder / "network.safetensors").read_bytes()
with h5py.File(folder / "network.h5") as file:
    by_hdf5 = list(file)
orders = {
    ".npz": list(numpy.load(folder / "network.npz")),
    "HDF5": by_hdf5,
    "safetensors, load_file": list(load_file(folder / "network.safetensors")),
    "safetensors, load": list(load(data)),
    "safetensors, load again": list(load(data)),
}
print(f"safetensors {safetensors.__version__}, NumPy {numpy.__version__}, h5py {h5py.__version__}: {len(network)} blocks")
for name, order in orders.items():
    print(f"{name}: {' '.join(entry.removeprefix('block') for entry in order)}")
right = list(network)
others = [tuple(load(data)) for _ in range(20)]
if orders[".npz"] != right or by_hdf5 != sorted(right) or orders["safetensors, load_file"] != sorted(right):
    sys.exit("The behaviour changed")
if len(set(others)) == 1:
    sys.exit("The behaviour changed: load() has an order now")
PY
"$folder/venv/bin/python" "$folder/run.py" "$folder"
