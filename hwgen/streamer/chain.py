# SPDX-License-Identifier: Apache-2.0
"""All extensions of a streamer in a row."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import MemoryConfig, StreamerConfig
from ..config.plugins import imported
from ..config.streamer_unit import extension_label
from .extension import Extension
from .front import DataJob


def chain_latency(streamer: StreamerConfig) -> int:
    """Cycles from a word to what leaves the chain; 0 if nothing in it has registers."""
    return sum(config.latency for config in streamer.extensions)


class ExtensionChain(wiring.Component):
    """All extensions of a streamer in order, each bypassed unless enabled.

    With a latency of 0 the chain is combinational. Otherwise it is a pipeline that moves as a whole:
    each place holds one step, or nothing, with its tag and what later extensions need of its job, so
    that jobs with different settings follow one another without a gap. A bypassed word takes as long
    as one that is not.

    Parameters
    ----------
    memory : MemoryConfig
    streamer : StreamerConfig
    tag : :class:`ShapeLike`
        Of what travels along with each step.
    idle : constant of that shape
        The tag in every place after reset.

    Members
    -------
    job : ``In(DataJob(memory, streamer))``
        The job that ``i`` belongs to.
    mask : ``In(channels * bank_width / 8)``
        Bytes of ``i`` that were not left out.
    i, o : ``In`` and ``Out(channels * bank_width)``
    i_tag, o_tag : ``In(tag)`` and ``Out(tag)``
    advance : ``In(1)``
        The pipeline moves: ``i`` is taken, and ``o`` makes room.

    Raises
    ------
    TypeError
        If what an extension's config names as its hardware is no `Extension`.
    """

    def __init__(self, memory: MemoryConfig, streamer: StreamerConfig, *, tag=0, idle=0):
        self.memory, self.streamer, self.tag, self.idle = memory, streamer, tag, idle
        self.latency = chain_latency(streamer)
        self.extensions = [self._extension(config) for config in streamer.extensions]
        width = streamer.channels * memory.bank_width
        super().__init__({
            "job": In(DataJob(memory, streamer)),
            "mask": In(width // 8),
            "i": In(width),
            "o": Out(width),
            "i_tag": In(tag),
            "o_tag": Out(tag),
            "advance": In(1),
        })

    def _extension(self, config) -> Extension:
        component = imported(config.hardware)
        if not (isinstance(component, type) and issubclass(component, Extension)):
            raise TypeError(f"Hardware of extension {config.kind} must be a class derived from Extension, not {component!r}")
        return component(self.memory, self.streamer, config)

    def elaborate(self, platform):
        m = Module()
        words, mask, tag = self.i, self.mask, self.i_tag
        settings = [self._settings(extension) for extension in self.extensions]
        for k, extension in enumerate(self.extensions):
            label, cycles = extension_label(extension.config), extension.config.latency
            m.submodules[label] = extension
            enable, parameters = settings[k]
            m.d.comb += [
                extension.i.eq(words),
                extension.mask.eq(mask),
                extension.advance.eq(self.advance if self.latency else 1),
                [extension.parameters[name].eq(value) for name, value in parameters.items()],
            ]
            if cycles:
                words = self._delay(m, words, cycles, f"{label}_bypass", reset_less=True, attrs={"hwgen_role": "data"})
                tag = self._delay(m, tag, cycles, f"{label}_tag", init=self.idle)
                enable = self._delay(m, enable, cycles, f"{label}_enable", reset_less=True)
                if self.streamer.tail_masks and k + 1 < len(self.extensions):
                    mask = self._delay(m, mask, cycles, f"{label}_mask", reset_less=True)
                for j in range(k + 1, len(self.extensions)):
                    later = extension_label(self.extensions[j].config)
                    settings[j] = (
                        self._delay(m, settings[j][0], cycles, f"{label}_{later}_enable", reset_less=True),
                        {name: self._delay(m, value, cycles, f"{label}_{later}_{name}", reset_less=True)
                         for name, value in settings[j][1].items()})
            out = Signal(len(self.o), name=f"{label}_o")
            m.d.comb += out.eq(Mux(enable, extension.o, words))
            words = out
        m.d.comb += [self.o.eq(words), self.o_tag.eq(tag)]
        return m

    def _settings(self, extension: Extension):
        """Switch of an extension, and its parameters by the names it gives them."""
        k = self.extensions.index(extension)
        label = extension_label(extension.config)
        return self.job.enable[k], {field.name: self.job.parameters[f"{label}_{field.name}"] for field in extension.config.fields}

    def _delay(self, m, value, cycles: int, name: str, **options):
        """``value`` so many moves later."""
        for i in range(cycles):
            stage = Signal(value.shape(), name=f"{name}_{i}", **options)
            with m.If(self.advance):
                m.d.sync += stage.eq(value)
            value = stage
        return value
