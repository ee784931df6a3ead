"""A student's step under the distillers that have one stage: losses of distillers.md in PyTorch.

Shapes, layers and numbers of parameters are ours, and so is which stages are compared; both networks run as in a
training, the teacher in inference mode without a gradient.
"""
import copy

import torch
from torch import nn
from torch.nn import functional as F

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


def soft_kl(student, teacher, temperature=1.0):
    log_s = F.log_softmax(student / temperature, 1)
    return temperature ** 2 * F.kl_div(log_s, F.softmax(teacher / temperature, 1), reduction="batchmean")


def same_side(s, t):
    side = min(s.shape[2], t.shape[2])
    return F.adaptive_avg_pool2d(s, side), F.adaptive_avg_pool2d(t, side)


def unit_rows(x):
    return F.normalize(x.flatten(1))


class Method(nn.Module):
    """A loss of both passes; its parameters learn with the student."""

    def __init__(self, work, shapes):
        super().__init__()

    def forward(self, s, t, labels):
        return F.cross_entropy(s[0], labels)

    def after(self):
        pass


class Blkd(Method):
    def forward(self, s, t, labels):
        return 0.5 * F.cross_entropy(s[0], labels) + 0.5 * soft_kl(s[0], t[0], 5)


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


class Dist(Method):
    def forward(self, s, t, labels):
        p, q = F.softmax(s[0] / 4, 1), F.softmax(t[0] / 4, 1)
        gap = lambda a, b: 1 - F.cosine_similarity(
            a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True), eps=1e-8).mean()
        return F.cross_entropy(s[0], labels) + 16 * (gap(p, q) + gap(p.T, q.T))


class LsKd(Method):
    def forward(self, s, t, labels):
        z = lambda x: (x - x.mean(1, keepdim=True)) / (1e-7 + x.std(1, keepdim=True))
        return 0.1 * F.cross_entropy(s[0], labels) + 9 * soft_kl(z(s[0]), z(t[0]), 2)


class Stages(Method):
    """The sum of a loss over the pairs of stages, and the labels'."""
    weight = 1.0

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.pairs = [(a - 1, b - 1) for a, b in work["pairs"]]

    def forward(self, s, t, labels):
        terms = [self.compare(i, s[2][a], t[2][b]) for i, (a, b) in enumerate(self.pairs)]
        return F.cross_entropy(s[0], labels) + self.weight * sum(terms)


class At(Stages):
    weight = 1000.0

    def compare(self, i, s, t):
        s, t = same_side(s, t)
        return F.mse_loss(unit_rows(s.square().mean(1)), unit_rows(t.square().mean(1)))


class Nst(Stages):
    weight = 50.0

    def compare(self, i, s, t):
        s, t = (F.normalize(m.flatten(2), dim=2) for m in same_side(s, t))
        kernel = lambda a, b: torch.bmm(a, b.transpose(1, 2)).square().mean()
        return kernel(t, t) + kernel(s, s) - 2 * kernel(s, t)


class Vid(Stages):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        channels = [(shapes[0][a], shapes[1][b]) for a, b in self.pairs]
        conv = lambda a, b: nn.Conv2d(a, b, 1, bias=False)
        self.means = nn.ModuleList(
            nn.Sequential(conv(a, b), nn.ReLU(), conv(b, b), nn.ReLU(), conv(b, b))
            for a, b in channels)
        self.raw = nn.ParameterList(nn.Parameter(torch.full((b,), 4.993229)) for _, b in channels)

    def compare(self, i, s, t):
        s, t = same_side(s, t)
        variance = (F.softplus(self.raw[i]) + 1e-5).view(1, -1, 1, 1)
        return (0.5 * ((self.means[i](s) - t).square() / variance + variance.log())).mean()


class Ofd(Stages):
    weight = 1e-3

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        channels = [(shapes[0][a], shapes[1][b]) for a, b in self.pairs]
        self.connectors = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 1, bias=False), nn.BatchNorm2d(b)) for a, b in channels)
        self.margins = [torch.full((1, b, 1, 1), -0.5) for _, b in channels]

    def compare(self, i, s, t):
        s, t = same_side(s, t)
        s, margin = self.connectors[i](s), self.margins[i].to(t)
        target = torch.maximum(t, margin)
        counts = (s > target) | (t > 0)
        loss = ((s - target).square() * counts).sum() / s.shape[0]
        return loss * 2 ** (i + 1 - len(self.pairs))


