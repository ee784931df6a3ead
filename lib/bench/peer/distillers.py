"""A student's step under the distillers that have one stage, in PyTorch.

Losses and adapters are torchdistill's where it has them. It has no DKD, DML, NST and OFD: these are written here, after
distillers.md. Numbers of parameters are ours, and so is which stages are compared; both networks run as in a training, the
teacher in inference mode without a gradient.
"""
import copy

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchdistill.losses import mid_level as losses
from torchdistill.models.adaptation import ConvReg
from torchdistill.models.wrapper import AttentionBasedFusion, Normalizer4CRD, Regressor4VID

from networks import BasicUnit, build_network


def vgg_pass(model, x):
    """Outputs, features, maps of the stages."""
    maps = []
    for layer in model[:-2]:
        # A stage ends before its pool.
        if isinstance(layer, nn.MaxPool2d):
            maps.append(x)
        x = layer(x)
    features = model[-2](x)
    return model[-1](features), features, maps


def resnet_pass(model, x):
    maps, units = [], 0
    for layer in model.body:
        x = layer(x)
        if isinstance(layer, BasicUnit):
            units += 1
            if units % 2 == 0:
                maps.append(x)
    features = x.mean((2, 3))
    return model.head(features), features, maps


def same_side(s, t):
    side = min(s.shape[2], t.shape[2])
    pool = lambda m: m if m.shape[2] == side else F.adaptive_avg_pool2d(m, side)
    return pool(s), pool(t)


def seen(**values):
    """What torchdistill's losses look their inputs up in."""
    return {name: {"output": value} for name, value in values.items()}


def at_path(name):
    return {"path": name, "io": "output"}


# Where a loss of one place reads.
HERE = {
    "student_module_path": "x", "student_module_io": "output",
    "teacher_module_path": "x", "teacher_module_io": "output",
}
LOGITS_KD = {**HERE, "reduction": "batchmean"}


class Method(nn.Module):
    """A loss of both passes; its parameters learn with the student."""

    def __init__(self, work, shapes):
        super().__init__()

    def forward(self, s, t, labels):
        return F.cross_entropy(s[0], labels)


class Published(Method):
    """A loss of torchdistill's at one place, and the labels'."""
    weight = 1.0

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.loss = self.published()

    def forward(self, s, t, labels):
        own = self.loss(seen(x=self.read(s)), seen(x=self.read(t)))
        return F.cross_entropy(s[0], labels) + self.weight * own

    @staticmethod
    def read(passed):
        return passed[1]


class Blkd(Published):
    def published(self):
        return losses.KDLoss(**LOGITS_KD, temperature=5, alpha=0.5)

    def forward(self, s, t, labels):
        return self.loss(seen(x=s[0]), seen(x=t[0]), labels)


class LsKd(Blkd):
    def published(self):
        return losses.LogitStdKDLoss(**LOGITS_KD, temperature=2, alpha=0.1, beta=9)


class Dist(Published):
    def published(self):
        return losses.DISTLoss(**HERE, tau=4)

    @staticmethod
    def read(passed):
        return passed[0]


class Pkt(Published):
    weight = 3e4

    def published(self):
        return losses.PKTLoss(**HERE)


class Rkd(Published):
    def published(self):
        return losses.RKDLoss("x", "x", dist_factor=25, angle_factor=50, reduction="mean")


class Sp(Published):
    weight = 3000

    def published(self):
        return losses.SPKDLoss("x", "x", reduction="batchmean")

    @staticmethod
    def read(passed):
        return passed[2][-1]


class Dkd(Method):
    def forward(self, s, t, labels):
        own = F.one_hot(labels, s[0].shape[1]).bool()
        p, q = F.softmax(s[0] / 4, 1), F.softmax(t[0] / 4, 1)
        halves = lambda soft: torch.stack([(soft * own).sum(1), (soft * ~own).sum(1)], 1)
        target = 16 * F.kl_div(halves(p).log(), halves(q), reduction="batchmean")
        hide = lambda logits: logits / 4 - 1000 * own
        others = 16 * F.kl_div(
            F.log_softmax(hide(s[0]), 1), F.softmax(hide(t[0]), 1), reduction="batchmean")
        return F.cross_entropy(s[0], labels) + target + 8 * others


