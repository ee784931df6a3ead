"""Values and gradients of losses by the methods' public implementations, for public_values_test.ts.

python generate.py FOLDER > values.json, in a Python with PyTorch (2.15.0) and SciPy. FOLDER holds copies of the
repositories and of the wheel below, at these versions, each under the name on its left. Their code is called as it is;
float64 throughout. Inputs are waves: entry i, in row-major NHWC order, is scale * sin(i + 1) of a student's tensor and
scale * cos(0.7 * (i + 1)) of a teacher's.
"""
import ast
import importlib.util
import json
import math
import sys
import types

import torch
import torch.nn.functional as F

SOURCES = {
    "RepDistiller": "HobbitLong/RepDistiller b84f547c5db6a35318d4671d7d5c4de74c822403",
    "mdistiller": "megvii-research/mdistiller a08d46f10d6102bd6e3f258ca5ac880b020ea259",
    "torchdistill": "torchdistill 1.1.5 from PyPI",
    "HKD": "wyc-ruiker/HKD 9434fd859c4fdee2707a0f32f265df95b4fbfabe",
    "FFSD": "SJLeo/FFSD d5cfda9b1fa45d2516f26f5350ae5733b5ccbc62",
    "KD_UDA": "LIVIAETS/KD_UDA a360af76d145a753849220085d11139dfeac5236",
    "BSS": "bhheo/BSS_distillation 586b1411ed067af92ab781ac4fc58f8cf58798dc",
}
FOLDER = sys.argv[1]
torch.set_default_dtype(torch.float64)
# The sources were written for a GPU and for older versions.
torch.Tensor.cuda = lambda self, *args, **kwargs: self
torch.nn.Module.cuda = lambda self, *args, **kwargs: self
torch.FloatTensor = lambda values: torch.tensor(values, dtype=torch.float64)
torch.Tensor.float = lambda self: self.double()
import torch.autograd.gradcheck


def zero_gradients(x):
    if x.grad is not None:
        x.grad = None


sys.modules["torch.autograd.gradcheck"].zero_gradients = zero_gradients


def load(source, path, stubs=()):
    for name in stubs:
        sys.modules.setdefault(name, types.ModuleType(name))
    name = "public_" + source + "_" + path.replace("/", "_").replace(".py", "")
    spec = importlib.util.spec_from_file_location(name, f"{FOLDER}/{source}/{path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def package(source, path):
    sys.path.insert(0, f"{FOLDER}/{source}")
    module = importlib.import_module(path)
    sys.path.pop(0)
    return module


def methods_of(source, path, names):
    """Functions of a file whose other imports are not wanted."""
    with open(f"{FOLDER}/{source}/{path}") as file:
        tree = ast.parse(file.read())
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in names]
    space = {"torch": torch, "F": F, "math": math}
    exec(compile(ast.Module(body=found, type_ignores=[]), path, "exec"), space)
    return [space[name] for name in names]


def wave(kind, shape, scale=1.0):
    i = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)
    values = torch.sin(i) if kind == "student" else torch.cos(0.7 * i)
    return (scale * values).reshape(shape)


def nchw(map):
    return map.permute(0, 3, 1, 2)


def nhwc(map):
    return map.permute(0, 2, 3, 1)


def unit(rows):
    return rows / rows.norm(dim=1, keepdim=True)


def digits(tensor):
    """Numbers in one text: a formatter of JSON would give each a line."""
    return " ".join(f"{x:.9g}" for x in tensor.detach().reshape(-1).tolist())


CASES = {}


def case(name, source, shape, loss, scale=1.0):
    """`loss` takes the student's wave; what else it takes is in its test of the same name."""
    x = wave("student", shape, scale).requires_grad_()
    value = loss(x).sum()
    (gradient,) = torch.autograd.grad(value, x)
    CASES[name] = {
        "source": source,
        "shape": list(shape),
        "scale": scale,
        "value": float(f"{value.item():.10g}"),
        "gradient": digits(gradient),
    }


MAP, ROWS, LOGITS = (3, 4, 4, 5), (4, 6), (4, 5)
LABELS = torch.tensor([2, 0, 4, 1])
teacher_map = wave("teacher", MAP)
teacher_rows = wave("teacher", ROWS)
teacher_logits = wave("teacher", LOGITS, 4)

