#!/usr/bin/env bash
# Everything on a machine with a GPU and without a network, and one JSON of what came of it.
#
#   lib/bench/gpu.sh pack FOLDER [cpu|gpu]    with a network: collects Deno, packages, wheels, CIFAR-10, this revision
#   FOLDER/gpu.sh run [OPTION ...]            there: sets up, tests, benchmark beside PyTorch, one run at quick
#
# Options of `run`, for rehearsals mostly:
#   --device cpu|gpu     default: what was packed
#   --out FILE           default: gpu.json where you stand
#   --work FOLDER        where things are unpacked and built; default: a new folder beside FILE; kept
#   --tests "PATH ..."   only these tests; "none": no tests
#   --only PATTERN       only rows of the benchmark whose name matches; "none": no benchmark
#   --run "ARGUMENTS"    of `deno task run`; default: "cifar10 --preset quick"; "none": no run
#   --no-peer            ours alone
#
# A step that fails does not stop those after it; the JSON names it, and logs lie in the work folder. Both machines want
# Linux on x86-64, git, g++ and the same minor version of Python with pip.
set -euo pipefail

TORCH=(torch==2.15.0 torchvision==0.29.2) # as in peer/setup.ts
TORCHDISTILL=torchdistill==1.1.5
NOTEBOOKS=("nbclient>=0.10,<0.12" "nbformat>=5.9,<6" "jupyter_client>=8,<9")

fail() {
  echo "gpu.sh: $1" >&2
  exit 2
}

pack() {
  local to device project
  to=$(realpath -m "${1:?folder to pack into}")
  device=${2:-gpu}
  [[ $device == cpu || $device == gpu ]] || fail "cannot pack for \"$device\": want cpu or gpu"
  project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  command -v deno > /dev/null || fail "found no deno on the path, want 2.9.6 (npm install -g deno@2.9.6)"
  mkdir -p "$to/wheels" "$to/data/cifar10" "$to/bin"
  cp "$(readlink -f "$(command -v deno)")" "$to/bin/deno"
  git -C "$project" bundle create --quiet "$to/project.bundle" HEAD
  cp "${BASH_SOURCE[0]}" "$to/gpu.sh"
  echo "$device" > "$to/device"

  echo "Packages of Deno"
  local clone="$to/clone"
  rm -rf "$clone"
  git -c advice.detachedHead=false clone --quiet "$to/project.bundle" "$clone"
  (cd "$clone" && DENO_DIR="$to/deno" "$to/bin/deno" install --quiet)

  echo "TensorFlow for $device, from the list of lib/setup/tensorflow/wheels.ts"
  (cd "$clone" && DENO_DIR="$to/deno" "$to/bin/deno" eval --no-lock --node-modules-dir=none "
    import { BUILDS } from './lib/setup/tensorflow/wheels.ts';
    const { wheels } = BUILDS['linux-x86_64-${device^^}'];
    for (const { requirement, sha256 } of wheels) console.log(requirement + ' --hash=sha256:' + sha256);
  ") > "$to/tensorflow.txt"
  local tags=(--implementation=cp --python-version=311 --abi=cp311 --abi=abi3 --abi=none)
  for tag in manylinux_2_27_x86_64 manylinux2014_x86_64 manylinux2010_x86_64; do tags+=("--platform=$tag"); done
  python3 -m pip download --quiet --no-deps --require-hashes --only-binary=:all: "${tags[@]}" \
    --dest "$to/wheels" --requirement "$to/tensorflow.txt"

  echo "What runs notebooks, and PyTorch"
  python3 -m pip download --quiet --only-binary=:all: --dest "$to/wheels" "${NOTEBOOKS[@]}"
  if [[ -z ${CGAN_KD_NO_TORCH:-} ]]; then
    python3 -m pip download --quiet --only-binary=:all: --dest "$to/wheels" "${TORCH[@]}"
    python3 -m pip download --quiet --only-binary=:all: --no-deps --dest "$to/wheels" "$TORCHDISTILL"
  fi

  echo "CIFAR-10"
  (cd "$clone" && DENO_DIR="$to/deno" "$to/bin/deno" eval --no-lock --node-modules-dir=none "
    import { fetchCifar10 } from './lib/setup/cifar10.ts';
    console.log(await fetchCifar10({}));
  ") | tail -n 1 | while read -r folder; do cp "$folder"/*.png "$folder"/*.json "$to/data/cifar10/"; done
  rm -rf "$clone"
  du -sh "$to"
}

# Runs a command with its output in a log, and adds name, exit code, seconds and peak of its largest process to the list.
step() {
  local name=$1
  shift
  echo "$name" >&2
  python3 - "$name" "$work" "$@" <<'PY'
import json, resource, subprocess, sys, time
name, work, *command = sys.argv[1:]
start = time.time()
with open(f"{work}/{name}.log", "wb") as log:
    code = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
with open(f"{work}/steps.jsonl", "a") as steps:
    line = {"name": name, "code": code, "seconds": round(time.time() - start, 1), "peak_mb": round(peak / 1e6)}
    print(json.dumps(line), file=steps)
    print(f"  exit code {code}, {line['seconds']} s, {line['peak_mb']} MB", file=sys.stderr)
PY
}

run() {
  local packed device out=gpu.json work="" tests="" only="" arguments="cifar10 --preset quick" peer=--peer
  packed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  [[ -f $packed/project.bundle ]] || fail "found no project.bundle in \"$packed\": pack first, then start gpu.sh from there"
  device=$(cat "$packed/device")
  while (($# > 0)); do
    case $1 in
      --device) device=${2:?} && shift 2 ;;
      --out) out=${2:?} && shift 2 ;;
      --work) work=${2:?} && shift 2 ;;
      --tests) tests=${2:?} && shift 2 ;;
      --only) only=${2:?} && shift 2 ;;
      --run) arguments=${2:?} && shift 2 ;;
      --no-peer) peer="" && shift ;;
      *) fail "cannot use \"$1\": the options are in the head of this file" ;;
    esac
  done
  out=$(realpath -m "$out")
  work=$(realpath -m "${work:-$(mktemp -d "$(dirname "$out")/gpu-XXXXXX")}")
  mkdir -p "$work"
  : > "$work/steps.jsonl"
  [[ -d $work/project ]] || git -c advice.detachedHead=false clone --quiet "$packed/project.bundle" "$work/project"
  # A copy: Deno writes into its folder, and the packed one may be read only.
  [[ -d $work/deno ]] || cp -r "$packed/deno" "$work/deno"
  export DENO_DIR="$work/deno" DENO_NO_UPDATE_CHECK=1 NO_COLOR=1 PATH="$packed/bin:$PATH"
  export CGAN_KD_CACHE="$work/cache" CGAN_KD_DATA="$packed/data" CGAN_KD_DEVICE=$device JUPYTER_DATA_DIR="$work/jupyter"
  # pip reads these: every wheel comes from the folder.
  export PIP_NO_INDEX=1 PIP_FIND_LINKS="$packed/wheels"
  cd "$work/project"

  step set-up deno task setup --data required
  # shellcheck disable=SC2086 # several paths
  [[ $tests == none ]] || step tests deno task test $tests
  local bench=(deno task bench --device "$device" --save "$work/bench.json")
  [[ -z $peer ]] || bench+=("$peer")
  [[ -z $only ]] || bench+=(--only "$only")
  [[ $only == none ]] || step benchmark "${bench[@]}"
  # shellcheck disable=SC2086 # several words
  [[ $arguments == none ]] || step run deno task run $arguments

  python3 - "$work" "$out" "$device" "$arguments" <<'PY'