class Review(Stages):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        wide = [(shapes[0][a], shapes[1][b]) for a, b in self.pairs] + [(shapes[0][-1], shapes[1][-1])]
        middle = min(512, wide[-1][0])
        norm = lambda a, b, k: nn.Sequential(
            nn.Conv2d(a, b, k, padding=k // 2, bias=False), nn.BatchNorm2d(b))
        self.enter = nn.ModuleList(norm(a, middle, 1) for a, _ in wide)
        self.leave = nn.ModuleList(norm(middle, b, 3) for _, b in wide)
        self.attend = nn.ModuleList(nn.Conv2d(2 * middle, 2, 1) for _ in wide[:-1])

    def forward(self, s, t, labels):
        maps = [s[2][a] for a, _ in self.pairs] + [s[1][:, :, None, None]]
        targets = [t[2][b] for _, b in self.pairs] + [t[1][:, :, None, None]]
        total, deeper = F.cross_entropy(s[0], labels), None
        for i in reversed(range(len(maps))):
            x = self.enter[i](maps[i])
            if deeper is not None:
                up = F.interpolate(deeper, x.shape[2:], mode="nearest")
                w = torch.sigmoid(self.attend[i](torch.cat([x, up], 1)))
                x = x * w[:, :1] + up * w[:, 1:]
            if x.shape[2:] != targets[i].shape[2:]:
                x = F.interpolate(x, targets[i].shape[2:], mode="nearest")
            deeper = x
            total = total + self.context(self.leave[i](x), targets[i])
        return total

    def context(self, s, t):
        loss, weight, weights = F.mse_loss(s, t), 1.0, 1.0
        for side in (4, 2, 1):
            if side < s.shape[2]:
                weight /= 2
                pool = lambda m: F.adaptive_avg_pool2d(m, side)
                loss, weights = loss + weight * F.mse_loss(pool(s), pool(t)), weights + weight
        return loss / weights


class FitNet(Method):
    """Second stages, whose sides are equal."""

    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        a, b = shapes[0][1], shapes[1][1]
        self.regress = nn.Sequential(
            nn.Conv2d(a, b, 1), nn.BatchNorm2d(b), nn.ReLU())

    def forward(self, s, t, labels):
        return F.cross_entropy(s[0], labels) + 100 * F.mse_loss(self.regress(s[2][1]), t[2][1])


class Sp(Method):
    def forward(self, s, t, labels):
        alike = lambda m: F.normalize(m.flatten(1) @ m.flatten(1).T)
        gap = (alike(s[2][-1]) - alike(t[2][-1])).square().sum() / s[0].shape[0] ** 2
        return F.cross_entropy(s[0], labels) + 3000 * gap


class Pkt(Method):
    def forward(self, s, t, labels):
        def share(x):
            alike = (F.normalize(x) @ F.normalize(x).T + 1) / 2
            return alike / alike.sum(1, keepdim=True)
        p, q = share(s[1]), share(t[1])
        return F.cross_entropy(s[0], labels) + 3e4 * (q * ((q + 1e-7) / (p + 1e-7)).log()).mean()


class Rkd(Method):
    def forward(self, s, t, labels):
        def distances(x):
            d = torch.cdist(x[None], x[None], compute_mode="use_mm_for_euclid_dist")[0]
            d = d.clamp(min=1e-6) * (1 - torch.eye(len(x), device=x.device))
            return d / d[d > 0].mean()

        def angles(x):
            e = F.normalize(x[None] - x[:, None], dim=2)
            return torch.bmm(e, e.transpose(1, 2))

        with torch.no_grad():
            d, a = distances(t[1]), angles(t[1])
        loss = 25 * F.smooth_l1_loss(distances(s[1]), d) + 50 * F.smooth_l1_loss(angles(s[1]), a)
        return F.cross_entropy(s[0], labels) + loss


class Embedded(Method):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.embed = nn.ModuleList(nn.Linear(shapes[side][-1], 128) for side in (0, 1))


class Cc(Embedded):
    def forward(self, s, t, labels):
        gap = (self.embed[0](s[1]) - self.embed[1](t[1])).abs()
        return F.cross_entropy(s[0], labels) + 0.02 * (gap[:-1] * gap[1:]).sum(1).mean()


class Crd(Embedded):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.count, self.negatives = work["images"], work["negatives"]
        self.batch = work["batch"]
        self.memory = [F.normalize(torch.randn(self.count, 128)) for _ in range(2)]
        self.constants = [None, None]

    def forward(self, s, t, labels):
        v = [F.normalize(self.embed[0](s[1])), F.normalize(self.embed[1](t[1]))]
        device = v[0].device
        self.memory = [m.to(device) for m in self.memory]
        own = torch.arange(self.batch, device=device)[:, None]
        others = torch.randint(self.count, (self.batch, self.negatives), device=device)
        index = torch.cat([own, others], 1)
        noise, loss = self.negatives / self.count, 0
        for i in (0, 1):
            rows = self.memory[1 - i][index.view(-1)].view(self.batch, -1, 128)
            scores = torch.exp(torch.bmm(rows, v[i][:, :, None])[:, :, 0] / 0.07)
            if self.constants[i] is None:
                self.constants[i] = scores.mean().item() * self.count
            p = scores / self.constants[i]
            both = (p + noise + 1e-7).log()
            found = p[:, 0].log() - both[:, 0]
            loss = loss - (found + (torch.log(torch.tensor(noise)) - both[:, 1:]).sum(1)).mean()
        self.kept = [x.detach() for x in v]
        return F.cross_entropy(s[0], labels) + 0.8 * loss

    def after(self):
        for memory, rows in zip(self.memory, self.kept):
            memory[:self.batch] = F.normalize(0.5 * memory[:self.batch] + 0.5 * rows)


class Srd(Method):
    def __init__(self, work, shapes):
        super().__init__(work, shapes)
        self.project = nn.Linear(shapes[0][-1], shapes[1][-1])

    def forward(self, s, t, labels):
        norm = lambda x: F.batch_norm(x, None, None, training=True, eps=1e-4)
        gap = (norm(self.project(s[1])) - norm(t[1])).abs()
        return F.cross_entropy(s[0], labels) + 2 * gap.pow(4).sum().log() + soft_kl(s[0], t[0])


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
        method.after()

    return step, (student, method)


def mutual(first, second, x, labels, optimise, how):
    """DML: each follows the other's outputs of the step's start; ours passes a peer twice, once without a gradient."""
    pair = [(first, optimise(first)), (second, optimise(second))]
    loss_of = lambda model, other: F.cross_entropy(y := model(x), labels) + soft_kl(y, other)
    run = torch.compile(loss_of) if how == "compile" else loss_of

    def step():
        with torch.no_grad():
            outputs = [model(x) for model, _ in pair]
        for (model, optimiser), other in zip(pair, reversed(outputs)):
            optimiser.zero_grad(set_to_none=True)
            run(model, other).backward()
            optimiser.step()

    return step, (first, second)
