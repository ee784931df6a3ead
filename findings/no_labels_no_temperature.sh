#!/usr/bin/env bash
# The weight of labels in `KDLoss` of torchdistill 1.1.5 on PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: the loss is alpha times the cross-entropy of labels plus beta times T^2 times the divergence from the teacher, for
# every alpha; a sweep of alpha down to 0 ends at the second part alone.
# Seen: at alpha = 0, or none, T^2 and beta are left out as well. At a temperature of 4 the loss falls to a sixteenth from
# alpha = 0.001 to alpha = 0, and its gradient with it, so that the point "teacher alone" of an ablation is trained with a
# sixteenth of the learning rate; `beta=9` and `beta=1` are the same there. `LogitStdKDLoss` does so too.
# For us: "temperatureKd() equals its stored value at T = 4", and weights of 0 are weights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torchdistill==1.1.5 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys
from importlib.metadata import version

import torch
from torchdistill.losses.mid_level import KDLoss, LogitStdKDLoss

TEMPERATURE = 4.0
generator = torch.Generator().manual_seed(1)
student = torch.randn(32, 10, generator=generator, requires_grad=True)
teacher = 4 * torch.randn(32, 10, generator=generator)
labels = torch.randint(10, (32,), generator=generator)


def loss_of(kind, alpha, beta=None):
    """The loss, and the length of its gradient."""
    criterion = kind("answers", "output", "answers", "output", temperature=TEMPERATURE, alpha=alpha, beta=beta)
    loss = criterion({"answers": {"output": student}}, {"answers": {"output": teacher}}, labels)
    return float(loss), float(torch.autograd.grad(loss, student)[0].norm())


print(f"torchdistill {version('torchdistill')}, PyTorch {torch.__version__}, temperature {TEMPERATURE:g}")
ratios = []
for kind in (KDLoss, LogitStdKDLoss):
    found = {alpha: loss_of(kind, alpha) for alpha in (0.1, 0.001, 0)}
    for alpha, (loss, slope) in found.items():
        print(f"{kind.__name__}, alpha {alpha:g}: loss {loss:.3f}, gradient {slope:.3f}")
    ratios.append(found[0.001][1] / found[0][1])
    print(f"the gradient at 0.001 is {ratios[-1]:.1f} times that at 0")
betas = [loss_of(KDLoss, 0, beta)[0] for beta in (1, 9)]
print(f"KDLoss, alpha 0, beta 1 and 9: {betas[0]:.3f} and {betas[1]:.3f}")
if any(abs(ratio - TEMPERATURE**2) > 0.1 for ratio in ratios) or betas[0] != betas[1]:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
