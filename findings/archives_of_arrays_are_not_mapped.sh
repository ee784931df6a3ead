#!/usr/bin/env bash
# Memory mapping of .npz files in NumPy 2.3.4.
#
# Guess: `numpy.load("images.npz", mmap_mode="r")` maps the arrays, as it does for .npy, or says that it cannot; and the
# array that `file["images"]` gives is there from then on.
# Seen: for .npz the option is passed over without a word, though arrays lie in it uncompressed. Each `file["images"]`
# reads the whole array again: a loader that writes `file["images"][i]` for 100 images reads the set 100 times.
# For us: arrays are read from HDF5, piece by piece: "single rows are read, from plain and from compressed arrays".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
import tracemalloc

import numpy

folder = sys.argv[1]
images = numpy.zeros((2000, 32, 32, 3), numpy.uint8)
numpy.savez(f"{folder}/images.npz", images=images)
numpy.save(f"{folder}/images.npy", images)
print(f"NumPy {numpy.__version__}, {images.nbytes / 1e6:.1f} MB of images, mmap_mode='r'")


def peak(work):
    """What it gives, and how many bytes it took at most."""
    tracemalloc.start()
    result = work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, most


plain, plain_bytes = peak(lambda: numpy.load(f"{folder}/images.npy", mmap_mode="r")[5])
archive = numpy.load(f"{folder}/images.npz", mmap_mode="r")
packed, packed_bytes = peak(lambda: archive["images"][5])
is_same = archive["images"] is archive["images"]
print(f"one image of .npy: {type(plain).__name__}, {plain_bytes / 1e6:.2f} MB taken")
print(f"one image of .npz: {type(packed).__name__}, {packed_bytes / 1e6:.2f} MB taken; kept for the next: {is_same}")
if not isinstance(plain, numpy.memmap) or isinstance(packed, numpy.memmap) or is_same:
    sys.exit("The behaviour changed")
if plain_bytes > images.nbytes / 10 or packed_bytes < images.nbytes:
    sys.exit("The behaviour changed: other amounts of memory")
PY
"$folder/venv/bin/python" "$folder/run.py" "$folder"
