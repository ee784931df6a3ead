#!/usr/bin/env bash
# Students of KD_Lib 0.0.32, a library of distillation, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `train_student(epochs=3)` trains for three epochs, with dropout and batch normalisation as in any training.
# Seen: for one. After the first epoch the student is validated, which puts it in evaluation mode, and nothing puts it back:
# from the second epoch on no unit is dropped and batch normalisation goes by the statistics of the first epoch, for ever.
# Of three epochs of four batches four batches are counted. Its teachers are validated as copies and train on as they
# should, so the two halves of a table are made differently.
# For us: each pass says its mode, `forward(x, mode)`; no network remembers one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 numpy==2.3.4 matplotlib==3.10.7 tensorboard==2.21.0 tqdm==4.67.1
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --no-deps KD-Lib==0.0.32
cat > "$folder/run.py" <<'PY'
import contextlib
import io
import sys
import types
from importlib.metadata import version

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# Its part for text, which is not used here, needs packages that this PyTorch has none of.
text = types.ModuleType("KD_Lib.KD.text")
text.BERT2LSTM = text.get_essentials = None
sys.modules[text.__name__] = text
from KD_Lib.KD import VanillaKD

EPOCHS, BATCHES = 3, 4
torch.manual_seed(1)
images = torch.randn(16 * BATCHES, 4)
batches = DataLoader(TensorDataset(images, (images[:, 0] > 0).long()), batch_size=16)


class Network(nn.Module):
    """A small network that notes in which mode it was trained."""

    def __init__(self):
        super().__init__()
        self.normalisation = nn.BatchNorm1d(8)
        self.layers = nn.Sequential(nn.Linear(4, 8), self.normalisation, nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))
        self.modes = []

    def forward(self, x):
        if torch.is_grad_enabled():
            self.modes.append("training" if self.training else "evaluation")
        return self.layers(x)


teacher, student = Network(), Network()
rates = [torch.optim.SGD(network.parameters(), 0.1) for network in (teacher, student)]
distiller = VanillaKD(teacher, student, batches, batches, *rates)
with contextlib.redirect_stdout(io.StringIO()):
    distiller.train_teacher(EPOCHS, plot_losses=False, save_model=False)
    taught = [teacher.modes[start] for start in range(0, EPOCHS * BATCHES, BATCHES)]
    distiller.train_student(EPOCHS, plot_losses=False, save_model=False)
learned = [student.modes[start] for start in range(0, EPOCHS * BATCHES, BATCHES)]
print(f"KD_Lib {version('KD-Lib')}, PyTorch {torch.__version__}: {EPOCHS} epochs of {BATCHES} batches")
print(f"modes of the teacher by epoch: {', '.join(taught)}")
print(f"modes of the student by epoch: {', '.join(learned)}")
counted = int(student.normalisation.num_batches_tracked)
print(f"batches that moved the statistics of the student: {counted}")
if taught != ["training"] * EPOCHS or learned != ["training"] + ["evaluation"] * (EPOCHS - 1) or counted != BATCHES:
    sys.exit("The behaviour changed")
PY
(cd "$folder" && venv/bin/python -W ignore run.py)