class Stages(Method):
    """The sum of a loss over the pairs of stages, and the labels'."""
    weight = 1.0

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.pairs = [(a - 1, b - 1) for a, b in work["pairs"]]
        self.named = {
            f"pair{i}": {"student": at_path(f"x{i}"), "teacher": at_path(f"x{i}")}
            for i in range(len(self.pairs))
        }

    def maps(self, s, t):
        return [same_side(s[2][a], t[2][b]) for a, b in self.pairs]

    def published(self, student, teacher):
        """torchdistill's loss over all pairs."""
        names = [f"x{i}" for i in range(len(self.pairs))]
        return self.loss(seen(**dict(zip(names, student))), seen(**dict(zip(names, teacher))))

    def forward(self, s, t, labels):
        terms = [self.compare(i, *maps) for i, maps in enumerate(self.maps(s, t))]
        return F.cross_entropy(s[0], labels) + self.weight * sum(terms)


class At(Stages):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.loss = losses.ATLoss(self.named)

    def forward(self, s, t, labels):
        return F.cross_entropy(s[0], labels) + 1000 * self.published(*zip(*self.maps(s, t)))


class Vid(Stages):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.loss = losses.VIDLoss(self.named)
        self.regressors = nn.ModuleList(
            Regressor4VID(shapes[0][a], shapes[1][b], shapes[1][b], eps=1e-5, init_pred_var=5.0)
            for a, b in self.pairs)

    def forward(self, s, t, labels):
        student, teacher = zip(*self.maps(s, t))
        predicted = [regress(m) for regress, m in zip(self.regressors, student)]
        return F.cross_entropy(s[0], labels) + self.published(predicted, teacher)


class Nst(Stages):
    weight = 50.0

    def compare(self, i, s, t):
        s, t = (F.normalize(m.flatten(2), dim=2) for m in (s, t))
        kernel = lambda a, b: torch.bmm(a, b.transpose(1, 2)).square().mean()
        return kernel(t, t) + kernel(s, s) - 2 * kernel(s, t)


class Ofd(Stages):
    weight = 1e-3

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        channels = [(shapes[0][a], shapes[1][b]) for a, b in self.pairs]
        self.connectors = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b)) for a, b in channels)
        self.margins = [torch.full((1, b, 1, 1), -0.5) for _, b in channels]

    def compare(self, i, s, t):
        s, margin = self.connectors[i](s), self.margins[i].to(t)
        target = torch.maximum(t, margin)
        counts = (s > target) | (t > 0)
        loss = ((s - target).square() * counts).sum() / s.shape[0]
        return loss * 2 ** (i + 1 - len(self.pairs))


class Review(Stages):
    """torchdistill's fusion has no map that is resized to its target, as the last pair's is here: its parts are called."""

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        wide = [(shapes[0][a], shapes[1][b]) for a, b in self.pairs] + [(shapes[0][-1], shapes[1][-1])]
        middle = min(512, wide[-1][0])
        self.fusions = nn.ModuleList(
            AttentionBasedFusion(a, middle, b, uses_attention=i < len(wide) - 1)
            for i, (a, b) in enumerate(wide))
        self.loss = losses.HierarchicalContextLoss(**HERE)

    def forward(self, s, t, labels):
        maps = [s[2][a] for a, _ in self.pairs] + [s[1][:, :, None, None]]
        targets = [t[2][b] for _, b in self.pairs] + [t[1][:, :, None, None]]
        total, deeper = F.cross_entropy(s[0], labels), None
        for fusion, own, target in reversed(list(zip(self.fusions, maps, targets))):
            side = target.shape[2]
            if own.shape[2] == side:
                compared, deeper = fusion(own, deeper, side)
            else:
                x = fusion.conv1(own)
                up = F.interpolate(deeper, x.shape[2:], mode="nearest")
                w = fusion.attention_conv(torch.cat([x, up], 1))
                x = x * w[:, :1] + up * w[:, 1:]
                deeper = F.interpolate(x, (side, side), mode="nearest")
                compared = fusion.conv2(deeper)
            total = total + self.loss(seen(x=(compared, deeper)), seen(x=target))
        return total


class FitNet(Method):
    """Second stages, whose sides are equal."""

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.regress = ConvReg(shapes[0][1], shapes[1][1], kernel_size=1, stride=1, padding=0)

    def forward(self, s, t, labels):
        return F.cross_entropy(s[0], labels) + 100 * F.mse_loss(self.regress(s[2][1]), t[2][1])


class Embedded(Method):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.embed = nn.ModuleList(nn.Linear(shapes[side][-1], 128) for side in (0, 1))


class Cc(Embedded):
    """torchdistill compares products of all pairs of images, ours are RepDistiller's of neighbours."""

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.loss = losses.CCKDLoss("x", "x", {"type": "bilinear"}, reduction="batchmean")

    def forward(self, s, t, labels):
        own = self.loss(seen(x=self.embed[0](s[1])), seen(x=self.embed[1](t[1])))
        return F.cross_entropy(s[0], labels) + 0.02 * own


