#!/usr/bin/env bash
# Random numbers of a run that looks at its validation set, in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: a `DataLoader` with `shuffle=False` and no worker processes draws nothing, so validating every epoch, every tenth
# or never leaves a seeded training as it is.
# Seen: each time that a loader is gone through, even one of an unshuffled set, it draws a number from the global stream for
# workers that it does not have. From the first look on the run has other dropout masks, another order of images and other
# weights: two seeded runs that differ in how often they are looked at are two different runs, and "the same seed with more
# logging" is no control. A generator of its own for each loader, `generator=torch.Generator()`, keeps them apart.
# For us: streams have addresses: "rngOf() gives the same numbers for the same path and others for another path".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

images = torch.randn(64, 4, generator=torch.Generator().manual_seed(1))
train, held_out = TensorDataset(images[:48], images[:48].sum(1)), TensorDataset(images[48:])


def weights(looks, **options):
    """Weights after three seeded epochs, with a look at the held-out images after some of them."""
    torch.manual_seed(7)
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))
    optimiser = torch.optim.SGD(network.parameters(), 0.01)
    batches, validation = DataLoader(train, batch_size=8, shuffle=True), DataLoader(held_out, batch_size=8, **options)
    for epoch in range(3):
        for x, y in batches:
            optimiser.zero_grad()
            (network(x)[:, 0] - y).square().mean().backward()
            optimiser.step()
        if epoch in looks:
            network.eval()
            with torch.no_grad():
                for (x,) in validation:
                    network(x)
            network.train()
    return torch.cat([part.flatten() for part in network.parameters()]).detach()


print(f"PyTorch {torch.__version__}: greatest difference of weights after three seeded epochs from a run without a look")
never = weights(())
differences = {
    "the same again": weights(()),
    "a look after the last epoch": weights((2,)),
    "a look after the first epoch": weights((0,)),
    "the same with a generator of its own": weights((0,), generator=torch.Generator()),
}
differences = {name: float((other - never).abs().max()) for name, other in differences.items()}
for name, difference in differences.items():
    print(f"{name}: {difference:.4f}")
same, last, first, own = differences.values()
if same != 0 or last != 0 or first < 1e-3 or own != 0:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
