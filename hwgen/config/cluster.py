# SPDX-License-Identifier: Apache-2.0
"""The whole cluster, and the checks that concern more than one of its parts."""

import hashlib
import json
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from .accelerators import AnyAccelerator
from .base import StrictModel
from .dma import DmaConfig
from .memory import MemoryConfig
from .registers import Unit
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
    accelerator: AnyAccelerator
    jobs: JobsConfig = JobsConfig()
    interconnect: InterconnectConfig = InterconnectConfig()
    dma: DmaConfig | None = None
    """External memory and what copies from and to it; a cluster can do without."""

    @property
    def all_streamers(self) -> dict[str, StreamerConfig]:
        """The accelerator's streamers, then those of the copy engines."""
        return self.streamers | (self.dma.streamers if self.dma else {})

    def engines(self) -> tuple[Unit, ...]:
        """Units of the external memory's side."""
        return self.dma.units() if self.dma else ()

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
        sides = {} if self.dma is None else {"dma.load": self.dma.load, "dma.store": self.dma.store}
        for where, streamer in ({f"streamers.{name}": streamer for name, streamer in self.streamers.items()} | sides).items():
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
    def _check_dma(self) -> Self:
        if self.dma is None:
            return self
        for side in ("load", "store"):
            streamer = getattr(self.dma, side)
            if streamer.channels * self.memory.bank_width != self.dma.data_width:
                raise ValueError(
                    f"dma.{side}.spatial_bounds: the port moves {self.dma.data_width} bits a cycle, which is"
                    f" {self.dma.data_width / self.memory.bank_width:g} channels of {self.memory.bank_width} bits,"
                    f" not {streamer.channels}"
                )
        for name, streamer in self.streamers.items():
            if streamer.byte_addressed:
                raise ValueError(f"streamers.{name}.byte_addressed: must be false but for those of dma, not {streamer.byte_addressed!r}")
        return self

    @model_validator(mode="after")
    def _check_accelerator(self) -> Self:
        ports = self.accelerator.ports(self.memory)
        if set(ports) != set(self.streamers):
            raise ValueError(
                f"streamers: must be the accelerator's stream ports {', '.join(ports)}, not {', '.join(self.streamers)}"
            )
        for name, port in ports.items():
            streamer = self.streamers[name]
            if streamer.mode != port.mode:
                raise ValueError(f'streamers.{name}.mode: must be "{port.mode}", not "{streamer.mode}"')
            if streamer.channels * self.memory.bank_width != port.width:
                raise ValueError(
                    f"streamers.{name}.spatial_bounds: the accelerator moves {port.width} bits a step, which is"
                    f" {port.width / self.memory.bank_width:g} channels of {self.memory.bank_width} bits,"
                    f" not {streamer.channels}"
                )
        try:
            self.accelerator.check(self)
        except ValueError as error:
            raise ValueError(f"accelerator.{error}") from None
        names = [*self.all_streamers, *(unit.name for unit in (*self.accelerator.units(), *self.engines()))]
        if len({name.lower() for name in names}) != len(names):
            raise ValueError(f"accelerator: all units and ports must differ in their names, not {', '.join(names)}")
        return self
