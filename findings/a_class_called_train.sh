#!/usr/bin/env bash
# Folders of images whose classes have words like "train" or "test" in their names, in Hugging Face's datasets 5.2.0.
#
# Guess: `load_dataset("imagefolder", data_dir="vehicles")` makes a class of each folder, and parts only of folders
# `train` and `test` that hold such classes.
# Seen: one path with such a word, and every path without one is left out. Of classes bus, car and train the 3 images of
# trains are all that is read, and their label is gone with the others; "freight train", "test tube", "evaluation board"
# do the same, as does a single file called crash-test-3.png. No error and no warning tells: the set is just smaller.
# For us: folders are parts only where they are two, `train` and `test` or `val`: "imageFolder() takes classes with names of
# parts for classes".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pillow==12.0.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
import warnings
from pathlib import Path

import datasets
from PIL import Image

datasets.disable_progress_bars()
root = Path(sys.argv[1])


def read(name, files):
    """How many images each part has, and whether they have labels."""
    for file in files:
        path = root / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        parts = datasets.load_dataset("imagefolder", data_dir=str(root / name), cache_dir=str(root / "cache" / name))
    said = [warning for warning in caught if warning.category is UserWarning]
    found = {part: (len(rows), "label" in rows.features) for part, rows in parts.items()}
    text = "; ".join(f"{part}: {count} images, {'labels' if labels else 'no labels'}" for part, (count, labels) in found.items())
    print(f"{name}: {len(files)} images -> {text}; {len(said)} warnings")
    return found


def classes(*names):
    return [f"{name}/{i}.png" for name in names for i in range(3)]


print(f"datasets {datasets.__version__}")
trams = read("bus, car, tram", classes("bus", "car", "tram"))
trains = read("bus, car, train", classes("bus", "car", "train"))
freight = read("bus, freight train", classes("bus", "freight train"))
tube = read("flask, test tube", classes("flask", "test tube"))
crash = read("a file called crash-test-3", [*classes("bus", "car"), "car/crash-test-3.png"])
if trams != {"train": (9, True)}:
    sys.exit("The behaviour changed: plain folders")
if [trains, freight, tube] != [{"train": (3, False)}, {"train": (3, False)}, {"test": (3, False)}]:
    sys.exit("The behaviour changed: words in classes")
if list(crash) != ["test"] or crash["test"][0] != 1:
    sys.exit("The behaviour changed: a word in a file")
PY
# Nothing is looked up in the hub.
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" "$folder/venv/bin/python" "$folder/run.py" "$folder"
