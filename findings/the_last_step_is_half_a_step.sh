#!/usr/bin/env bash
# Gradients of several batches a step in PyTorch Lightning 2.6.6 and accelerate 1.15.0, on PyTorch 2.15.0. (The installation
# takes a few GB.)
#
# Guess: with `accumulate_grad_batches=4` each step goes along the mean gradient of its batches, also the last of an epoch,
# which has fewer.
# Seen: every batch's loss is divided by 4 before it is known how many there will be. With ten batches an epoch the third step
# has two, and half of the gradient; with nine batches it would have a quarter. `gradient_accumulation_steps=4` and
# `accumulate` of accelerate do the same. Plain SGD then takes too short a step once an epoch, and the averages of Adam mix
# gradients of two scales. Drop the last batches, so that their number is a multiple, or scale the last loss up.
# For us: no step has several batches; "sparseSteps() keeps the last incomplete batch, and classes are refused", whose loss is
# a mean over what it has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check pytorch-lightning==2.6.6 accelerate==1.15.0 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import logging
import sys

import accelerate
import pytorch_lightning
import torch
from pytorch_lightning import LightningModule, Trainer

BATCHES, TOGETHER = 10, 4
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


def parts():
    """A weight whose gradient is 1 for every batch."""
    model = torch.nn.Linear(1, 1, bias=False)
    return model, torch.optim.SGD(model.parameters(), lr=0.1), torch.utils.data.DataLoader(torch.ones(BATCHES, 1))


class Lightning(LightningModule):
    def __init__(self):
        super().__init__()
        self.model, self.optimizer, _ = parts()
        self.seen = []

    def configure_optimizers(self):
        return self.optimizer

    def training_step(self, batch, _):
        return self.model(batch).mean()

    def on_before_optimizer_step(self, _):
        self.seen.append(float(self.model.weight.grad))


def by_lightning():
    quiet = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
    module = Lightning()
    Trainer(accelerator="cpu", max_epochs=1, accumulate_grad_batches=TOGETHER, **quiet).fit(module, parts()[2])
    return module.seen


def by_accelerate():
    accelerator = accelerate.Accelerator(gradient_accumulation_steps=TOGETHER, cpu=True)
    model, optimizer, loader = accelerator.prepare(*parts())
    seen = []
    for batch in loader:
        with accelerator.accumulate(model):
            accelerator.backward(model(batch).mean())
            if accelerator.sync_gradients:
                seen.append(float(model.weight.grad))
            optimizer.step()
            optimizer.zero_grad()
    return seen


print(f"PyTorch Lightning {pytorch_lightning.__version__}, accelerate {accelerate.__version__}, PyTorch {torch.__version__}")
print(f"{BATCHES} batches whose gradient is 1, {TOGETHER} a step: the gradient of each step")
found = {"Lightning": by_lightning(), "accelerate": by_accelerate()}
for name, gradients in found.items():
    print(f"{name}: {gradients}")
if any(gradients != [1, 1, 0.5] for gradients in found.values()):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
