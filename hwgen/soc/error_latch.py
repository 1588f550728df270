# SPDX-License-Identifier: Apache-2.0
"""Keeps the first error until the host clears it, and works out its address."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..config.dma import LOAD, NOTIFY, STORE
from ..config.error_causes import ErrorCause
from ..config.register_map import ERROR_CAUSE_BITS, ERROR_UNIT_BITS
from ..config.units import units
from ..dma.side import ExternalReport
from ..streamer.address import ADDRESS_BITS
from ..streamer.front import ErrorReport
from .descriptors.applier import ERROR_LAYOUT


class ErrorLatch(wiring.Component):
    """First error of any streamer, with unit, channel, address and job.

    ``held`` rises one cycle after the wrong step, well before its job can complete, so nothing that
    waits for the job starts. The address is summed up from the step's pointer, the channel's strides
    and what ends of rows add, one term per cycle; ``valid`` rises when it is whole.

    Members
    -------
    <streamer name> : ``In(ErrorReport)``
    load, store, notify : ``In(ExternalReport)``, where there is an external memory
    descriptor : ``In(stream.Signature(ERROR_LAYOUT))``, where there is a queue of descriptors
        Taken once it is the first. Its unit is one beyond the last, its address the descriptor's number.
    started : ``In(ArrayLayout(count_width, units))``
        Jobs each unit has started, to number the job.
    clear : ``In(1)``
        Forget the error; one that is reported in the same cycle is the new first.
    caught : ``Out(1)``
        High for the first cycle in which an error is held.
    held, valid : ``Out(1)``
    cause, unit, channel, address, job : ``Out``
    """

    def __init__(self, config: ClusterConfig):
        self.config = config
        self.unit_count = len(units(config))
        self._descriptors = config.dma is not None and config.dma.descriptors is not None
        self.address_bits = max(ADDRESS_BITS, config.dma.address_width if config.dma else 0)
        super().__init__({
            **{name: In(ErrorReport(streamer)) for name, streamer in config.all_streamers.items()},
            **({name: In(ExternalReport(config.dma, config.jobs.count_width)) for name in (LOAD, STORE, NOTIFY)} if config.dma else {}),
            **({"descriptor": In(stream.Signature(ERROR_LAYOUT))} if self._descriptors else {}),
            "started": In(data.ArrayLayout(config.jobs.count_width, self.unit_count)),
            "clear": In(1),
            "caught": Out(1),
            "held": Out(1),
            "valid": Out(1),
            "cause": Out(ERROR_CAUSE_BITS),
            "unit": Out(ERROR_UNIT_BITS),
            "channel": Out(7),
            "address": Out(self.address_bits),
            "job": Out(config.jobs.count_width),
        })

    def elaborate(self, platform):
        m = Module()
        streamers = self.config.all_streamers
        # Ends of rows are one more dimension.
        dimensions = max(streamer.spatial_dimensions + streamer.row_wrap for streamer in streamers.values())
        bound = max(b for streamer in streamers.values() for b in streamer.spatial_bounds)
        left = [Signal(range(bound + 1), name=f"left_{d}") for d in range(dimensions)]
        strides = [Signal(signed(ADDRESS_BITS), name=f"stride_{d}") for d in range(dimensions)]
        self._left = left

        m.d.sync += self.caught.eq(0)
        with m.If(self.clear):
            m.d.sync += [self.held.eq(0), self.valid.eq(0), self.cause.eq(0)]
        with m.If(self.clear | ~self.held):
            branch = m.If
            for index, (name, streamer) in enumerate(streamers.items()):
                report = getattr(self, name)
                terms, row_ends = [report.strides[d] for d in range(streamer.spatial_dimensions)], []
                if streamer.row_wrap:
                    terms.append(report.row_wrap)
                    row_ends.append(report.row_ends)
                with branch(report.cause != 0):
                    m.d.sync += [
                        self.caught.eq(1),
                        self.held.eq(1),
                        self.cause.eq(report.cause),
                        self.unit.eq(index),
                        self.channel.eq(report.channel),
                        self.address.eq(report.pointer),
                        self.job.eq(self.started[index] - 1),
                        *(strides[d].eq(term) for d, term in enumerate(terms)),
                    ]
                    with m.Switch(report.channel):
                        for channel, lane in enumerate(streamer.lanes()):
                            with m.Case(channel):
                                times = [*lane, *row_ends, *[0] * dimensions]
                                m.d.sync += [left[d].eq(times[d]) for d in range(dimensions)]
                branch = m.Elif
            if self.config.dma:
                self._external(m, branch)

        stride, adding = Signal(signed(ADDRESS_BITS)), Signal()
        branch = m.If
        with m.If(self.held & ~self.valid & ~self.clear):
            for d in range(dimensions):
                with branch(left[d] != 0):
                    m.d.comb += [adding.eq(1), stride.eq(strides[d])]
                    m.d.sync += left[d].eq(left[d] - 1)
                branch = m.Elif
            with m.If(adding):
                m.d.sync += self.address.eq(self.address + stride)
            with m.Else():
                m.d.sync += self.valid.eq(1)
        return m

    def _external(self, m, branch):
        """Errors of the external memory's side, whose addresses are whole."""
        names = [unit.name for unit in units(self.config)]
        causes = {LOAD: ErrorCause.EXTERNAL_READ, STORE: ErrorCause.EXTERNAL_WRITE, NOTIFY: ErrorCause.EXTERNAL_WRITE}
        for name, cause in causes.items():
            report = getattr(self, name)
            with branch(report.error | report.mismatch):
                m.d.sync += [
                    self.caught.eq(1),
                    self.held.eq(1),
                    self.cause.eq(Mux(report.error, cause, ErrorCause.COPY_LENGTH)),
                    self.unit.eq(names.index(name)),
                    self.channel.eq(0),
                    self.address.eq(report.address),
                    self.job.eq(report.job),
                    *(left.eq(0) for left in self._left),
                ]
            branch = m.Elif
        if self._descriptors:
            with branch(self.descriptor.valid):
                m.d.comb += self.descriptor.ready.eq(1)
                m.d.sync += [
                    self.caught.eq(1),
                    self.held.eq(1),
                    self.cause.eq(self.descriptor.payload.cause),
                    self.unit.eq(self.unit_count),
                    self.channel.eq(0),
                    self.address.eq(self.descriptor.payload.number),
                    self.job.eq(0),
                    *(left.eq(0) for left in self._left),
                ]
