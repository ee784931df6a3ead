"""Runs a notebook headless and tells what happens, one JSON object a line on standard output.

Usage: run_notebook.py INPUT OUTPUT FOLDER KERNEL

INPUT is executed in FOLDER; the executed copy goes to OUTPUT, whether it ended well or not. Exit codes:
0 all cells ran, 1 a cell failed, 3 stopped by a signal. The first SIGINT or SIGTERM interrupts the
running cell, which may save what it has; the second one ends everything at once.
"""
import asyncio
import json
import os
import signal
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

# Events have a descriptor of their own: whatever the kernel prints by itself goes to standard error.
EVENTS = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
os.dup2(2, 1)

# One key press can arrive twice: from the terminal and from the process that started this one.
SAME_SIGNAL_SECONDS = 1


def emit(event, **fields):
    EVENTS.write(json.dumps({"event": event, **fields}) + "\n")
    EVENTS.flush()


class Stopped(Exception):
    pass


class Runner(NotebookClient):
    stopped_at = None
    lost = None

    def process_message(self, msg, cell, cell_index):
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            emit("stream", stream=content["name"], text=content["text"])
        elif kind in ("display_data", "update_display_data", "execute_result"):
            text = content["data"].get("text/plain", "")
            emit(
                "display",
                text=text if isinstance(text, str) else "".join(text),
                types=sorted(content["data"]),
                live="display_id" in content.get("transient", {}),
                update=kind == "update_display_data",
            )
        elif kind == "error":
            # Errors that no cell awaited come without one in the reply.
            self.lost = content
        return super().process_message(msg, cell, cell_index)

    def stop(self):
        now = time.monotonic()
        if self.stopped_at is not None and now - self.stopped_at < SAME_SIGNAL_SECONDS:
            return
        if self.stopped_at is not None:
            os.kill(self.km.provisioner.pid, signal.SIGKILL)
            os._exit(3)
        self.stopped_at = now
        emit("stopping")
        asyncio.ensure_future(self._interrupt())

    async def _interrupt(self):
        await self.km.interrupt_kernel()

    async def on_start(self, **_):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)

    async def before_cell(self, cell, cell_index, **_):
        if self.stopped_at is not None:
            raise Stopped()
        if cell.cell_type == "code":
            emit("cell", index=cell_index)


async def main(source, target, folder, kernel):
    notebook = nbformat.read(source, as_version=4)
    runner = Runner(
        notebook,
        timeout=None,
        startup_timeout=120,
        kernel_name=kernel,
        resources={"metadata": {"path": folder}},
        record_timing=True,
    )
    runner.on_notebook_start = runner.on_start
    runner.on_cell_start = runner.before_cell
    code = 0
    try:
        await runner.async_execute()
        if runner.lost is not None and runner.stopped_at is None:
            code = 1
            emit("failed", name=runner.lost["ename"], value=runner.lost["evalue"], traceback="")
        else:
            emit("done")
            code = 3 if runner.stopped_at is not None else 0
    except CellExecutionError as error:
        code = 3 if runner.stopped_at is not None else 1
        emit("failed", name=error.ename, value=error.evalue, traceback=str(error.traceback))
    except DeadKernelError:
        code = 3 if runner.stopped_at is not None else 1
        emit("failed", name="DeadKernel", value="the kernel ended by itself", traceback="")
    except Stopped:
        code = 3
    except Exception as error:  # noqa: BLE001 whatever it was, the executed part is kept
        code = 1
        emit("failed", name=type(error).__name__, value=str(error), traceback="")
    nbformat.write(notebook, target)
    return code


sys.exit(asyncio.run(main(*sys.argv[1:])))
