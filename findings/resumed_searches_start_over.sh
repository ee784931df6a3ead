#!/usr/bin/env bash
# Searches that go on, or run on several machines, in Optuna 5.0.0.
#
# Guess: a study in a database is gone on with by starting its script again; `sampler=TPESampler(seed=0)` makes the search
# repeatable, and the trials that are there already are known to it.
# Seen: the seed starts over with the script, and the first trials are drawn without a look at the others. Ten trials,
# stopped after five and gone on with, are five settings, each trained twice; four workers that share a study and run the
# same script train each setting four times. A random sampler does so without end, TPE while the study has fewer than ten
# finished trials. A seed of its own for each start makes ten settings of ten trials.
# For us: a sweep draws nothing: its stages are listed before one starts, and what is in the store is not made again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import optuna
from optuna.samplers import RandomSampler, TPESampler

optuna.logging.set_verbosity(optuna.logging.ERROR)


def search(storage, seed, trials, kind):
    """What a start of the script does."""
    study = optuna.create_study(storage=storage, study_name="rates", sampler=kind(seed=seed), load_if_exists=True)
    study.optimize(lambda trial: trial.suggest_float("rate", 1e-4, 1e-1, log=True), n_trials=trials)
    return [trial.params["rate"] for trial in study.trials]


def starts(name, seeds, trials, kind):
    storage = f"sqlite:///{sys.argv[1]}/{name}.db"
    for seed in seeds:
        rates = search(storage, seed, trials, kind)
    return rates


print(f"Optuna {optuna.__version__}: learning rates of all trials")
found = {
    "TPE, once, 10 trials, seed 0": starts("once", [0], 10, TPESampler),
    "TPE, twice 5 trials, seed 0": starts("twice", [0, 0], 5, TPESampler),
    "random, twice 5 trials, seed 0": starts("random", [0, 0], 5, RandomSampler),
    "TPE, four workers with 2 trials, seed 0": starts("workers", [0] * 4, 2, TPESampler),
    "TPE, twice 5 trials, seeds 0 and 1": starts("seeds", [0, 1], 5, TPESampler),
}
for name, rates in found.items():
    print(f"{name}: {' '.join(f'{rate:.5f}' for rate in rates)}; {len(set(rates))} settings")
if [len(set(rates)) for rates in found.values()] != [10, 5, 5, 2, 10]:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
