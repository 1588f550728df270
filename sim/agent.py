# SPDX-License-Identifier: Apache-2.0
"""The cocotb test inside the simulator: does what the session asks over a pipe, wakes once per request.

While it waits for a request the whole simulator stands still, so no cycle passes unasked.
"""

import ctypes
import json
import os
import signal
import time

import cocotb
from cocotb.triggers import Timer, ValueChange

PIPES = "HWGEN_SESSION_PIPES"
PARENT = "HWGEN_SESSION_PARENT"

SET_PARENT_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of Linux."""


def _end_with_parent() -> None:
    """Have the kernel end this process when the session's process dies, however it dies."""
    try:
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    except (OSError, AttributeError):
        return
    if os.getppid() != int(os.environ[PARENT]):
        os._exit(1)


def _since(wall: float, processor: float) -> dict:
    return {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - processor}


async def _play(dut, request: dict) -> dict:
    started = time.perf_counter(), time.process_time()
    dut.request.value = request["number"]
    await ValueChange(dut.answer)
    return {"number": int(dut.answer.value), **_since(*started)}


async def _run(dut, request: dict) -> dict:
    started = time.perf_counter(), time.process_time()
    await Timer(request["nanoseconds"], unit="ns")
    return {"number": request["number"], **_since(*started)}


async def _look(dut, request: dict) -> dict:
    return {"number": request["number"], "value": int(getattr(dut, request["signal"]).value)}


REQUESTS = {"play": _play, "run": _run, "look": _look}


@cocotb.test()
async def serve(dut) -> None:
    """Answer requests until the session closes its end."""
    _end_with_parent()
    from_session, to_session = (int(descriptor) for descriptor in os.environ[PIPES].split(","))
    with os.fdopen(from_session) as requests, os.fdopen(to_session, "w") as answers:
        print(json.dumps({"ready": os.getpid()}), file=answers, flush=True)
        for line in iter(requests.readline, ""):
            request = json.loads(line)
            answer = await REQUESTS[request["do"]](dut, request)
            print(json.dumps(answer), file=answers, flush=True)
