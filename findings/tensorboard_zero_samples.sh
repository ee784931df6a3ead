#!/usr/bin/env bash
# TensorBoard 2.21.0 with --samples_per_plugin scalars=0.
#
# Guess: the dashboard shows every point of a curve, as 0 asks its reader, EventAccumulator, for all of them.
# Seen: it shows none: the answer of the scalars plugin is an empty list, with status 200, and the charts are empty, while
# tags and runs are listed. With scalars=100000 all 1,500 points are there, by default 1,000 of them.
# For us: the page on tracking says 100000.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorboard==2.21.0 setuptools==80.9.0
cat > "$folder/run.py" <<'PY'
import json
import socket
import subprocess
import sys
import time
import urllib.request

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

STEPS = 1500
writer = EventFileWriter("logs/run")
for step in range(STEPS):
    value = Summary.Value(tag="loss", simple_value=1 / (step + 1))
    writer.add_event(Event(wall_time=step, step=step, summary=Summary(value=[value])))
writer.close()


def points(*options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", "logs", "--port", str(port), *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root = f"http://127.0.0.1:{port}/data/plugin/scalars"
    try:
        for _ in range(600):
            time.sleep(0.5)
            try:
                if json.load(urllib.request.urlopen(f"{root}/tags")):
                    break
            except OSError:
                pass
        time.sleep(5)
        return len(json.load(urllib.request.urlopen(f"{root}/scalars?run=run&tag=loss")))
    finally:
        server.terminate()
        server.wait()


seen = {text: points(*options) for text, options in {
    "default": [],
    "scalars=0": ["--samples_per_plugin", "scalars=0"],
    "scalars=0, its other reader": ["--samples_per_plugin", "scalars=0", "--load_fast", "false"],
    "scalars=100000": ["--samples_per_plugin", "scalars=100000"],
}.items()}
print(f"TensorBoard {tensorboard.__version__}: points of {STEPS} in the dashboard")
for text, count in seen.items():
    print(f"{text}: {count}")
if list(seen.values()) != [1000, 0, 0, STEPS]:
    sys.exit("The behaviour changed")
PY
cd "$folder"
"$folder/venv/bin/python" run.py