class Crd(Embedded):
    """Negatives are drawn in the step, image by image as torchdistill's data set does."""

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.batch, self.negatives = work["batch"], work["negatives"]
        self.normalise = nn.ModuleList(Normalizer4CRD(linear) for linear in self.embed)
        self.loss = losses.CRDLoss(
            "x", "drawn", "x", input_size=128, output_size=work["images"],
            num_negative_samples=self.negatives, num_samples=work["images"])
        images, classes = np.arange(work["images"]), work["outputs"]
        self.others = [images[images % classes != c] for c in range(classes)]

    def forward(self, s, t, labels):
        positions = torch.arange(self.batch)
        rows = [
            np.hstack(([i], np.random.choice(
                self.others[label], self.negatives, replace=self.negatives > len(self.others[label]))))
            for i, label in enumerate(labels.tolist())
        ]
        drawn = {"pos_idx": positions, "contrast_idx": torch.from_numpy(np.stack(rows))}
        student = {**seen(x=self.normalise[0](s[1])), "drawn": {"input": drawn}}
        own = self.loss(student, seen(x=self.normalise[1](t[1])))
        # A vector of one.
        return F.cross_entropy(s[0], labels) + 0.8 * own.sum()


class Srd(Method):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        wide = shapes[1][-1]
        self.project = nn.Linear(shapes[0][-1], wide)
        self.norms = nn.ModuleList(nn.BatchNorm1d(wide, eps=1e-4, affine=False) for _ in range(2))
        self.loss = losses.SRDLoss(*("x", "output") * 2, *("logits", "output") * 2, exponent=4)

    def forward(self, s, t, labels):
        student = seen(x=self.norms[0](self.project(s[1])), logits=s[0])
        teacher = seen(x=self.norms[1](t[1]), logits=t[0])
        return F.cross_entropy(s[0], labels) + self.loss(student, teacher)


METHODS = {
    "nokd": Method, "blkd": Blkd, "at": At, "cc": Cc, "crd": Crd, "dist": Dist, "dkd": Dkd,
    "dml": Method, "fitnet": FitNet, "ls_kd": LsKd, "nst": Nst, "ofd": Ofd, "pkt": Pkt,
    "review_kd": Review, "rkd": Rkd, "sp": Sp, "srd": Srd, "vid": Vid,
}


def build(work, how, device):
    """The step, and the modules whose parameters learn."""
    to = lambda module: module.to(device, memory_format=torch.channels_last)
    student = to(build_network({**work, "network": "vgg11"}))
    teacher = to(build_network({**work, "network": "resnet18"})).eval().requires_grad_(False)
    x = torch.randn(work["batch"], 3, work["image_size"], work["image_size"], device=device)
    x = x.to(memory_format=torch.channels_last)
    labels = torch.arange(work["batch"], device=device) % work["outputs"]
    with torch.no_grad():
        passes = (vgg_pass(student, x), resnet_pass(teacher, x))
    shapes = [[m.shape[1] for m in p[2]] + [p[1].shape[1]] for p in passes]
    method = to(METHODS[work["method"]](work, shapes))
    options = {"lr": 0.01, "momentum": 0.9, "weight_decay": 1e-4, "fused": True}
    optimise = lambda *modules: torch.optim.SGD(
        [p for module in modules for p in module.parameters()], **options)
    if work["method"] == "dml":
        return mutual(student, copy.deepcopy(student), x, labels, optimise, how)
    optimiser = optimise(student, method)
    has_teacher = work["method"] != "nokd"

    def loss_of(x, labels):
        with torch.no_grad():
            taught = resnet_pass(teacher, x) if has_teacher else None
        return method(vgg_pass(student, x), taught, labels)

    run = torch.compile(loss_of) if how == "compile" else loss_of

    def step():
        optimiser.zero_grad(set_to_none=True)
        run(x, labels).backward()
        optimiser.step()

    return step, (student, method)


def mutual_kl(own, other):
    return F.kl_div(F.log_softmax(own, 1), F.softmax(other, 1), reduction="batchmean")


def mutual(first, second, x, labels, optimise, how):
    """DML: each follows the other's outputs of the step's start; ours passes a peer twice, once without a gradient."""
    pair = [(first, optimise(first)), (second, optimise(second))]
    loss_of = lambda model, other: F.cross_entropy(y := model(x), labels) + mutual_kl(y, other)
    run = torch.compile(loss_of) if how == "compile" else loss_of

    def step():
        with torch.no_grad():
            outputs = [model(x) for model, _ in pair]
        for (model, optimiser), other in zip(pair, reversed(outputs)):
            optimiser.zero_grad(set_to_none=True)
            run(model, other).backward()
            optimiser.step()

    return step, (first, second)
