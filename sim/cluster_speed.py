# SPDX-License-Identifier: Apache-2.0
"""How fast a whole cluster simulates while its core is busy, beside the bare array."""

from rich.console import Console

from ..compiler.gemm import plan
from ..compiler.jobs import BusWriter
from ..compiler.problem import GemmProblem
from ..config import ClusterConfig
from ..config.register_map import RegisterMap
from .design import simulator_for
from .program import Program
from .speed import Speed, build_bare_array, measure_speed

JOBS = 16


def busy_program(config: ClusterConfig) -> Program:
    """Jobs in a row that keep the core multiplying, about 130,000 cycles for the default cluster.

    What is multiplied is whatever the scratchpad holds.
    """
    core, registers = config.accelerator.core, RegisterMap(config)
    size = config.memory.size
    side = 8
    depth = 1
    while True:
        problem = GemmProblem(side * core.m, side * core.n, depth * 2 * core.k, out_type="int8")
        words = problem.m * problem.k + problem.k * problem.n + problem.m * problem.n
        if words > size * 7 // 8 or depth >= 128:
            break
        depth *= 2
    problem = GemmProblem(side * core.m, side * core.n, max(1, depth // 2) * core.k, out_type="int8")
    mapping, writer, program = plan(problem, config), BusWriter(registers), Program()
    full = registers.address("cluster.queue_full")
    jobs = max(JOBS, 120_000 // mapping.steps)
    for index in range(jobs):
        if index >= config.jobs.queue_depth:
            program.poll(full, (1 << len(registers.units)) - 1, 0)
        for address, value in writer.writes(mapping.job(interrupt=False)):
            program.write(address, value)
    program.poll(registers.address("cluster.status"), (1 << len(registers.units)) - 1, 0)
    return program


def cluster_speed(config: ClusterConfig, *, console: Console | None = None) -> Speed:
    """Simulated cycles per second of ``config``'s cluster and of the bare 8 x 8 x 8 array, in turns."""
    built = simulator_for(config, console=console)
    return measure_speed(built, busy_program(config), bare=build_bare_array())
