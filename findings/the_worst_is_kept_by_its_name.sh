#!/usr/bin/env bash
# The best checkpoint by an error in transformers 5.23.0, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `load_best_model_at_end=True, metric_for_best_model="mae"` keeps the checkpoint with the lowest mean absolute error.
# Seen: whether more is better goes by the name: a metric whose name does not end in "loss" is to be large. Of a regression
# whose error falls from 0.9 to 0.6 the first epoch is the best, its weights come back at the end, and with
# `save_total_limit=1` all other checkpoints have been removed, so that the training is lost. The same numbers under the name
# "mae_loss" keep the last epoch. `greater_is_better=False` says it.
# For us: no checkpoint is chosen by a score: the last epoch is reported, "trainJudge() resumes to the same weights as an
# undisturbed training".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check transformers==5.23.0 accelerate==1.15.0 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import pathlib
import sys

import torch
import transformers
from transformers import Trainer, TrainingArguments

transformers.logging.set_verbosity_error()


class Slope(torch.nn.Module):
    """Learns to answer 1, a tenth nearer each step."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x, labels):
        answers = self.weight * x
        return {"loss": (answers - labels).abs().mean(), "logits": answers}


IMAGES = [{"x": torch.ones(1), "labels": torch.ones(1)} for _ in range(8)]


def trained(folder, metric, **options):
    """Errors after each epoch, the error of the weights that come back, and the checkpoints that are left."""
    arguments = TrainingArguments(
        folder, metric_for_best_model=metric, load_best_model_at_end=True, save_total_limit=1, num_train_epochs=4, optim="sgd",
        learning_rate=0.1, lr_scheduler_type="constant", eval_strategy="epoch", save_strategy="epoch", logging_strategy="no",
        use_cpu=True, disable_tqdm=True, report_to=[], max_grad_norm=0, **options,
    )
    errors = []

    def error_of(answers):
        error = float(abs(answers.predictions - answers.label_ids).mean())
        errors.append(round(error, 3))
        return {metric: error}

    model = Slope()
    trainer = Trainer(model, arguments, train_dataset=IMAGES, eval_dataset=IMAGES, compute_metrics=error_of)
    trainer.log = lambda *_: None
    trainer.train()
    left = sorted(path.name for path in pathlib.Path(folder).glob("checkpoint-*"))
    return errors, round(1 - float(model.weight), 3), left


print(f"transformers {transformers.__version__}, PyTorch {torch.__version__}: four epochs of one step")
found = {
    "mae": trained(f"{sys.argv[1]}/mae", "mae"),
    "mae_loss": trained(f"{sys.argv[1]}/loss", "mae_loss"),
    "mae, greater_is_better=False": trained(f"{sys.argv[1]}/said", "mae", greater_is_better=False),
}
for name, (errors, kept, left) in found.items():
    print(f"{name}: errors {errors}, that of the weights at the end {kept}, left on disk {', '.join(left)}")
worst, loss, said = found.values()
if worst[1] != max(worst[0]) or worst[2] != ["checkpoint-1"] or loss[1] != min(loss[0]) or said[1] != min(said[0]):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py" "$folder"
