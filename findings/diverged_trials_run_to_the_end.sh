#!/usr/bin/env bash
# Trials that diverge under the median pruner of Optuna 5.0.0.
#
# Guess: `MedianPruner` stops a trial whose value is worse than the median of the others at the same step; one whose loss has
# exploded, or is not a number, goes at its next report.
# Seen: it is the best value of the trial so far that is compared. A trial that was good at its second step and then has a
# loss of 100, or NaN, at each of the other 25 runs to the end, because its second step still is better than the others at
# theirs. Of a trial with NaN from the start, and of one that is bad throughout, the first report is the last. The
# description says "best intermediate result"; that this keeps diverged runs alive is what one misses. `ThresholdPruner`,
# `SuccessiveHalvingPruner` and raising `TrialPruned` oneself stop them.
# For us: "trainLoop() stops at a loss that is not finite and names stage, step and seed".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optuna==5.0.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import math
import sys

import optuna
from optuna.pruners import MedianPruner, SuccessiveHalvingPruner, ThresholdPruner
from optuna.samplers import RandomSampler

optuna.logging.set_verbosity(optuna.logging.ERROR)
STEPS = 27


def reports(pruner, losses):
    """How many losses a trial with these reports before it is stopped, after eight that fall from 1 to about 0."""
    study = optuna.create_study(pruner=pruner, sampler=RandomSampler(seed=1))

    def objective(trial):
        values = losses if trial.number == 8 else [1 - step / STEPS - trial.number / 1000 for step in range(STEPS)]
        for step, loss in enumerate(values, 1):
            trial.report(loss, step)
            if trial.should_prune():
                raise optuna.TrialPruned()
        return values[-1]

    study.optimize(objective, n_trials=9)
    return len(study.trials[-1].intermediate_values)


good = [-0.5, -0.5]
trials = {
    "bad throughout": [2] * STEPS,
    "NaN throughout": [math.nan] * STEPS,
    "good, good, then 100": good + [100] * (STEPS - 2),
    "good, good, then NaN": good + [math.nan] * (STEPS - 2),
}
pruners = {"median": MedianPruner, "successive halving": SuccessiveHalvingPruner, "threshold of 50": lambda: ThresholdPruner(upper=50)}
print(f"Optuna {optuna.__version__}: reports of {STEPS} before a trial is stopped")
found = {}
for name, losses in trials.items():
    found[name] = [reports(pruner(), losses) for pruner in pruners.values()]
    print(f"{name}: " + ", ".join(f"{pruner} {count}" for pruner, count in zip(pruners, found[name])))
bad, empty, exploded, lost = found.values()
if bad[0] != 1 or empty[0] != 1 or exploded[0] != STEPS or lost[0] != STEPS or max(exploded[1:] + lost[1:]) > 4:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
