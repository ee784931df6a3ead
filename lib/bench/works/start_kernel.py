"""Prints the milliseconds from the start of Deno's Jupyter kernel until a cell has run in it.

Usage: start_kernel.py CODE
"""
import os
import sys
import time

from jupyter_client.manager import KernelManager

# What the kernel prints by itself goes to standard error.
reply = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

start = time.perf_counter()
manager = KernelManager(kernel_name="deno")
manager.start_kernel()
client = manager.client()
client.start_channels()
try:
    client.wait_for_ready(timeout=120)
    answer = client.execute_interactive(sys.argv[1], timeout=120)
    elapsed = (time.perf_counter() - start) * 1000
    if answer["content"]["status"] != "ok":
        sys.exit(f"the cell failed: {answer['content'].get('evalue')}")
    print(elapsed, file=reply, flush=True)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
