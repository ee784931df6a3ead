"""The conditional U-Net of lib/gan/diffusion/unet.ts in PyTorch, and its loss (Karras et al. 2022).

Convolution and resampling stay two steps, as PyTorch's users write them.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from networks import scale_channels

CHANNELS = {64: 64, 32: 128, 16: 256, 8: 512}
WAVES = 16
SIGMA_DATA = 0.5


def group_norm(channels, affine=True):
    quarters = channels // 4
    groups = next(n for n in range(min(32, quarters), 0, -1) if quarters % n == 0)
    return nn.GroupNorm(groups, channels, affine=affine)


class Block(nn.Module):
    def __init__(self, channels_in, out, embedding, to="same", attention=False):
        super().__init__()
        self.to = to
        self.norm1 = group_norm(channels_in)
        self.conv1 = nn.Conv2d(channels_in, out, 3, padding=1, bias=False)
        self.modulate = nn.Linear(embedding, 2 * out)
        self.norm2 = group_norm(out, affine=False)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        plain = channels_in == out and to == "same"
        self.shortcut = None if plain else nn.Conv2d(channels_in, out, 1, bias=False)
        self.attention = Attention(out) if attention else None

    def resample(self, x):
        if self.to == "down":
            return F.avg_pool2d(x, 2)
        return F.interpolate(x, scale_factor=2) if self.to == "up" else x

    def forward(self, x, embedded):
        gain, shift = self.modulate(embedded)[:, :, None, None].chunk(2, 1)
        y = F.silu(self.norm1(x))
        y = self.conv1(self.resample(y)) if self.to == "up" else self.resample(self.conv1(y))
        y = self.conv2(F.silu(self.norm2(y) * (1 + gain) + shift))
        if self.shortcut is None:
            beside = x
        elif self.to == "down":
            beside = self.shortcut(self.resample(x))
        else:
            beside = self.resample(self.shortcut(x))
        y = y + beside
        return y if self.attention is None else self.attention(y)


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = group_norm(channels)
        self.query, self.key, self.value, self.output = (
            nn.Conv2d(channels, channels, 1, bias=False) for _ in range(4)
        )

    def forward(self, x):
        seen = self.norm(x)
        flat = [part(seen).flatten(2).transpose(1, 2)
                for part in (self.query, self.key, self.value)]
        y = F.scaled_dot_product_attention(*flat).transpose(1, 2).reshape(x.shape)
        return x + self.output(y)


class UNet(nn.Module):
    def __init__(self, work):
        super().__init__()
        self.patch = work["patch"]
        sizes, size = [], work["image_size"] // self.patch
        while size >= 8:
            sizes.append(size)
            size //= 2
        channels = [scale_channels(CHANNELS[size], work["width"]) for size in sizes]
        top, embedding = channels[0], 4 * channels[0]
        pixels = 3 * self.patch ** 2
        self.of_noise = nn.Linear(2 * WAVES, embedding)
        self.of_condition = nn.Linear(work["condition_size"], embedding)
        self.mixed = nn.Linear(embedding, embedding)
        self.null = nn.Parameter(torch.zeros(1, work["condition_size"]))
        self.first = nn.Conv2d(pixels, top, 3, padding=1)

        def block(channels_in, out, size, to="same"):
            return Block(channels_in, out, embedding, to, size in work["attention"])

        self.down, skips, now = nn.ModuleList(), [], top
        for level, size in enumerate(sizes):
            self.down.append(block(now, channels[level], size, "down" if level > 0 else "same"))
            now = channels[level]
            skips.append(now)
        self.middle = block(now, now, 8)
        self.up, self.larger = nn.ModuleList(), nn.ModuleList()
        for level in range(len(sizes) - 1, -1, -1):
            self.up.append(block(now + skips.pop(), channels[level], sizes[level]))
            now = channels[level]
            if level > 0:
                self.larger.append(block(now, channels[level - 1], 2 * sizes[level], "up"))
                now = channels[level - 1]
        self.norm = group_norm(top)
        self.last = nn.Conv2d(top, pixels, 3, padding=1)
        self.register_buffer("waves", 32 ** (torch.arange(WAVES) / (WAVES - 1)))

    def forward(self, x, noise, condition):
        angles = noise[:, None] * self.waves
        embedded = self.of_noise(torch.cat([angles.sin(), angles.cos()], 1))
        embedded = F.silu(self.mixed(F.silu(embedded + self.of_condition(condition))))
        h = self.first(F.pixel_unshuffle(x, self.patch))
        kept = []
        for block in self.down:
            h = block(h, embedded)
            kept.append(h)
        h = self.middle(h, embedded)
        for level, block in enumerate(self.up):
            h = block(torch.cat([h, kept.pop()], 1), embedded)
            if level < len(self.larger):
                h = self.larger[level](h, embedded)
        return F.pixel_shuffle(self.last(F.silu(self.norm(h))), self.patch)


def denoising_loss(net, images, condition, run):
    """The weighted squared error of D(y + sigma n; sigma), as that of the raw network."""
    sigma = (1.4 * torch.randn(len(images), device=images.device)).exp()
    wide = sigma[:, None, None, None]
    total = (wide ** 2 + SIGMA_DATA ** 2).sqrt()
    noisy = images + wide * torch.randn_like(images)
    skip, out = (SIGMA_DATA / total) ** 2, wide * SIGMA_DATA / total
    dropped = (torch.rand(len(images), 1, device=images.device) < 0.1).float()
    shown = condition * (1 - dropped) + net.null * dropped
    raw = run(noisy / total, sigma.log() / 4, shown)
    return F.mse_loss(raw.float(), (images - skip * noisy) / out)
