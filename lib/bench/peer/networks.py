"""The networks of the method specification (5.1 for classes, 5.4 for scalar labels) in PyTorch.

Only shapes, layers and parameter counts matter here: these run beside ours to compare times. Ours are
the first reference for what a width factor means, `scale_channels` below repeats it.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


def scale_channels(channels, width):
    """The nearest multiple of 4, at least 4; exact at width 1."""
    return channels if width == 1 else max(4, 4 * math.floor(channels * width / 4 + 0.5))


class SameConv(nn.Conv2d):
    """TensorFlow's "same" padding: uneven where the stride is 2."""

    def __init__(self, channels_in, out, kernel, stride=1, **options):
        super().__init__(channels_in, out, kernel, stride, padding=0, **options)

    def forward(self, x):
        pads = []
        for size in (x.shape[3], x.shape[2]):
            steps = -(-size // self.stride[0])
            total = max((steps - 1) * self.stride[0] + self.kernel_size[0] - size, 0)
            pads += [total // 2, total - total // 2]
        return super().forward(F.pad(x, pads) if any(pads) else x)


def conv_norm(channels_in, out, kernel, stride=1, groups=1, form=None):
    form = form or {}
    if form.get("padding") == "same":
        conv = SameConv(channels_in, out, kernel, stride, groups=groups, bias=False)
    else:
        conv = nn.Conv2d(
            channels_in, out, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False
        )
    return nn.Sequential(conv, nn.BatchNorm2d(out, **form.get("norm", {})))


def head(features, options):
    if options["head"] == "classification":
        return nn.Linear(features, options["outputs"])
    return nn.Sequential(
        nn.Linear(features, 128), nn.BatchNorm1d(128), nn.ReLU(inplace=True),
        nn.Linear(128, 128), nn.BatchNorm1d(128), nn.ReLU(inplace=True),
        nn.Linear(128, options["outputs"]), nn.ReLU(),
    )


class PooledNet(nn.Module):
    """A body, the mean over the map, dropout, a head."""

    def __init__(self, body, features, options, dropout=0.0):
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.head = head(features, options)

    def forward(self, x):
        return self.head(self.dropout(self.body(x).mean((2, 3))))


def vgg(depths, options):
    layers, channels = [], 3
    for depth, wide in zip(depths, [64, 128, 256, 512, 512]):
        for _ in range(depth):
            out = scale_channels(wide, options["width"])
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out),
                       nn.ReLU(inplace=True)]
            channels = out
        layers.append(nn.MaxPool2d(2))
    side = options["image_size"] // 32
    return nn.Sequential(*layers, nn.Flatten(), head(channels * side * side, options))


class BasicUnit(nn.Module):
    def __init__(self, channels_in, out, stride):
        super().__init__()
        self.first = conv_norm(channels_in, out, 3, stride)
        self.second = conv_norm(out, out, 3)
        same = stride == 1 and channels_in == out
        self.shortcut = nn.Identity() if same else conv_norm(channels_in, out, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


def resnet18(options):
    width = options["width"]
    channels = scale_channels(64, width)
    layers = [conv_norm(3, channels, 3), nn.ReLU(inplace=True)]
    for stage, wide in enumerate([64, 128, 256, 512]):
        out = scale_channels(wide, width)
        first = options["image_size"] // 32 if stage == 0 else 2
        for unit in range(2):
            layers.append(BasicUnit(channels, out, first if unit == 0 else 1))
            channels = out
    return PooledNet(nn.Sequential(*layers), channels, options)


class DenseUnit(nn.Module):
    def __init__(self, channels_in, inner, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels_in), nn.Conv2d(channels_in, inner, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, growth, 3, padding=1, bias=False)

    def forward(self, x):
        new = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))
        return torch.cat([new, x], 1)


def densenet121(options, top=None):
    width = options["width"]
    growth, inner = scale_channels(32, width), scale_channels(128, width)
    channels = scale_channels(64, width)
    layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False)]
    for block, units in enumerate([6, 12, 24, 16]):
        for _ in range(units):
            layers.append(DenseUnit(channels, inner, growth))
            channels += growth
        layers += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        if block < 3:
            out = channels // 2
            layers += [nn.Conv2d(channels, out, 1, bias=False), nn.AvgPool2d(2)]
            channels = out
        if block == 0 and options["image_size"] == 64:
            layers.append(nn.MaxPool2d(2))
    net = PooledNet(nn.Sequential(*layers), channels, options)
    if top is not None:
        net.head = top(channels)
    return net


class InvertedResidual(nn.Module):
    def __init__(self, channels_in, out, expansion, stride, regression):
        super().__init__()
        inner = channels_in * expansion
        self.activation = nn.ReLU6(inplace=True) if regression else nn.ReLU(inplace=True)
        expands = expansion > 1 or not regression
        self.expand = conv_norm(channels_in, inner, 1) if expands else None
        self.depthwise = conv_norm(inner, inner, 3, stride, groups=inner)
        self.project = conv_norm(inner, out, 1)
        self.shortcut = None
        if stride == 1 and channels_in == out:
            self.shortcut = nn.Identity()
        elif stride == 1 and not regression:
            self.shortcut = conv_norm(channels_in, out, 1)

    def forward(self, x):
        y = x if self.expand is None else self.activation(self.expand(x))
        y = self.project(self.activation(self.depthwise(y)))
        return y if self.shortcut is None else y + self.shortcut(x)


