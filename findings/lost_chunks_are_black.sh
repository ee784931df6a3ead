#!/usr/bin/env bash
# Chunks that are not there in zarr 3.1.6.
#
# Guess: an image set of which a chunk was lost, by a copy that broke off or a disk that was full, cannot be read there: an
# error says so, as of a short .npy or HDF5 file.
# Seen: what is not there has the fill value, 0 by default. Every image of such a chunk is black and keeps its label.
# Nothing tells, whether one reads or opens, and `nchunks_initialized` counts fewer chunks also where images are truly
# black, since chunks of nothing but the fill value are not written. Of 10,000 images in chunks of 100, one lost file makes
# 100 black images.
# For us: arrays are read from one HDF5 file, which has no part to lose on its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check zarr==3.1.6 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
import warnings
from pathlib import Path

import numpy
import zarr

warnings.simplefilter("error")
COUNT, CHUNK = 10_000, 100
path = Path(sys.argv[1]) / "images.zarr"
images = zarr.create_array(path, shape=(COUNT, 8, 8, 3), chunks=(CHUNK, 8, 8, 3), dtype="uint8")
images[:] = numpy.random.default_rng(1).integers(1, 256, images.shape, dtype="uint8")

files = sorted(file for file in path.rglob("*") if file.is_file() and file.name != "zarr.json")
files[len(files) // 2].unlink()
read = zarr.open_array(path, mode="r")
black = int((read[:].reshape(COUNT, -1) == 0).all(1).sum())
print(f"zarr {zarr.__version__}: {len(files)} chunks of {CHUNK} images, one file lost: {read.nchunks_initialized} chunks, {black} black images")

written = zarr.create_array(path.with_name("black.zarr"), shape=images.shape, chunks=images.chunks, dtype="uint8")
written[:] = 0
print(f"a set that is truly black: {written.nchunks_initialized} chunks")
if len(files) != COUNT // CHUNK or black != CHUNK or written.nchunks_initialized != 0:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py" "$folder"
