# SPDX-License-Identifier: Apache-2.0
"""Whether a program does what it says on any hardware that keeps to its waits: found out before anything runs."""

from itertools import accumulate

import numpy as np

from ...config import ClusterConfig
from ...config.dma import LOAD, NOTIFY, STORE
from ...config.register_map import RegisterMap
from ...errors import MappingError
from .bounds import ExternalBounds, ScratchpadBounds, check_buffers
from .clocks import Clocks, disordered_streams
from .entries import Entries, numbered
from .external import ExternalHazards, ExternalRuns
from .flow import Flow
from .footprints import Footprints
from .halt import check_distance, check_reachable, check_room
from .hazards import Hazards
from .legality import check_config, check_legal
from .program import Program
from .progress import Progress
from .resolve import Registers, resolved


def check(program: Program, config: ClusterConfig, *, registers: Registers | None = None, external: np.ndarray | None = None,
          queue_depth: int | None = None, serial: bool = False) -> None:
    """Refuse a program that is wrong, or whose outcome depends on time.

    What is found: fields, values and waits that the cluster does not have; waits that are never met, and any halt, be it
    of waits, queues or streams; streams that bring other words than are taken; accesses that are unaligned, beyond a port's
    reach or outside the buffers, and writes to inputs and constants; two accesses to a word of the scratchpad or a byte of external
    memory, one of them a write, that neither waits nor streams order.

    Parameters
    ----------
    program : Program
    config : ClusterConfig
        Of the cluster that is to run it.
    registers : mapping of int, optional
        What run-time registers hold, by number, where fields depend on them.
    external : array of uint8, optional
        Contents of external memory, where fields come from tables in it.
    queue_depth : int, optional
        Entries that each queue holds besides the one running; the config's if left out.
    serial : bool
        Each job is only pushed once all before have ended.

    Raises
    ------
    MappingError
        On the first thing that is wrong, with the entries it concerns.
    """
    check_config(program, config)
    check_buffers(program.buffers, config)
    registers_map = RegisterMap(config)
    check_legal(program, registers_map)
    known = resolved(program, config, registers, external)
    if known is not program:
        check_legal(known, registers_map)
    entries, footprints = numbered(known, config), Footprints(config)
    check_reachable(entries)
    check_room(entries, (1 << config.jobs.semaphore_width) - 1)
    pushed = {unit: list(accumulate(int(unit in job.entries) for job in known.jobs)) for unit in entries}
    check_distance(entries, 1 << config.jobs.count_width - 1, pushed)
    runs = ExternalRuns(config) if config.dma is not None else None
    _check_bounds(known, config, entries, footprints, runs)
    flow = Flow(config, entries, footprints.copied)
    progress = Progress(config, known.jobs, entries, flow, queue_depth=queue_depth, serial=serial)
    progress.run()
    clocks = Clocks(config, entries, flow, progress.events)
    for stream, one, other in disordered_streams(clocks, flow):
        raise MappingError(f"{other} must wait for {one} #{one.number} to end, since both exchange words with {stream}")
    hazards = Hazards(config, entries, flow, clocks, footprints)
    outside = ExternalHazards(entries, clocks, runs) if runs is not None else None
    for event in progress.events:
        if event.end and event.unit in config.all_streamers:
            hazards.add(entries[event.unit][event.number - 1])
        elif event.end and event.unit in (LOAD, STORE, NOTIFY):
            outside.add(entries[event.unit][event.number - 1])


def _check_bounds(program: Program, config: ClusterConfig, entries: Entries, footprints: Footprints, runs: ExternalRuns | None) -> None:
    inside = ScratchpadBounds(config, program.buffers, footprints)
    for unit in config.all_streamers:
        for one in entries[unit]:
            inside.check(one)
    if runs is not None:
        outside = ExternalBounds(program.buffers, runs)
        for unit in (LOAD, STORE, NOTIFY):
            for one in entries[unit]:
                outside.check(one)
