"""Reads event files by TensorBoard's own reader and by its data server, as JSON: run, tag, then [step, value] pairs.

    python3 lib/tracking/read_board.py FOLDER
"""
import json
import pathlib
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def by_reader(folder):
    found = {}
    for place in sorted({path.parent for path in folder.rglob("*tfevents*")}):
        reader = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0})
        reader.Reload()
        tags = reader.Tags()["scalars"]
        found[str(place.relative_to(folder))] = {
            tag: [[event.step, event.value] for event in reader.Scalars(tag)] for tag in tags
        }
    return found


def points(root):
    found = {}
    for run, known in json.load(urllib.request.urlopen(f"{root}/tags")).items():
        found[run] = {}
        for tag in known:
            query = urllib.parse.urlencode({"run": run, "tag": tag})
            answer = json.load(urllib.request.urlopen(f"{root}/scalars?{query}"))
            found[run][tag] = [[step, value] for _, step, value in answer]
    return found


def by_server(folder, want):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", str(port),
         "--samples_per_plugin", "scalars=1000000", "--load_fast", "true"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    root = f"http://127.0.0.1:{port}/data/plugin/scalars"
    try:
        found = None
        # The server reads in the background.
        for _ in range(240):
            try:
                found = points(root)
            except OSError:
                pass
            if found == want:
                break
            time.sleep(0.5)
        return found
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[1])
    read = by_reader(place)
    print(json.dumps({"reader": read, "server": by_server(place, read)}))
