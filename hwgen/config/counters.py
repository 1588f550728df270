# SPDX-License-Identifier: Apache-2.0
"""Names and order of the performance counters; hardware, documents and reports all use these."""

from .cluster import ClusterConfig

WAIT_CAUSES = ("bank_conflict", "no_address", "no_credit", "memory_latency")
"""Why a reader has no word, in the order in which simultaneous causes are charged."""


def cycle_causes(config: ClusterConfig) -> tuple[str, ...]:
    """What a cycle can be charged to: ``steps`` first, then every named stall.

    Each cycle is charged to exactly one, the first that applies in this order:

    Where there is an external memory, ``dma`` takes the place of ``dependency`` if what the unit waits for is a unit
    of the external memory's side, and of ``configuration`` in the last case if one has a job.

    1. ``steps``: the accelerator did a step of its work, for the GeMM core one M x N x K block; ``pass`` if it
       carried a word past it instead;
    2. the accelerator misses a word of a reader (readers in order of the config): ``dependency`` if the
       reader's job waits for another, ``configuration`` if it has none, ``fill`` before the first
       step after an idle accelerator, else ``<reader>_<cause>`` with the reader's first cause of
       `WAIT_CAUSES`;
    3. a result cannot leave: ``dependency`` or ``configuration`` likewise if no writer is running, else
       ``output_blocked``;
    4. an accelerator that does not report its status leaves a word untaken: ``accelerator_busy``;
    5. the next job of the accelerator's first unit waits for another: ``dependency``;
    6. results are on their way to memory: ``drain``;
    7. some unit's next job waits for another: ``dependency``;
    8. else nothing has been asked of the accelerator: ``configuration``.
    """
    readers = [name for name, streamer in config.streamers.items() if streamer.reads]
    waits = [f"{name}_{cause}" for name in readers for cause in WAIT_CAUSES]
    busy = () if config.accelerator.reports_status else ("accelerator_busy",)
    passes = ("pass",) if config.accelerator.passes else ()
    dma = ("dma",) if config.dma else ()
    return ("steps", *passes, *waits, "output_blocked", *busy, "dependency", *dma, "configuration", "fill", "drain")
