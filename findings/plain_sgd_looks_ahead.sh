#!/usr/bin/env bash
# SGD by its name in timm 1.0.31, beside PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `create_optimizer_v2(model, opt="sgd", lr=0.1, momentum=0.9, weight_decay=5e-4)` trains as PyTorch's
# `SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)` does, whose class it returns.
# Seen: "sgd" is Nesterov's momentum; plain momentum is called "momentum". And weights of one axis, which are scales and
# offsets of normalisation and offsets of layers, have no weight decay unless `filter_bias_and_bn=False`. At the same
# gradients a convolution has gone 1.9 times as far after the first step, and 1.14 times after ten. The list of optimisers
# says the first, the list of arguments the second; a recipe that was copied from a paper is another one all the same.
# `opt="momentum", filter_bias_and_bn=False` is PyTorch's to the bit.
# For us: "sgd() follows PyTorch's momentum with coupled weight decay and no dampening", of every weight, and Nesterov's only
# where a recipe asks for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check timm==1.0.31 torch==2.15.0 torchvision==0.29.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import timm
import torch
from timm.optim import create_optimizer_v2

RECIPE = {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}


def network():
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1, bias=False), torch.nn.BatchNorm2d(1))
    torch.nn.init.ones_(model[0].weight)
    return model


def paths(make):
    """Weights of a convolution and a normalisation after each of ten steps with a gradient of 1."""
    model = network()
    optimizer = make(model)
    seen = []
    for _ in range(10):
        for weight in model.parameters():
            weight.grad = torch.ones_like(weight)
        optimizer.step()
        seen.append((float(model[0].weight), float(model[1].weight)))
    return seen, optimizer


def by_timm(**options):
    return paths(lambda model: create_optimizer_v2(model, **RECIPE, **options))


makers = {
    "PyTorch": paths(lambda model: torch.optim.SGD(model.parameters(), **RECIPE)),
    'timm, "sgd"': by_timm(opt="sgd"),
    'timm, "momentum"': by_timm(opt="momentum"),
    'timm, "momentum", filter_bias_and_bn=False': by_timm(opt="momentum", filter_bias_and_bn=False),
}
print(f"timm {timm.__version__}, PyTorch {torch.__version__}: the way of a convolution and of a normalisation, from 1")
for name, (seen, optimizer) in makers.items():
    groups = [(group["nesterov"], group["weight_decay"]) for group in optimizer.param_groups]
    print(f"{name}: {type(optimizer).__name__}, Nesterov and decay {groups}")
    print("  " + "; ".join(f"after {step} steps {1 - seen[step - 1][0]:.4f} and {1 - seen[step - 1][1]:.4f}" for step in (1, 10)))
wanted, named, plain, same = (seen for seen, _ in makers.values())
first, last = (1 - named[0][0]) / (1 - wanted[0][0]), (1 - named[9][0]) / (1 - wanted[9][0])
print(f'"sgd" has gone {first:.2f} times as far as PyTorch after one step, {last:.2f} times after ten')
if same != wanted or plain[9][0] != wanted[9][0] or plain[9][1] == wanted[9][1] or first < 1.8 or last < 1.1:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