zoo = lambda name: load("RepDistiller", f"distiller_zoo/{name}.py")
case("KD", "RepDistiller", LOGITS, lambda z: zoo("KD").DistillKL(4)(z, teacher_logits), 4)
case("AT", "RepDistiller", MAP, lambda m: zoo("AT").Attention()([nchw(m)], [nchw(teacher_map)])[0])
for side in (8, 7):
    larger = wave("teacher", (3, side, side, 2))
    case(f"AT pooled from {side}", "RepDistiller", MAP,
         lambda m: zoo("AT").Attention()([nchw(m)], [nchw(larger)])[0])
    case(f"NST pooled from {side}", "RepDistiller", (2, 4, 4, 2),
         lambda m: zoo("NST").NSTLoss()([nchw(m)], [nchw(larger[:2])])[0])
    case(f"FT pooled from {side}", "RepDistiller", (3, 4, 4, 2),
         lambda m: zoo("FT").FactorTransfer()(nchw(m), nchw(larger)))
case("NST", "RepDistiller", MAP, lambda m: zoo("NST").NSTLoss()([nchw(m)], [nchw(teacher_map)])[0])
case("SP", "RepDistiller", MAP,
     lambda m: zoo("SP").Similarity()([m.reshape(3, -1)], [teacher_map.reshape(3, -1)])[0])
case("CC", "RepDistiller", ROWS, lambda e: zoo("CC").Correlation()(e, teacher_rows))
case("PKT", "RepDistiller", ROWS, lambda e: zoo("PKT").PKT()(e, teacher_rows))
case("RKD", "RepDistiller", ROWS, lambda e: zoo("RKD").RKDLoss()(e, teacher_rows))
case("FitNet", "RepDistiller", MAP, lambda m: zoo("FitNet").HintLoss()(m, teacher_map))
case("FT", "RepDistiller", MAP,
     lambda m: zoo("FT").FactorTransfer()(nchw(m), nchw(teacher_map)))
case("AB", "RepDistiller", MAP,
     lambda m: zoo("AB").ABLoss(1)([nchw(m)], [nchw(teacher_map)])[0], 2)


def flow(map):
    maps = [nchw(map), nchw(wave("student", (3, 2, 2, 6), 2))]
    others = [nchw(teacher_map), nchw(wave("teacher", (3, 2, 2, 6)))]
    shapes = [m.shape for m in maps]
    return zoo("FSP").FSP(shapes, shapes)(maps, others)[0]


case("FSP", "RepDistiller", MAP, flow)


def variation(map):
    loss = zoo("VID").VIDLoss(5, 5, 5)
    loss.regressor = torch.nn.Identity()
    loss.log_scale.data = wave("student", (5,))
    return loss(nchw(map), nchw(teacher_map))


case("VID", "RepDistiller", MAP, variation)

# CRD: seven images, two of them asked for among two others each.
crd_memory = load("RepDistiller", "crd/memory.py")
sys.modules["public_crd"] = types.ModuleType("public_crd")
sys.modules["public_crd"].__path__ = []
sys.modules["public_crd.memory"] = crd_memory
spec = importlib.util.spec_from_file_location(
    "public_crd.criterion", f"{FOLDER}/RepDistiller/crd/criterion.py")
crd_criterion = importlib.util.module_from_spec(spec)
spec.loader.exec_module(crd_criterion)
CHOSEN = torch.tensor([[0, 2, 3], [1, 3, 5]])


def contrast(rows):
    memory = crd_memory.ContrastMemory(6, 7, 2, T=0.5, momentum=0.5)
    memory.params = memory.params.double()
    memory.memory_v1 = unit(wave("student", (7, 6)))
    memory.memory_v2 = unit(wave("teacher", (7, 6)))
    query = unit(rows)
    out_s, out_t = memory(query, unit(wave("teacher", (2, 6))), CHOSEN[:, 0], CHOSEN)
    criterion = crd_criterion.ContrastLoss(7)
    CASES["CRD's memory"] = {
        "source": "RepDistiller", "shape": [2, 6], "scale": 1.0,
        "values": digits(memory.memory_v1),
    }
    return criterion(out_s) + criterion(out_t)


sys.stdout, real = sys.stderr, sys.stdout
case("CRD", "RepDistiller", (2, 6), contrast)