def mobilenet_v2(options):
    width, regression = options["width"], options["head"] == "regression"
    second = 2 if regression else options["image_size"] // 32
    groups = [(1, 16, 1, 1), (6, 24, 2, second), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
              (6, 160, 3, 2), (6, 320, 1, 1)]
    act = (lambda: nn.ReLU6(inplace=True)) if regression else (lambda: nn.ReLU(inplace=True))
    channels = scale_channels(32, width)
    layers = [conv_norm(3, channels, 3, 2 if regression else 1), act()]
    for expansion, wide, units, stride in groups:
        out = scale_channels(wide, width)
        for unit in range(units):
            layers.append(
                InvertedResidual(channels, out, expansion, stride if unit == 0 else 1, regression)
            )
            channels = out
    features = scale_channels(1280, width)
    layers += [conv_norm(channels, features, 1), act()]
    return PooledNet(nn.Sequential(*layers), features, options, 0.2 if regression else 0.0)


def shuffle(a, b):
    x = torch.cat([a, b], 1)
    n, c, h, w = x.shape
    return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class ShuffleUnit(nn.Module):
    def __init__(self, channels_in, out, stride):
        super().__init__()
        half = out // 2
        start = channels_in if stride == 2 else half
        self.left = None
        if stride == 2:
            self.left = nn.Sequential(
                conv_norm(channels_in, channels_in, 3, 2, groups=channels_in),
                conv_norm(channels_in, half, 1), nn.ReLU(inplace=True),
            )
        self.right = nn.Sequential(
            conv_norm(start, half, 1), nn.ReLU(inplace=True),
            conv_norm(half, half, 3, stride, groups=half),
            conv_norm(half, half, 1), nn.ReLU(inplace=True),
        )

    def forward(self, x):
        if self.left is not None:
            return shuffle(self.left(x), self.right(x))
        kept, rest = x.chunk(2, 1)
        return shuffle(kept, self.right(rest))


def shufflenet_v2(options):
    width, regression = options["width"], options["head"] == "regression"
    channels = scale_channels(24, width)
    layers = [conv_norm(3, channels, 3, 2 if regression else 1), nn.ReLU(inplace=True)]
    if regression or options["image_size"] == 64:
        layers.append(nn.MaxPool2d(3, 2, 1))
    for half, units in zip([58, 116, 232], [4, 8, 4]):
        out = 2 * scale_channels(half, width)
        for unit in range(units):
            layers.append(ShuffleUnit(channels, out, 2 if unit == 0 else 1))
            channels = out
    features = scale_channels(1024, width)
    layers += [conv_norm(channels, features, 1), nn.ReLU(inplace=True)]
    return PooledNet(nn.Sequential(*layers), features, options)


class GatedUnit(nn.Module):
    def __init__(self, channels_in, out, expansion, kernel, stride, rate, form):
        super().__init__()
        inner = channels_in * expansion
        self.expands, self.rate = expansion > 1, rate
        if self.expands or form["idle_expansion"]:
            self.expand = conv_norm(channels_in, inner, 1, form=form)
        self.depthwise = conv_norm(inner, inner, kernel, stride, groups=inner, form=form)
        squeezed = max(1, channels_in // 4)
        self.squeeze, self.excite = nn.Conv2d(inner, squeezed, 1), nn.Conv2d(squeezed, inner, 1)
        self.project = conv_norm(inner, out, 1, form=form)
        self.skips = stride == 1 and channels_in == out

    def forward(self, x):
        y = F.silu(self.expand(x)) if self.expands else x
        y = F.silu(self.depthwise(y))
        y = y * torch.sigmoid(self.excite(F.silu(self.squeeze(y.mean((2, 3), keepdim=True)))))
        y = self.project(y)
        if not self.skips:
            return y
        if self.training and self.rate > 0:
            kept = torch.rand(x.shape[0], 1, 1, 1, device=x.device) >= self.rate
            y = y * (kept / (1 - self.rate))
        return y + x


def efficientnet_b0(options):
    width, regression = options["width"], options["head"] == "regression"
    form = {"idle_expansion": not regression}
    if regression:
        form |= {"padding": "same", "norm": {"eps": 1e-3, "momentum": 0.01}}
    groups = [(1, 1, 16, 3, 1), (2, 6, 24, 3, 2), (2, 6, 40, 5, 2), (3, 6, 80, 3, 2),
              (3, 6, 112, 5, 1), (4, 6, 192, 5, 2), (1, 6, 320, 3, 1)]
    channels = scale_channels(32, width)
    layers = [conv_norm(3, channels, 3, 2 if regression else 1, form=form), nn.SiLU(inplace=True)]
    index = 0
    for units, expansion, wide, kernel, stride in groups:
        out = scale_channels(wide, width)
        for unit in range(units):
            rate = 0.2 * index / 16 if regression else 0.0
            layers.append(GatedUnit(
                channels, out, expansion, kernel, stride if unit == 0 else 1, rate, form
            ))
            channels, index = out, index + 1
    if regression:
        features = scale_channels(1280, width)
        layers += [conv_norm(channels, features, 1, form=form), nn.SiLU(inplace=True)]
        channels = features
    return PooledNet(nn.Sequential(*layers), channels, options, 0.2)


BUILDERS = {
    "vgg11": lambda options: vgg([1, 1, 2, 2, 2], options),
    "vgg13": lambda options: vgg([2, 2, 2, 2, 2], options),
    "vgg16": lambda options: vgg([2, 2, 3, 3, 3], options),
    "resnet18": resnet18,
    "densenet121": densenet121,
    "mobilenet_v2": mobilenet_v2,
    "shufflenet_v2": shufflenet_v2,
    "efficientnet_b0": efficientnet_b0,
}


def build_network(options):
    if options["network"] not in BUILDERS:
        raise ValueError(f"Cannot build network \"{options['network']}\": known are {list(BUILDERS)}")
    return BUILDERS[options["network"]](options)
