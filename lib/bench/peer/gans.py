"""Conditional GANs of the method specification (2.2, 2.6, 2.7, 2.8) in PyTorch.

Conditions are vectors as ours are: one-hot rows for classes, the embedding of scalar labels; a map of a
one-hot row without bias is an embedding table. Convolution and resampling stay two steps.
"""
import torch
from torch import nn
from torch.nn import functional as F

from networks import scale_channels


class SpectralNorm(nn.Module):
    """W / (u' W v) with one power iteration a forward pass in training."""

    def __init__(self, shape, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape) * 0.02)
        self.epsilon = epsilon
        self.register_buffer("u", F.normalize(torch.randn(shape[0]), dim=0))

    def forward(self):
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            v = F.normalize(matrix.t() @ self.u, dim=0, eps=self.epsilon)
            u = self.u
            if self.training:
                u = F.normalize(matrix @ v, dim=0, eps=self.epsilon)
                self.u.copy_(u)
            u = u.clone()
        return self.weight / torch.dot(u, matrix @ v)


class Conv(nn.Module):
    def __init__(self, channels_in, out, kernel, bias=True, normalised=True, epsilon=1e-8):
        super().__init__()
        self.padding = kernel // 2
        self.normalised = normalised
        if normalised:
            self.norm = SpectralNorm((out, channels_in, kernel, kernel), epsilon)
            self.bias = nn.Parameter(torch.zeros(out)) if bias else None
        else:
            self.conv = nn.Conv2d(channels_in, out, kernel, padding=self.padding, bias=bias)

    def forward(self, x):
        if not self.normalised:
            return self.conv(x)
        return F.conv2d(x, self.norm(), self.bias, padding=self.padding)


class Linear(nn.Module):
    def __init__(self, size, out, bias=True, normalised=True, epsilon=1e-8):
        super().__init__()
        self.normalised = normalised
        if normalised:
            self.norm = SpectralNorm((out, size), epsilon)
            self.bias = nn.Parameter(torch.zeros(out)) if bias else None
        else:
            self.linear = nn.Linear(size, out, bias=bias)

    def forward(self, x):
        return F.linear(x, self.norm(), self.bias) if self.normalised else self.linear(x)


class ConditionalNorm(nn.Module):
    def __init__(self, channels, condition_size, momentum=0.1):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False, momentum=momentum)
        self.gain = nn.Linear(condition_size, channels, bias=False)
        self.shift = nn.Linear(condition_size, channels, bias=False)

    def forward(self, x, condition):
        gain = 1 + self.gain(condition)[:, :, None, None]
        return self.norm(x) * gain + self.shift(condition)[:, :, None, None]


