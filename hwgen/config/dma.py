# SPDX-License-Identifier: Apache-2.0
"""External memory: the AXI4 port, the copy engines behind it, and what fetches descriptors."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from .base import PowerOfTwo, StrictModel
from .registers import Register, Unit, register
from .streamer import StreamerConfig
from .streamer_unit import RUN_BITS

ID_WIDTH = 2
"""Bits of AXI transaction identifiers."""
BURST_BOUNDARY = 4096
"""Bytes; no AXI burst crosses a multiple of it (AMBA AXI specification, A3.4.1)."""
LOAD_STREAMER, STORE_STREAMER = "L", "S"
"""Names of the streamers at the scratchpad's side of the copy engines."""
LOAD, STORE, NOTIFY = "load", "store", "notify"
"""Names of the copy engines' units, and of the one that writes single words."""


class DescriptorConfig(StrictModel):
    """What fetches job descriptors from memory and pushes their entries."""

    buffer_words: Annotated[PowerOfTwo, Field(ge=64, le=4096)] = 256
    """Words of 32 bits fetched ahead; no descriptor may be longer."""
    runtime_registers: Annotated[int, Field(ge=1, le=64)] = 16
    """Registers whose values can take the place of a descriptor's words."""


class DmaConfig(StrictModel):
    """Copies between external memory and the scratchpad, both ways at once."""

    data_width: Annotated[PowerOfTwo, Field(ge=32, le=1024)] = 512
    """Bits of the AXI4 port's data."""
    address_width: Annotated[int, Field(ge=16, le=64)] = 32
    """Bits of an external byte address."""
    outstanding: Annotated[PowerOfTwo, Field(ge=2, le=512)] = 128
    """Bursts of each direction that may be under way; latency times one burst a cycle hides it for single beats."""
    dimensions: Annotated[int, Field(ge=1, le=8)] = 4
    """Loops over contiguous runs of bytes in external memory."""
    load: StreamerConfig
    """Writer of what comes from external memory, named L in jobs."""
    store: StreamerConfig
    """Reader of what goes there, named S in jobs."""
    descriptors: DescriptorConfig | None = DescriptorConfig()
    """Job descriptors in memory; without them all jobs come over the bus."""

    @property
    def data_bytes(self) -> int:
        return self.data_width // 8

    @property
    def streamers(self) -> dict[str, StreamerConfig]:
        """Streamers by name."""
        return {LOAD_STREAMER: self.load, STORE_STREAMER: self.store}

    @property
    def loops(self) -> StreamerConfig:
        """The loops over runs in external memory, as those of a streamer."""
        return StreamerConfig(mode="read", spatial_bounds=(1,), temporal_dimensions=self.dimensions)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for side, mode in (("load", "write"), ("store", "read")):
            streamer = getattr(self, side)
            if streamer.mode != mode:
                raise ValueError(f'{side}.mode: must be "{mode}", not "{streamer.mode}"')
            if not streamer.byte_addressed:
                raise ValueError(f"{side}.byte_addressed: must be true, not {streamer.byte_addressed!r}")
        return self

    def units(self) -> tuple[Unit, ...]:
        """Engines that take jobs: copies in, copies out, and single words written elsewhere."""
        notify = Unit(NOTIFY, "notify", (
            *self._address("address", "Byte address in external memory; a multiple of 4."),
            register("data", 32, "Word written there."),
        ))
        return self._engine(LOAD), self._engine(STORE), notify

    def _address(self, name: str, meaning: str) -> tuple[Register, ...]:
        low = register(name, min(32, self.address_width), meaning)
        if self.address_width <= 32:
            return (low,)
        return low, register(f"{name}_high", self.address_width - 32, f"Bits 32 and up of {name}.")

    def _engine(self, name: str) -> Unit:
        words = [
            *self._address("external_base", "Byte address of the first run in external memory."),
            register("run_bytes", RUN_BITS, "Bytes of a run, which lie one after the other in external memory; zero makes an empty job."),
        ]
        for d in range(self.dimensions):
            words.append(register(f"external_bound_{d}", self.loops.bound_width, f"Runs along loop {d} (0 is innermost); any bound of zero makes an empty job."))
        for d in range(self.dimensions):
            words.append(register(f"external_stride_{d}", 32, f"Bytes between iterations of loop {d}.", signed=True))
        if name == LOAD:
            words += [
                register("fill", 1, "Nothing is read; all bytes come from fill_pattern."),
                register("fill_pattern", 32, "Bytes to fill with, repeated over the words of a step; so the lowest is at addresses that are multiples of 4, if bank words have 4 bytes or more."),
            ]
        return Unit(name, "dma", tuple(words))
