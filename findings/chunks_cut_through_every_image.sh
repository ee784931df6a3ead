#!/usr/bin/env bash
# Chunks that h5py 3.14.0 chooses for arrays of images.
#
# Guess: `create_dataset(..., compression="gzip")`, without chunks given, stores some images at a time, so that reading one
# image unpacks a few.
# Seen: chunks are tall columns through the whole set: of CIFAR-10, 6250 images by 4 x 4 pixels of one colour. One image
# lies in 192 of them and takes 19 MB to be unpacked, 6250 times its size; of 100,000 images of 64 x 64 it is 77 MB. A
# loader that shuffles reads so for every image, and batches in order still unpack all for each batch, since HDF5 keeps
# 1 MB of what it unpacked by default.
# For us: as many rows are read at once as a chunk is tall: "rowsAtOnce() unpacks no chunk twice, and keeps within
# memory". 50,000 images so stored took 300 s in pieces of 256 and take 40 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check h5py==3.14.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import math
import sys

import h5py

print(f"h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}")
worst = []
with h5py.File(sys.argv[1], "w") as file:
    for shape in ((50000, 32, 32, 3), (50000, 3, 32, 32), (100000, 64, 64, 3)):
        # Nothing is written: only what the library decides is looked at.
        array = file.create_dataset(str(shape), shape, "u1", compression="gzip")
        chunk = array.chunks
        crossed = math.prod(math.ceil(side / part) for side, part in zip(shape[1:], chunk[1:]))
        unpacked = crossed * math.prod(chunk)
        image = math.prod(shape[1:])
        worst.append(unpacked / image)
        print(f"{shape}: chunks {chunk}; one image lies in {crossed}: {unpacked / 1e6:.0f} MB for {image / 1e3:.0f} kB")
if min(worst) < 1000:
    sys.exit("The behaviour changed: chunks are smaller now")
PY
"$folder/venv/bin/python" "$folder/run.py" "$folder/images.h5"