class Attention(nn.Module):
    def __init__(self, channels, bias, epsilon):
        super().__init__()
        options = {"bias": bias, "epsilon": epsilon}
        self.theta = Conv(channels, channels // 8, 1, **options)
        self.phi = Conv(channels, channels // 8, 1, **options)
        self.g = Conv(channels, channels // 2, 1, **options)
        self.out = Conv(channels // 2, channels, 1, **options)
        self.scale = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        n, c, h, w = x.shape
        theta = self.theta(x).reshape(n, -1, h * w)
        phi = F.max_pool2d(self.phi(x), 2).reshape(n, -1, h * w // 4)
        g = F.max_pool2d(self.g(x), 2).reshape(n, -1, h * w // 4)
        beta = torch.softmax(theta.transpose(1, 2) @ phi, -1)
        return x + self.scale * self.out((g @ beta.transpose(1, 2)).reshape(n, c // 2, h, w))


class UpBlock(nn.Module):
    def __init__(self, channels_in, out, form):
        super().__init__()
        conv = {"normalised": form["generator_sn"], "epsilon": form["epsilon"]}
        norm = (form["condition_size"], form["momentum"])
        self.norm1, self.norm2 = ConditionalNorm(channels_in, *norm), ConditionalNorm(out, *norm)
        self.conv1 = Conv(channels_in, out, 3, **conv)
        self.conv2 = Conv(out, out, 3, **conv)
        self.shortcut = Conv(channels_in, out, 1, **conv)

    def forward(self, x, condition):
        up = lambda maps: F.interpolate(maps, scale_factor=2, mode="nearest")  # noqa: E731
        main = self.conv1(up(F.relu(self.norm1(x, condition))))
        main = self.conv2(F.relu(self.norm2(main, condition)))
        return main + self.shortcut(up(x))


class Generator(nn.Module):
    def __init__(self, form):
        super().__init__()
        channels = form["generator"]
        self.first = Linear(form["latent"], 16 * channels[0], normalised=form["generator_sn"],
                            epsilon=form["epsilon"])
        self.blocks = nn.ModuleList(UpBlock(a, b, form) for a, b in zip(channels, channels[1:]))
        self.attention = Attention(channels[3], True, form["epsilon"]) if form["attention"] else None
        self.norm = nn.BatchNorm2d(channels[-1], momentum=form["last_momentum"])
        self.image = Conv(channels[-1], 3, 3, normalised=form["generator_sn"],
                          epsilon=form["epsilon"])

    def forward(self, latent, condition):
        x = self.first(latent).reshape(latent.shape[0], -1, 4, 4)
        x = x.contiguous(memory_format=torch.channels_last)
        for index, block in enumerate(self.blocks):
            x = block(x, condition)
            if index == 2 and self.attention is not None:
                x = self.attention(x)
        return torch.tanh(self.image(F.relu(self.norm(x))))


class DownBlock(nn.Module):
    def __init__(self, channels_in, out, down, first, form):
        super().__init__()
        self.down, self.first = down, first
        self.conv1 = Conv(channels_in, out, 3, epsilon=form["epsilon"])
        self.conv2 = Conv(out, out, 3, epsilon=form["epsilon"])
        has_shortcut = form["always_shortcut"] or channels_in != out or down
        self.shortcut = Conv(channels_in, out, 1, epsilon=form["epsilon"]) if has_shortcut else None

    def forward(self, x):
        main = self.conv2(F.relu(self.conv1(x if self.first else F.relu(x))))
        side = x
        if self.first and self.down:
            side = self.shortcut(F.avg_pool2d(x, 2))
        elif self.shortcut is not None:
            side = self.shortcut(x)
            side = F.avg_pool2d(side, 2) if self.down else side
        return (F.avg_pool2d(main, 2) if self.down else main) + side


class Discriminator(nn.Module):
    def __init__(self, form):
        super().__init__()
        channels = [3, *form["discriminator"]]
        self.blocks = nn.ModuleList(
            DownBlock(a, b, index < form["downs"], index == 0, form)
            for index, (a, b) in enumerate(zip(channels, channels[1:]))
        )
        epsilon = form["epsilon"]
        self.attention = Attention(channels[1], True, epsilon) if form["attention"] else None
        self.flat = form["flat"]
        features = channels[-1] * (16 if self.flat else 1)
        self.score = Linear(features, 1, epsilon=epsilon)
        self.projection = Linear(form["condition_size"], features, bias=False, epsilon=epsilon)

    def forward(self, x, condition):
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index == 0 and self.attention is not None:
                x = self.attention(x)
        x = F.relu(x)
        h = x.flatten(1) if self.flat else x.sum((2, 3))
        return self.score(h) + (h * self.projection(condition)).sum(1, keepdim=True)


def form_of(work):
    """Channels and options of a family."""
    width, taper = work["width"], work.get("taper", False)
    scaled = lambda *channels: [scale_channels(c, width) for c in channels]  # noqa: E731
    if work["family"] == "biggan":
        base = scale_channels(256, width)
        half, quarter = scale_channels(base, 1 / 2), scale_channels(base, 1 / 4)
        return {
            "condition_size": work["condition_size"], "latent": 128, "epsilon": 1e-8,
            "generator_sn": True, "attention": False, "momentum": 0.1, "last_momentum": 0.1,
            "generator": [base, base, half, quarter] if taper else [base] * 4,
            "discriminator": [quarter, half, base, base] if taper else [base] * 4,
            "downs": 2, "always_shortcut": False, "flat": False,
        }
    sagan = work["family"] == "sagan"
    return {
        "condition_size": work["condition_size"], "latent": 256, "epsilon": 1e-12,
        "generator_sn": sagan, "attention": sagan, "momentum": 0.001 if sagan else 0.1,
        "last_momentum": 0.0001 if sagan else 0.1,
        "generator": scaled(1024, 512, 256, 128, 64),
        "discriminator": scaled(64, 128, 256, 512, 1024),
        "downs": 4, "always_shortcut": True, "flat": True,
    }


def diff_augment(x):
    """Colour, translation, cutout; fresh draws for each image."""
    n, _, h, w = x.shape
    draw = lambda: torch.rand(n, 1, 1, 1, device=x.device)  # noqa: E731
    x = x + (draw() - 0.5)
    mean = x.mean(1, keepdim=True)
    x = (x - mean) * (2 * draw()) + mean
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * (draw() + 0.5) + mean
    reach, side = int(h * 0.125 + 0.5), int(h * 0.5 + 0.5)
    shift = torch.randint(-reach, reach + 1, (2, n, 1, 1), device=x.device)
    rows = torch.arange(h, device=x.device)[None, :, None] + shift[0] + reach
    columns = torch.arange(w, device=x.device)[None, None, :] + shift[1] + reach
    images = torch.arange(n, device=x.device)[:, None, None]
    padded = F.pad(x, [reach] * 4).permute(0, 2, 3, 1)
    x = padded[images, rows, columns].permute(0, 3, 1, 2)
    centre = torch.randint(0, h + 1 - side % 2, (2, n, 1, 1), device=x.device)
    row = torch.arange(h, device=x.device)[None, :, None] - centre[0] + side // 2
    column = torch.arange(w, device=x.device)[None, None, :] - centre[1] + side // 2
    hole = (row >= 0) & (row < side) & (column >= 0) & (column < side)
    return x * (~hole)[:, None]
