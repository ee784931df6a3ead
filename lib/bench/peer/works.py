"""One optimisation step or one forward pass as a function without arguments."""
import subprocess
import sys
from dataclasses import dataclass
from typing import Callable

import torch
from torch import nn
from torch.nn import functional as F

from diffusion import UNet, denoising_loss
from gans import Discriminator, Generator, diff_augment, form_of
from networks import build_network


@dataclass
class Work:
    step: Callable[[], None]
    # Trainable scalars, which the harness compares with ours.
    parameters: int


def count(*modules):
    return sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)


def channels_last(module, device):
    return module.to(device, memory_format=torch.channels_last)


def images(work, device):
    x = torch.randn(work["batch"], 3, work["image_size"], work["image_size"], device=device)
    return x.to(memory_format=torch.channels_last)


def compiled(function, how):
    return torch.compile(function) if how == "compile" else function


def precision_of(work, device):
    """PyTorch's own choice of what to compute in bfloat16, where the work asks for it."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=work.get("autocast", False))


def network(work, how, device):
    model = channels_last(build_network(work), device)
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
        with precision_of(work, device):
            y = model(x).float()
        return F.cross_entropy(y, labels) if classes else F.mse_loss(y.reshape(-1), labels)

    run = compiled(loss_of, how)
    # Fused: the fastest form that PyTorch has.
    optimiser = torch.optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=True
    )

    def train():
        optimiser.zero_grad(set_to_none=True)
        run(x, labels).backward()
        optimiser.step()

    return Work(train, parameters)


def gan(work, how, device):
    """One discriminator and one generator step with hinge losses, as in our training."""
    form = form_of(work)
    generator = channels_last(Generator(form), device)
    discriminator = channels_last(Discriminator(form), device)
    batch, size = work["batch"], work["condition_size"]
    real = images(work, device).clamp(-1, 1)
    options = {"lr": 2e-4, "betas": (0.0, 0.999), "fused": True}
    adam_g = torch.optim.Adam(generator.parameters(), **options)
    adam_d = torch.optim.Adam(discriminator.parameters(), **options)

    def conditions():
        if work["labels"] == "classes":
            return F.one_hot(torch.randint(size, (batch,), device=device), size).float()
        return torch.rand(batch, size, device=device)

    def latents():
        return torch.randn(batch, form["latent"], device=device)

    def discriminator_loss(fake, fake_condition, real_condition):
        x = diff_augment(torch.cat([fake, real]))
        with precision_of(work, device):
            scores = discriminator(x, torch.cat([fake_condition, real_condition])).float()
        score_fake, score_real = scores.chunk(2)
        return F.relu(1 + score_fake).mean() + F.relu(1 - score_real).mean()

    def generator_loss(z, condition):
        with precision_of(work, device):
            drawn = generator(z, condition).float()
        x = diff_augment(drawn)
        with precision_of(work, device):
            scores = discriminator(x, condition).float()
        return -scores.mean()

    run_d, run_g = compiled(discriminator_loss, how), compiled(generator_loss, how)
    parameters = count(generator, discriminator)

    def step():
        condition = conditions()
        with torch.no_grad(), precision_of(work, device):
            fake = generator(latents(), condition).float()
        adam_d.zero_grad(set_to_none=True)
        run_d(fake, condition, conditions()).backward()
        adam_d.step()
        # G's step needs no gradients of D's weights.
        discriminator.requires_grad_(False)
        adam_g.zero_grad(set_to_none=True)
        run_g(latents(), conditions()).backward()
        adam_g.step()
        discriminator.requires_grad_(True)

    return Work(step, parameters)


def diffusion(work, how, device):
    net = channels_last(UNet(work), device)
    x = images(work, device).clamp(-1, 1)
    condition = torch.randn(work["batch"], work["condition_size"], device=device)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    forward = compiled(net, how)

    def run(*inputs):
        with precision_of(work, device):
            return forward(*inputs)

    def step():
        adam.zero_grad(set_to_none=True)
        denoising_loss(net, x, condition, run).backward()
        adam.step()

    return Work(step, count(net))


class RatioNet(nn.Module):
    """MLP-5 of the method specification (3.3)."""

    def __init__(self, work):
        super().__init__()
        size = work["condition_size"]
        self.embedding = nn.Linear(size, size, bias=False)
        layers, wide = [], size + work["features"]
        for out in work["hidden"]:
            layers += [nn.Linear(wide, out), nn.GroupNorm(8, out), nn.ReLU(inplace=True),
                       nn.Dropout(0.5)]
            wide = out
        self.layers = nn.Sequential(*layers, nn.Linear(wide, 1), nn.ReLU())

    def forward(self, features, condition):
        return self.layers(torch.cat([self.embedding(condition), features], 1))


def ratio(work, how, device):
    net = RatioNet(work).to(device)
    batch, size = work["batch"], work["condition_size"]
    real, fake = (torch.rand(batch, work["features"], device=device) for _ in range(2))
    condition = F.one_hot(torch.randint(size, (batch,), device=device), size).float()
    adam = torch.optim.Adam(
        net.parameters(), lr=1e-4, betas=(0.5, 0.999), weight_decay=1e-4, fused=True
    )

    def loss_of(real, fake, condition):
        phi = net(torch.cat([fake, real]), torch.cat([condition, condition]))
        fake_phi, real_phi = phi.chunk(2)
        gate = torch.sigmoid(fake_phi)
        loss = (gate * fake_phi - F.softplus(fake_phi)).mean() - torch.sigmoid(real_phi).mean()
        return loss + 1e-3 * (fake_phi.mean() - 1) ** 2

    run = compiled(loss_of, how)

    def step():
        adam.zero_grad(set_to_none=True)
        run(real, fake, condition).backward()
        adam.step()

    return Work(step, count(net))


def sampling(work, how, device):
    """Draw images, rate them, turn them to bytes, ask the teacher; all in inference."""
    generator = channels_last(Generator(form_of(work["gan"])), device).eval()
    extractor = channels_last(build_network(work["extractor"]), device).eval()
    teacher = channels_last(build_network(work["teacher"]), device).eval()
    net = RatioNet(work["ratio"]).to(device).eval()
    batch, size = work["batch"], work["gan"]["condition_size"]
    condition = F.one_hot(torch.randint(size, (batch,), device=device), size).float()
    # The features are what the last dense layer reads.
    body = extractor[:-1]

    def step():
        with torch.no_grad():
            x = generator(torch.randn(batch, 128, device=device), condition)
            net(body(x), condition).flatten().tolist()
            pixels = ((x * 0.5 + 0.5) * 255).round().clamp(0, 255).to(torch.uint8)
            again = pixels.float().div(255).sub(0.5).div(0.25)
            teacher(again.contiguous(memory_format=torch.channels_last)).tolist()

    return Work(step, count(generator, extractor, teacher, net))


def distiller(work, how, device):
    """A student's step under a method of distillation."""
    # Imports torchdistill, which a Python of the user's may lack, and which the memory of other rows should not have.
    from distillers import build as build_distiller
    step, modules = build_distiller(work, how, device)
    return Work(step, count(*modules))


def start_up(work, how, device):
    """A process until it has computed its first tensor."""

    def step():
        code = "import torch; torch.ones(2, 2).matmul(torch.ones(2, 2)).sum().item()"
        subprocess.run([sys.executable, "-c", code], check=True)

    return Work(step, 0)


KINDS = {
    "network": network, "gan": gan, "diffusion": diffusion, "ratio": ratio, "sampling": sampling,
    "distiller": distiller, "start_up": start_up,
}


def build_work(work, how, device):
    return KINDS[work["kind"]](work, how, device)
