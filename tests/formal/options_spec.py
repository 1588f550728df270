# SPDX-License-Identifier: Apache-2.0
"""What options make of a step that is followed through a streamer, stated from outside."""

from amaranth import Cat, Const, Mux, Signal

from hwgen.streamer.chain import chain_latency


def bytes_kept(m, dut, job, flags, channel):
    """Mask of a channel's bytes that take part in the step that enters, by numbers: the least of what acts allows."""
    word_bytes = dut.memory.word_bytes
    if not dut.config.tail_masks:
        return Const(-1, word_bytes)
    # The step that enters is one of the job taken last.
    settings = Signal(job.entry.payload.shape())
    with m.If(job.entry.valid & job.entry.ready):
        m.d.sync += settings.eq(job.entry.payload)
    whole, edge = settings.tail_lanes_0, settings.tail_bytes_0
    of_lane, kept = Signal(range(word_bytes + 1)), Signal(range(word_bytes + 1))
    m.d.comb += of_lane.eq(Mux(~flags[0] | (channel < whole), word_bytes, Mux(channel == whole, edge, 0)))
    m.d.comb += kept.eq(Mux(flags[1] & (settings.tail_word_bytes < of_lane), settings.tail_word_bytes, of_lane))
    return Cat(kept > b for b in range(word_bytes))


def inverted(m, dut, job):
    """Whether the extension, if there is one, acts on the step that enters."""
    held = Signal()
    if dut.config.extensions:
        with m.If(job.entry.valid & job.entry.ready):
            m.d.sync += held.eq(job.entry.payload.invert_enable)
    return held


def earlier(m, dut, step, begins, name):
    """Whether a channel has not been granted all words of the steps before the one that began."""
    waits = Signal(dut.config.channels, name=name)
    most = dut.config.address_buffer_depth + dut.config.data_buffer_depth + chain_latency(dut.config) + 1
    for c, port in enumerate(dut.ports):
        granted, to_request = Signal(name=f"{name}_granted_{c}"), Signal(range(most + 1), name=f"{name}_to_request_{c}")
        before = Signal(range(most + 1), name=f"{name}_before_{c}")
        m.d.comb += [granted.eq(port.request & port.grant), waits[c].eq(before != 0)]
        m.d.sync += to_request.eq(to_request + (step.enters & step.active[c]) - granted)
        with m.If(begins):
            m.d.sync += before.eq(to_request - granted)
        with m.Elif(granted & waits[c]):
            m.d.sync += before.eq(before - 1)
    return waits.any()
