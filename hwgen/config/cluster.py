# SPDX-License-Identifier: Apache-2.0
"""The whole cluster, and the checks that concern more than one of its parts."""

import hashlib
import json
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from .accelerator import GemmAcceleratorConfig
from .base import StrictModel
from .memory import MemoryConfig
from .streamer import StreamerConfig

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)]


class JobsConfig(StrictModel):
    """Job control: how far the host may run ahead and what an entry can wait for."""

    queue_depth: Annotated[int, Field(ge=2, le=64)] = 4
    """Jobs each unit can hold besides the running one."""
    waits: Annotated[int, Field(ge=1, le=8)] = 4
    """Conditions one entry can wait for."""
    semaphores: Annotated[int, Field(ge=1, le=32)] = 8
    """Counting semaphores that entries and the host can signal and wait on."""
    count_width: Annotated[int, Field(ge=8, le=24)] = 16
    """Bits of completion counters and of the counts that waits name."""
    semaphore_width: Annotated[int, Field(ge=4, le=16)] = 8
    """Bits of a semaphore's value."""


class InterconnectConfig(StrictModel):
    """Arbitration between the streamers at each bank."""

    fair_period: Annotated[int, Field(ge=2, le=256)] = 8
    """Cycles between two turns in which one unit, each in order, wins every bank it asks for."""


class ClusterConfig(StrictModel):
    """Everything the generator needs to know of one cluster."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=48)]
    """Names the design; part of the Verilog module's name."""
    memory: MemoryConfig = MemoryConfig()
    streamers: Annotated[dict[Name, StreamerConfig], Field(min_length=1, max_length=16)]
    """Streamers by the name of the accelerator's stream port they serve."""
    accelerator: GemmAcceleratorConfig
    jobs: JobsConfig = JobsConfig()
    interconnect: InterconnectConfig = InterconnectConfig()

    @property
    def module_name(self) -> str:
        return self.name.replace("-", "_")

    def canonical_json(self) -> str:
        """The resolved config, every default written out, in one canonical form.

        Streamers keep their order, which is that of units, masks and wait sources.
        """
        return json.dumps(self.model_dump(mode="json"), separators=(",", ":"))

    @property
    def config_hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the resolved config."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()[:16]

    @model_validator(mode="after")
    def _check_streamers(self) -> Self:
        for name, streamer in self.streamers.items():
            where = f"streamers.{name}"
            for group in streamer.groups:
                if group > self.memory.banks:
                    raise ValueError(
                        f"{where}.groups: must not exceed the {self.memory.banks} banks, not {group!r}"
                    )
            if streamer.reach != "all" and streamer.reach > self.memory.banks:
                raise ValueError(
                    f"{where}.reach: must not exceed the {self.memory.banks} banks, not {streamer.reach!r}"
                )
            for extension in streamer.extensions:
                try:
                    extension.check(streamer, self.memory)
                except ValueError as error:
                    raise ValueError(f"{where}.extensions: {error}") from None
        return self

    @model_validator(mode="after")
    def _check_accelerator(self) -> Self:
        ports = self.accelerator.port_widths
        if set(ports) != set(self.streamers):
            raise ValueError(
                f"streamers: must be the accelerator's stream ports {', '.join(ports)}, not {', '.join(self.streamers)}"
            )
        for name, (mode, width) in ports.items():
            streamer = self.streamers[name]
            if streamer.mode != mode:
                raise ValueError(f'streamers.{name}.mode: must be "{mode}", not "{streamer.mode}"')
            if streamer.channels * self.memory.bank_width != width:
                raise ValueError(
                    f"streamers.{name}.spatial_bounds: the core moves {width} bits a step, which is"
                    f" {width / self.memory.bank_width:g} channels of {self.memory.bank_width} bits,"
                    f" not {streamer.channels}"
                )
        core, quantizer = self.accelerator.core, self.accelerator.quantizer
        lanes, tile = quantizer.lanes, core.m * core.n
        if tile % lanes or (lanes % core.n and core.n % lanes):
            raise ValueError(
                f"accelerator.quantizer.lanes: must divide the {tile} elements of a tile and be a"
                f" multiple or a divisor of {core.n}, not {lanes!r}"
            )
        if quantizer.channels not in (1, core.n):
            raise ValueError(
                f"accelerator.quantizer.channels: must be 1 or the core's {core.n} columns,"
                f" not {quantizer.channels!r}"
            )
        return self
