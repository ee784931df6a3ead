#!/usr/bin/env bash
# Workers in a Slurm job of dask-jobqueue 0.9.0, with dask and distributed 2026.8.0.
#
# Guess: `SLURMCluster(cores=4, memory="16GB")` makes jobs with one worker of 4 threads, and a training that is the only
# task there may use all 16 GB, since those are the numbers of the job.
# Seen: a job is cut into about as many workers as the root of its cores, four for 4 to 16 of them: here four, each with one
# thread and 3.73 GiB. Its nanny ends a worker at 95 % of that, so a task of 5 GB dies in a job of 16 GB, again at each
# attempt, while Slurm's own accounts say that the job had room. With `cores=16, memory="64GB"` it is four of four threads
# and 14.9 GiB. The list of arguments says so; that a job's memory is cut as well has to be worked out. `processes=1` is one
# worker with everything. The time limit, where none is given, is half an hour.
# For us: "slurmScripts() asks for what it is told: no GPU, processors, memory, time, how many at once", for one process.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dask-jobqueue==0.9.0 dask==2026.8.0 distributed==2026.8.0
cat > "$folder/run.py" <<'PY'
import re
import sys

import dask
import dask_jobqueue
from dask_jobqueue import SLURMCluster


def job(**options):
    """Workers, threads of each and GiB of each that a job asks for, and its time; nothing is submitted."""
    with SLURMCluster(**options, scheduler_options={"host": "127.0.0.1", "dashboard_address": ":0"}) as cluster:
        text = cluster.job_script()
    number = lambda name, default: float((re.search(rf"--{name} ([\d.]+)", text) or [None, default])[1])
    return number("nworkers", 1), number("nthreads", 1), number("memory-limit", 0), re.search(r"-t (\S+)", text)[1]


kinds = {
    "cores=4, memory=16GB": job(cores=4, memory="16GB"),
    "cores=16, memory=64GB": job(cores=16, memory="64GB"),
    "cores=32, memory=128GB": job(cores=32, memory="128GB"),
    "cores=4, memory=16GB, processes=1": job(cores=4, memory="16GB", processes=1),
}
share = dask.config.get("distributed.worker.memory.terminate")
print(f"dask-jobqueue {dask_jobqueue.__version__}, dask {dask.__version__}: a worker is ended at {share:.0%} of its memory")
for name, (workers, threads, memory, time) in kinds.items():
    print(f"{name}: {workers:g} workers of {threads:g} threads and {memory} GiB, {time}")
small, middle, large, one = kinds.values()
if small != (4, 1, 3.73, "00:30:00") or middle[:3] != (4, 4, 14.9) or large[0] != 8 or one[:3] != (1, 4, 14.9) or share != 0.95:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
