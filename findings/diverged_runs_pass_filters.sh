#!/usr/bin/env bash
# Runs whose metric is not a number, and runs that were resumed, in MLflow 3.14.0 with its default kind of store, SQLite.
#
# Guess: `metrics.err < 30` finds runs whose error is below 30, and NaN is below nothing; the metric of a run is the value
# that was logged last.
# Seen: a run that ended in NaN passes the filter, since the column holds 0 beside a mark; it passes `err < 0.001` as well,
# and `err > 30` leaves it out. Sorted, it stands last both ways, so that only a filter shows it among the best. And the
# metric of a run is that of its greatest step: a run that stopped at step 2 and went on from an earlier checkpoint shows
# the value of step 2 until it is past it.
# For us: MLflow is told every value, NaN as text, and tables are made of records, in which a run that diverged has none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mlflow-skinny==3.14.0 sqlalchemy==2.0.44 alembic==1.17.2 pandas==2.3.3 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import math
import sys

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("students")
for name, errors in {"good": [60, 22], "weak": [60, 35], "diverged": [60, math.nan]}.items():
    with mlflow.start_run(run_name=name):
        for step, error in enumerate(errors):
            mlflow.log_metric("err", error, step=step)


def found(text):
    runs = mlflow.search_runs(filter_string=text, order_by=["metrics.err ASC"])
    return [f"{name} ({error})" for name, error in zip(runs["tags.mlflow.runName"], runs["metrics.err"])] if len(runs) else []


print(f"MLflow {mlflow.__version__}")
seen = {text: found(text) for text in ("", "metrics.err < 30", "metrics.err < 0.001", "metrics.err > 30")}
for text, runs in seen.items():
    print(f"{text or 'sorted'}: {', '.join(runs)}")

with mlflow.start_run(run_name="resumed") as run:
    for step, error in ((0, 60), (1, 50), (2, 40)):
        mlflow.log_metric("err", error, step=step)
with mlflow.start_run(run_id=run.info.run_id):
    mlflow.log_metric("err", 30, step=1)
last = mlflow.get_run(run.info.run_id).data.metrics["err"]
print(f"steps 0, 1, 2 with 60, 50, 40, then step 1 again with 30: {last}")
wanted = [["good (22.0)", "weak (35.0)", "diverged (nan)"], ["good (22.0)", "diverged (nan)"], ["diverged (nan)"], ["weak (35.0)"]]
if list(seen.values()) != wanted or last != 40:
    sys.exit("The behaviour changed")
PY
MLFLOW_DISABLE_TELEMETRY=true "$folder/venv/bin/python" "$folder/run.py" "sqlite:///$folder/runs.db" 2> "$folder/errors.log" ||
  { cat "$folder/errors.log"; exit 1; }
