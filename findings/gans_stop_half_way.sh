#!/usr/bin/env bash
# `max_steps` of a GAN in PyTorch Lightning 2.6.6, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `Trainer(max_steps=600)` trains 600 batches, whatever a step does with them; `trainer.global_step` says how many
# there were.
# Seen: it counts steps of optimisers. With one step of D and one of G a batch the training ends after 300 batches, with five
# of D, as WGAN has them, after 100. `global_step` says 600, and so do the names of checkpoints and the axis of every log, so
# nothing looks short. The number of batches is `trainer.fit_loop.total_batch_idx + 1`.
# For us: a step is one of G with all of D's before it, and a preset says how many of D: "cganTrainee() moves only D in D
# steps and only G in the G step".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check pytorch-lightning==2.6.6 torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import logging
import sys

import pytorch_lightning
import torch
from pytorch_lightning import LightningModule, Trainer

STEPS = 600
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


class Gan(LightningModule):
    def __init__(self, critic_steps):
        super().__init__()
        self.automatic_optimization = False
        self.players = torch.nn.ModuleList([torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)])
        self.critic_steps, self.batches = critic_steps, 0

    def configure_optimizers(self):
        return [torch.optim.SGD(player.parameters(), lr=0.01) for player in self.players]

    def training_step(self, batch, _):
        self.batches += 1
        for player in [1] * self.critic_steps + [0]:
            optimizer = self.optimizers()[player]
            optimizer.zero_grad()
            self.manual_backward(self.players[player](batch).mean())
            optimizer.step()


def batches_of(critic_steps):
    """Batches that were seen, what the trainer calls its step, and its own number of batches."""
    loader = torch.utils.data.DataLoader(torch.zeros(1000, 1))
    quiet = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
    trainer = Trainer(accelerator="cpu", max_epochs=-1, max_steps=STEPS, **quiet)
    model = Gan(critic_steps)
    trainer.fit(model, loader)
    return model.batches, trainer.global_step, trainer.fit_loop.total_batch_idx + 1


print(f"PyTorch Lightning {pytorch_lightning.__version__}, PyTorch {torch.__version__}: max_steps={STEPS}")
found = {critic_steps: batches_of(critic_steps) for critic_steps in (1, 5)}
for critic_steps, (batches, step, own) in found.items():
    print(f"{critic_steps} of D and 1 of G a batch: {batches} batches, global_step {step}, total_batch_idx + 1 {own}")
if found != {1: (300, 600, 300), 5: (100, 600, 100)}:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
