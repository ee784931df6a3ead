#!/usr/bin/env bash
# Casting class labels to another list of names in Hugging Face's datasets 5.2.0.
#
# Guess: real images with classes cat, dog and fakes with classes dog, cat cannot be put together as they are, and after
# `fakes.cast(real.features)`, which is what the message asks for, each image has its own class by name.
# Seen: the first half is so: `concatenate_datasets` refuses. The cast keeps the numbers and changes the names above them:
# every cat is a dog from then on, and the sets go together without a word. `align_labels_with_mapping` is what keeps
# classes.
# For us: fakes are drawn for the labels of the real images, so there is one list of classes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import datasets
from datasets import ClassLabel, Dataset, Features, Value, concatenate_datasets

datasets.disable_progress_bars()
print(f"datasets {datasets.__version__}")


def images(names):
    """One image of each class, in the order of the list; `shows` is what is on it."""
    features = Features({"shows": Value("string"), "label": ClassLabel(names=names)})
    return Dataset.from_dict({"shows": names, "label": list(range(len(names)))}, features=features)


def labelled(data):
    """What images show, and what they are called."""
    return [(row["shows"], data.features["label"].int2str(row["label"])) for row in data]


real, fakes = images(["cat", "dog"]), images(["dog", "cat"])
try:
    concatenate_datasets([real, fakes])
    refusal = ""
except ValueError as error:
    refusal = str(error)
print(f"as they are: {refusal[:60]}...")
cast = labelled(concatenate_datasets([real, fakes.cast(real.features)]))
aligned = labelled(fakes.align_labels_with_mapping({"cat": 0, "dog": 1}, "label"))
for name, pairs in {"real, and fakes after the cast": cast, "fakes after align_labels_with_mapping": aligned}.items():
    print(f"{name}: " + ", ".join(f"a {shows} called {called}" for shows, called in pairs))
if not refusal or [shows == called for shows, called in cast] != [True, True, False, False]:
    sys.exit("The behaviour changed")
if any(shows != called for shows, called in aligned):
    sys.exit("The behaviour changed")
PY
HF_HOME="$folder" HF_HUB_OFFLINE=1 "$folder/venv/bin/python" "$folder/run.py"
