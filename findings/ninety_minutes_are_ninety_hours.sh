#!/usr/bin/env bash
# Times in YAML by PyYAML 6.0.4 and OmegaConf 2.4.0.
#
# Guess: `time: 1:30:00` in the file of a job is the text "1:30:00", which goes into `sbatch --time=1:30:00`; a job with
# `0:30:00` was tried, and ran.
# Seen: colons make a number of base 60, 5400, and `--time=5400` are minutes: 90 hours are asked for. `12:30`, minutes and
# seconds, is 750, a bit more than half a day. What begins with a 0 is text, and so are `0:30:00`, `08:00:00` and, for its 60,
# `1:30:60`: of the times in one file some are texts and some are numbers. OmegaConf, and Hydra with it, does the same. Quotes
# help.
# For us: settings are JSON and options of the command line: "slurmScripts() asks for what it is told: no GPU, processors,
# memory, time, how many at once".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyyaml==6.0.4 omegaconf==2.4.0
cat > "$folder/run.py" <<'PY'
import sys
from importlib.metadata import version

import omegaconf
import yaml

TIMES = ["1:30:00", "0:30:00", "12:30", "1:30:60", "08:00:00", "8:00:00", '"1:30:00"']
text = "".join(f"job{index}: {time}\n" for index, time in enumerate(TIMES))
found = {
    f"PyYAML {version('pyyaml')}": list(yaml.safe_load(text).values()),
    f"OmegaConf {version('omegaconf')}": list(omegaconf.OmegaConf.create(text).values()),
}
print(f"{'written':16}" + "".join(f"{name:>18}" for name in found))
for index, time in enumerate(TIMES):
    print(f"{time:16}" + "".join(f"{values[index]!r:>18}" for values in found.values()))
if any(values != [5400, "0:30:00", 750, "1:30:60", "08:00:00", 28800, "1:30:00"] for values in found.values()):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