def regressor(name, shape, other, kernel):
    def compare(map):
        module = load("RepDistiller", "models/util.py").ConvReg(
            nchw(map).shape, (shape[0], other[2], other[0], other[1]))
        # [kernel, kernel, in, out] here; [kernel, kernel, out, in] of a transposed one.
        weights = wave("teacher", kernel, 0.3)
        module.conv.weight.data = weights.permute(3, 2, 0, 1).contiguous()
        module.conv.bias.data = wave("student", (other[2],), 0.1)
        target = wave("teacher", (shape[0], *other))
        return F.mse_loss(nhwc(module(nchw(map))), target)

    case(name, "RepDistiller", shape, compare)


regressor("ConvReg, halved", (2, 6, 6, 3), (3, 3, 4), (3, 3, 3, 4))
regressor("ConvReg, doubled", (2, 3, 3, 4), (6, 6, 3), (4, 4, 3, 4))
regressor("ConvReg, cropped", (2, 5, 5, 3), (4, 4, 4), (2, 2, 3, 4))

sys.modules["public_md"] = types.ModuleType("public_md")
sys.modules["public_md"].__path__ = [f"{FOLDER}/mdistiller/mdistiller/distillers"]
md = lambda name: importlib.import_module(f"public_md.{name}")
case("DKD", "mdistiller", LOGITS,
     lambda z: md("DKD").dkd_loss(z, teacher_logits, LABELS, 1, 8, 4), 4)
for side in (8, 7, 4, 1):
    shape = (2, side, side, 3)
    case(f"HCL of side {side}", "mdistiller", shape,
         lambda m: md("ReviewKD").hcl_loss([nchw(m)], [nchw(wave("teacher", shape))]))


def fusion(map):
    block = md("ReviewKD").ABF(3, 4, 5, True)
    weights = {
        "conv1": (1, 1, 3, 4), "conv2": (3, 3, 4, 5), "att_conv": (1, 1, 8, 2),
    }
    for name, shape in weights.items():
        getattr(block, name)[0].weight.data = wave("teacher", shape, 0.5).permute(3, 2, 0, 1).contiguous()
    block.att_conv[0].bias.data = wave("student", (2,))
    deeper = nchw(wave("student", (2, 2, 2, 4), 2))
    output, reviewed = block(nchw(map), deeper, 4, 8)
    target = wave("teacher", (2, 8, 8, 5))
    return F.mse_loss(nhwc(output), target) + F.mse_loss(nhwc(reviewed), wave("student", (2, 8, 8, 4)))


case("ABF", "mdistiller", (2, 4, 4, 3), fusion)


def margins():
    holder = types.SimpleNamespace(_align_list=lambda a, b: (a, b))
    norm = torch.nn.BatchNorm2d(5)
    norm.weight.data = torch.tensor([1.0, 0.5, -2.0, 0.5, 0.01])
    norm.bias.data = torch.tensor([0.0, 1.0, -1.0, 2.0, -0.02])
    md("OFD").OFD.init_ofd_modules(holder, [5], [5], [norm])
    return holder.margins[0]


case("OFD", "mdistiller", MAP,
     lambda m: md("OFD").feat_loss(nchw(m), nchw(teacher_map), margins()), 2)
CASES["OFD's margins"] = {"source": "mdistiller", "shape": [5], "scale": 1.0, "values": digits(margins())}

# torchdistill's package imports models and data sets; its losses need a registry only.
td = types.ModuleType("torchdistill")
td.__path__ = [f"{FOLDER}/torchdistill/torchdistill"]
sys.modules["torchdistill"] = td
for name in ("torchdistill.losses", "torchdistill.common"):
    module = types.ModuleType(name)
    module.__path__ = [f"{FOLDER}/torchdistill/{name.replace('.', '/')}"]
    sys.modules[name] = module
constant = types.ModuleType("torchdistill.common.constant")
constant.def_logger = types.SimpleNamespace(getChild=lambda name: None)
sys.modules["torchdistill.common.constant"] = constant
losses = importlib.import_module("torchdistill.losses.mid_level")


def pair(loss, student, teacher, targets=None):
    args = ({"x": {"output": student}}, {"x": {"output": teacher}})
    return loss(*args) if targets is None else loss(*args, targets)


PATHS = ("x", "output", "x", "output")
case("DIST", "torchdistill", LOGITS,
     lambda z: pair(losses.DISTLoss(*PATHS, tau=4), z, teacher_logits), 4)
case("LSKD", "torchdistill", LOGITS,
     lambda z: pair(losses.LogitStdKDLoss(*PATHS, temperature=2, alpha=0.1, beta=9), z,
                    teacher_logits, LABELS), 4)
case("KTA", "torchdistill", MAP,
     lambda m: pair(losses.KTALoss(knowledge_translator_path="x", feature_adapter_path="x"), m, teacher_map))
