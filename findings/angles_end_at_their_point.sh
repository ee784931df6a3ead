#!/usr/bin/env bash
# Shards of images with real labels in their names, in webdataset 1.0.2.
#
# Guess: a tar of `12.5_1.png`, `12.5_2.png`, `12.7_1.png` and `13.0_1.png`, angle and number, is four samples with a key
# "png" each; files belong together where their names are equal up to the extension.
# Seen: the name ends at its first point. The first three are one sample called "12", with keys "5_1.png", "5_2.png" and
# "7_1.png"; so a set of angles or ages has as many samples as whole numbers, and nothing under "png", which `.to_tuple` says
# and `sample.get("png")` does not. `TarWriter` takes a key with a point as it is, and two samples come back as one. The
# format is described so; names with numbers are where one forgets it. Write 12.5 as "12_5", or keep the label in a file of
# its own beside the image.
# For us: images are written as 0000.png, 0001.png, ..., with their labels in a table ("imageTable() reads scalar labels,
# divided over their whole range").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check webdataset==1.0.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
import tarfile
from importlib.metadata import version
from io import BytesIO

import webdataset

folder = sys.argv[1]


def samples(path):
    """Key and parts of each sample."""
    shard = webdataset.WebDataset(path, shardshuffle=False)
    return [(sample["__key__"], sorted(key for key in sample if not key.startswith("__"))) for sample in shard]


def archive(name, files):
    with tarfile.open(f"{folder}/{name}", "w") as tar:
        for file in files:
            entry = tarfile.TarInfo(file)
            entry.size = 1
            tar.addfile(entry, BytesIO(b"x"))
    return f"{folder}/{name}"


def show(name, found):
    print(f"{name}: {len(found)} samples: " + "; ".join(f"{key} with {', '.join(parts)}" for key, parts in found))
    return found


print(f"webdataset {version('webdataset')}")
names = ["12.5_1.png", "12.5_2.png", "12.7_1.png", "13.0_1.png"]
points = show("points in names", samples(archive("points.tar", names)))
lines = show("lines in names", samples(archive("lines.tar", [name.replace(".", "_", 1) for name in names])))
with webdataset.TarWriter(f"{folder}/written.tar") as writer:
    for angle in (12.5, 12.7):
        writer.write({"__key__": f"angle_{angle}", "png": b"x"})
written = show("two samples by TarWriter", samples(f"{folder}/written.tar"))
if points != [("12", ["5_1.png", "5_2.png", "7_1.png"]), ("13", ["0_1.png"])] or written != [("angle_12", ["5.png", "7.png"])]:
    sys.exit("The behaviour changed")
if [parts for _, parts in lines] != [["png"]] * 4:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
