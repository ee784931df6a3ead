#!/usr/bin/env bash
# Epochs of shards in webdataset 1.0.2.
#
# Guess: `WebDataset(shards, shardshuffle=100).with_epoch(n)` reads the shards in another order each epoch, so that epochs that
# are shorter than the set, as they are with n for whole batches or for many workers, come to all images in time.
# Seen: shards are put in one order at the start, and every epoch begins with its first. Of four shards of ten images, epochs of
# 20 read the same 20 images each time, and the other half is never seen; another start of the program has another half. A
# whole set has the same order of shards every epoch too, and `.shuffle(10)` reaches 29 of the 40 images. `detshuffle=True` gives
# each epoch an order of its own, and `resampled=True` draws shards anew.
# For us: "batchIndicesAt() visits every image once per epoch, in another order each epoch".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check webdataset==1.0.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
from importlib.metadata import version

import webdataset

SHARDS, IMAGES, EPOCHS = 4, 10, 30
folder = sys.argv[1]
for shard in range(SHARDS):
    with webdataset.TarWriter(f"{folder}/{shard}.tar") as writer:
        for image in range(IMAGES):
            writer.write({"__key__": f"{shard}{image}", "cls": IMAGES * shard + image})


def epochs(length, shuffle=0, **options):
    """Numbers of different images, and of different first images, of all epochs."""
    options = {"shardshuffle": 100, **options}
    images = webdataset.WebDataset(f"{folder}/{{0..{SHARDS - 1}}}.tar", **options)
    if shuffle:
        images = images.shuffle(shuffle)
    images = images.decode().to_tuple("cls")
    if length:
        images = images.with_epoch(length)
    orders = [[label for label, in images] for _ in range(EPOCHS)]
    return len({label for order in orders for label in order}), len({tuple(label // IMAGES for label in order) for order in orders})


print(f"webdataset {version('webdataset')}: {SHARDS} shards of {IMAGES} images, {EPOCHS} epochs")
found = {
    "epochs of 20": epochs(20),
    "epochs of 20, seed=1": epochs(20, seed=1),
    "whole epochs": epochs(0),
    "epochs of 20, shuffle(10)": epochs(20, shuffle=10),
    "epochs of 20, detshuffle=True": epochs(20, detshuffle=True),
    "epochs of 20, resampled=True": epochs(20, resampled=True, shardshuffle=False),
}
for name, (images, orders) in found.items():
    print(f"{name}: {images} of {SHARDS * IMAGES} images are read, {orders} orders of shards")
if [found[name] for name in list(found)[:3]] != [(20, 1), (20, 1), (40, 1)]:
    sys.exit("The behaviour changed")
if found["epochs of 20, shuffle(10)"][0] >= 40 or any(found[name][0] != 40 for name in list(found)[4:]):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
