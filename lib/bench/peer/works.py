"""One optimisation step or one forward pass as a function without arguments."""
from dataclasses import dataclass
from typing import Callable

import torch
from torch.nn import functional as F

from networks import build_network


@dataclass
class Work:
    step: Callable[[], None]
    # Trainable scalars, which the harness compares with ours.
    parameters: int


def count(*modules):
    return sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)


def images(work, device):
    x = torch.randn(work["batch"], 3, work["image_size"], work["image_size"], device=device)
    return x.to(memory_format=torch.channels_last)


def compiled(module, how):
    return torch.compile(module) if how == "compile" else module


def network(work, how, device):
    model = build_network(work).to(device, memory_format=torch.channels_last)
    x = images(work, device)
    parameters = count(model)
    if not work["training"]:
        model.eval()
        run = compiled(model, how)

        def infer():
            with torch.no_grad():
                run(x)

        return Work(infer, parameters)

    classes = work["head"] == "classification"
    labels = (
        torch.randint(work["outputs"], (work["batch"],), device=device)
        if classes else torch.rand(work["batch"], device=device)
    )

    def loss_of(x, labels):
        y = model(x)
        return F.cross_entropy(y, labels) if classes else F.mse_loss(y.reshape(-1), labels)

    run = compiled(loss_of, how)
    optimiser = torch.optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=True
    )

    def train():
        optimiser.zero_grad(set_to_none=True)
        run(x, labels).backward()
        optimiser.step()

    return Work(train, parameters)


KINDS = {"network": network}


def build_work(work, how, device):
    return KINDS[work["kind"]](work, how, device)