import datetime, glob, json, os, platform, re, subprocess, sys
work, out, device, arguments = sys.argv[1:]


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def log(name):
    try:
        return open(f"{work}/{name}.log", errors="replace").read()
    except OSError:
        return ""


def stored(path):
    try:
        return json.load(open(path))
    except (OSError, ValueError):
        return None


totals = re.findall(r"(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed", log("tests"))
gpu = "--query-gpu=name,driver_version,memory.total,clocks.max.sm"
changed = output("git", "status", "--porcelain", "--untracked-files=all", "results") or ""
paths = [line[3:] for line in changed.splitlines() if "/records/" in line and line.endswith(".json")]
result = {
    "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    "revision": output("git", "rev-parse", "HEAD"),
    "device": device,
    "machine": {
        "gpu": output("nvidia-smi", gpu, "--format=csv,noheader"),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
    },
    "steps": [json.loads(line) for line in open(f"{work}/steps.jsonl")],
    "tests": {
        "passed": sum(int(passed) for passed, _ in totals),
        "failed": sum(int(failed) for _, failed in totals),
        "failures": re.findall(r"^(.*) \.\.\. .*FAILED", log("tests"), re.M),
    },
    "benchmark": stored(f"{work}/bench.json"),
    "run": {"arguments": arguments, "table": log("run")[-6000:], "records": [stored(path) for path in paths]},
}
with open(out, "w") as file:
    json.dump(result, file, indent=1)
wrong = [step["name"] for step in result["steps"] if step["code"] != 0]
print(f"{out}: " + ("all steps ended well" if not wrong else f"failed: {', '.join(wrong)}; logs in {work}"))
sys.exit(1 if wrong else 0)
PY
}

case ${1:-} in
  pack) shift && pack "$@" ;;
  run) shift && run "$@" ;;
  *) fail "want \"pack FOLDER\" or \"run\"; the head of this file says more" ;;
esac
