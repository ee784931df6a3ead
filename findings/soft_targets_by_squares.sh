#!/usr/bin/env bash
# The loss of `VanillaKD` in KD_Lib 0.0.32, a library of distillation, on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: "original implementation of Knowledge distillation from the paper" is the paper's cross-entropy between softened
# answers, times the temperature squared; or it becomes it with `loss_fn=nn.KLDivLoss(reduction="batchmean")`.
# Seen: by default it is the squared difference of softened probabilities, averaged over classes. Its gradient, at
# temperature 4 and ten classes, is a fiftieth of the paper's, so a weight of 0.5 is as good as none: tables of such a
# library show that distillation does little. A divergence in its place gets its arguments in the other order and without a
# logarithm: the loss is negative and its gradient points elsewhere.
# For us: "temperatureKd() has the stored gradient at T = 4".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check torch==2.15.0 torchvision==0.29.2 numpy==2.3.4 matplotlib==3.10.7 tensorboard==2.21.0 tqdm==4.67.1
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --no-deps KD-Lib==0.0.32
cat > "$folder/run.py" <<'PY'
import sys
import types
from importlib.metadata import version

import torch
from torch import nn
from torch.nn import functional

# Its part for text, which is not used here, needs packages that this PyTorch has none of.
text = types.ModuleType("KD_Lib.KD.text")
text.BERT2LSTM = text.get_essentials = None
sys.modules[text.__name__] = text
from KD_Lib.KD import VanillaKD

TEMPERATURE, IMAGES, CLASSES = 4.0, 64, 10
generator = torch.Generator().manual_seed(1)
student = torch.randn(IMAGES, CLASSES, generator=generator, requires_grad=True)
teacher = 4 * torch.randn(IMAGES, CLASSES, generator=generator)
labels = torch.zeros(IMAGES, dtype=torch.int64)


def theirs(**options):
    """The soft part of the loss alone."""
    network = nn.Linear(1, 1)
    distiller = VanillaKD(network, network, None, None, None, None, temp=TEMPERATURE, distil_weight=1.0, **options)
    return distiller.calculate_kd_loss(student, teacher, labels)


logs, targets = functional.log_softmax(student / TEMPERATURE, 1), functional.softmax(teacher / TEMPERATURE, 1)
losses = {
    "of the paper": TEMPERATURE**2 * functional.kl_div(logs, targets, reduction="batchmean"),
    "VanillaKD": theirs(),
    "VanillaKD with KLDivLoss": theirs(loss_fn=nn.KLDivLoss(reduction="batchmean")),
}
slopes = {name: torch.autograd.grad(loss, student)[0].flatten() for name, loss in losses.items()}
paper = slopes["of the paper"]
print(f"KD_Lib {version('KD-Lib')}, PyTorch {torch.__version__}: temperature {TEMPERATURE:g}, {CLASSES} classes")
sizes, agreements = [], []
for name, slope in slopes.items():
    sizes.append(float(slope.norm() / paper.norm()))
    agreements.append(float(functional.cosine_similarity(slope, paper, dim=0)))
    print(f"{name}: loss {float(losses[name]):.3f}, gradient {sizes[-1]:.3f} times the paper's, cosine {agreements[-1]:.2f}")
if sizes[1] > 0.05 or losses["VanillaKD with KLDivLoss"] > 0 or agreements[2] > 0.9:
    sys.exit("The behaviour changed")
PY
(cd "$folder" && venv/bin/python -W ignore run.py)
