"""Does the benchmark's work in PyTorch: one JSON request a line on stdin, one JSON reply a line on stdout.

Requests: {"do": "hello", "threads": n, "device": "cpu" | "cuda"}, {"do": "build", "id", "work", "how"},
{"do": "run", "id", "steps"}, {"do": "matmul", "size"}, {"do": "drop"}. A reply holds "error" when a
request failed; the process stays. It ends when stdin does.
"""
import ctypes
import gc
import json
import os
import platform
import sys
import time
import traceback

# Whatever a compiler or a library prints must not come between the replies.
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

def keep_freed_memory():
    """Has glibc keep freed memory, as it does in our process.

    By default it gives maps over 32 MiB back and asks the kernel for fresh ones, page by page: MobileNetV2 at
    width 1 takes 430,000 page faults per step and 1.7 times the time, until something large has been freed.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    trim_threshold, mmap_threshold, never = -1, -3, 2**31 - 1
    libc = ctypes.CDLL(None)
    libc.mallopt(mmap_threshold, never)
    libc.mallopt(trim_threshold, never)


keep_freed_memory()

import torch  # noqa: E402

from works import build_work  # noqa: E402

state = {"device": torch.device("cpu"), "works": {}}


def wait():
    if state["device"].type == "cuda":
        torch.cuda.synchronize()


def hello(request):
    torch.set_num_threads(request["threads"])
    torch.manual_seed(1)
    state["device"] = torch.device(request["device"])
    cuda = state["device"].type == "cuda"
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if cuda else "CPU",
        "capability": torch.backends.cpu.get_cpu_capability(),
    }


def build(request):
    work = build_work(request["work"], request["how"], state["device"])
    state["works"][request["id"]] = work
    return {"parameters": work.parameters}


def run(request):
    step = state["works"][request["id"]].step
    wait()
    start = time.perf_counter()
    for _ in range(request["steps"]):
        step()
    wait()
    return {"ms": (time.perf_counter() - start) * 1000}


def matmul(request):
    size = request["size"]
    a = torch.rand(size, size, device=state["device"])
    b = torch.rand(size, size, device=state["device"])
    with torch.inference_mode():
        a @ b
        wait()
        start = time.perf_counter()
        a @ b
        wait()
    return {"ms": (time.perf_counter() - start) * 1000}


def drop(request):
    state["works"].clear()
    torch._dynamo.reset()
    gc.collect()
    return {}


DO = {"hello": hello, "build": build, "run": run, "matmul": matmul, "drop": drop}

for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = DO[request["do"]](request)
    except Exception as error:
        traceback.print_exc()
        reply = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
    print(json.dumps(reply), file=replies, flush=True)