case("KTA's affinity", "torchdistill", MAP,
     lambda m: pair(losses.AffinityLoss("x", "x"), nchw(m), nchw(teacher_map)))


def soft_maximum(rows):
    norm = lambda x: F.batch_norm(x, None, None, training=True, eps=1e-4)
    loss = losses.SRDLoss("f", "output", "f", "output", "z", "output", "z", "output", exponent=4)
    return loss({"f": {"output": norm(rows)}, "z": {"output": rows}},
                {"f": {"output": norm(teacher_rows)}, "z": {"output": teacher_rows}})


case("SRD", "torchdistill", ROWS, soft_maximum)


def self_supervision(logits, heads):
    loss = losses.SSKDLoss(
        student_linear_module_path="z", teacher_linear_module_path="z",
        student_linear_module_io="output", teacher_linear_module_io="output",
        student_ss_module_path="h", teacher_ss_module_path="h",
        student_ss_module_io="output", teacher_ss_module_io="output",
        kl_temp=4, ss_temp=0.5, tf_temp=4, ss_ratio=1, tf_ratio=1, loss_weights=[0.1, 0.9, 10, 2.7])
    return loss({"z": {"output": logits}, "h": {"output": heads}},
                {"z": {"output": wave("teacher", (12, 5), 4)}, "h": {"output": wave("teacher", (12, 4))}},
                LABELS[:3])


case("SSKD by outputs", "torchdistill", (12, 5),
     lambda z: self_supervision(z, wave("student", (12, 4))), 4)
case("SSKD by heads", "torchdistill", (12, 4),
     lambda h: self_supervision(wave("student", (12, 5), 4), h))

mmd = methods_of("KD_UDA", "DA/mmd.py", ["guassian_kernel", "mmd_rbf_noaccelerate"])
mmd[1].__globals__.update(guassian_kernel=mmd[0])
case("KD-UDA's gap", "KD_UDA", ROWS, lambda e: mmd[1](e, teacher_rows))

apart, diverted = methods_of("FFSD", "CIFARTrainer.py", ["diversity_loss", "diversity_target"])
attention = lambda m: nchw(m).pow(2).mean(1, keepdim=True)
case("FFSD's diversity", "FFSD", MAP,
     lambda m: apart(None, attention(m), attention(teacher_map)))
CASES["FFSD's diverted map"] = {
    "source": "FFSD", "shape": list(MAP), "scale": 1.0,
    "values": digits(nhwc(diverted(None, nchw(wave("student", MAP))))),
}

memory, choose = methods_of("HKD", "distiller_zoo/GNN.py", ["get_smooth", "cos_distance_softmax"])
choose.__globals__.update(B=types.SimpleNamespace(swapaxes=torch.transpose), eps=1e-7)


distances = choose(wave("student", (1, 6, 5), 4))
CASES["HKD's distances"] = {
    "source": "HKD", "shape": [6, 5], "scale": 4.0, "values": digits(distances),
}
holder = types.SimpleNamespace(
    memory_l=unit(wave("student", (7, 6))), memory_ab=unit(wave("teacher", (7, 6))))
_, smooth = memory(holder, unit(wave("student", (2, 6))), unit(wave("teacher", (2, 6))), CHOSEN[:, 0])
CASES["HKD's positives"] = {"source": "HKD", "shape": [2, 6], "scale": 1.0, "values": digits(smooth)}

attacks = types.ModuleType("public_attacks")
attacks.__path__ = [f"{FOLDER}/BSS/attacks"]
sys.modules["public_attacks"] = attacks
attack = importlib.import_module("public_attacks.attack_BSS")
first, second = wave("teacher", (48, 6), 0.2), wave("student", (6, 3), 3)
model = lambda x: torch.tanh(nhwc(x).reshape(x.shape[0], -1) @ first) @ second
images = wave("student", (5, 4, 4, 3))
base = model(nchw(images)).argmax(1)
found = attack.AttackBSS(num_steps=10, step_alpha=0.3, norm=2, cuda=False).run(
    model, nchw(images).contiguous(), (base + 1) % 3)
CASES["BSS's search"] = {
    "source": "BSS", "shape": [5, 4, 4, 3], "scale": 1.0, "values": digits(nhwc(found)),
}

json.dump({"sources": SOURCES, "torch": torch.__version__.split("+")[0], "cases": CASES}, real, indent=2)
real.write("\n")
