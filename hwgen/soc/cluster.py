# SPDX-License-Identifier: Apache-2.0
"""The whole cluster: scratchpad, interconnect, streamers, accelerator and job control."""

from amaranth import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from ..config import ClusterConfig
from ..config.register_map import RegisterMap
from ..parts.probe import probe
from ..streamer.reader import ReadStreamer
from ..streamer.writer import WriteStreamer
from .accelerator import Accelerator
from .control import AXI_PINS, JobControl
from .interconnect import Interconnect
from .scratchpad import Scratchpad

AXI_PREFIX = "s_axil_"


class Cluster(wiring.Component):
    """One cluster, ready to be emitted.

    Parameters
    ----------
    config : ClusterConfig
    bank_module : str or None
        As in `Scratchpad`.

    Members
    -------
    s_axil_* : AXI4-Lite subordinate, 32-bit data
    irq : ``Out(1)``
    """

    def __init__(self, config: ClusterConfig, *, bank_module: str | None = None):
        self.config, self.bank_module = config, bank_module
        self.map = RegisterMap(config)
        self._control = JobControl(config)
        super().__init__({
            **{AXI_PREFIX + name: self._control.signature.members[name] for name in AXI_PINS},
            "irq": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.control = control = self._control
        m.submodules.interconnect = interconnect = Interconnect(config)
        m.submodules.scratchpad = scratchpad = Scratchpad(config, bank_module=self.bank_module)
        m.submodules.accelerator = accelerator = Accelerator(config)
        for name, direction in AXI_PINS.items():
            pin, inner = getattr(self, AXI_PREFIX + name), getattr(control, name)
            m.d.comb += inner.eq(pin) if direction is In else pin.eq(inner)
        m.d.comb += [
            self.irq.eq(control.irq),
            control.accelerator_status.eq(accelerator.status),
            accelerator.reading.eq(control.reading),
            accelerator.running.eq(control.running),
        ]

        connect(m, control.window, interconnect.window)
        for b in range(config.memory.banks):
            connect(m, interconnect.banks[b], scratchpad.banks[b])
        for name, streamer in config.streamers.items():
            unit = (ReadStreamer if streamer.reads else WriteStreamer)(config.memory, name, streamer)
            m.submodules[f"streamer_{name}"] = unit
            for own, port in zip(unit.ports, getattr(interconnect, name), strict=True):
                connect(m, own, port)
            for what in ("request", "grant"):
                probe(m, f"{what}_{name}", Cat(getattr(port, what) for port in unit.ports))
            if streamer.reads:
                connect(m, unit.o, getattr(accelerator, name))
                m.d.comb += getattr(control, f"status_{name}").waiting.eq(unit.waiting)
            else:
                connect(m, getattr(accelerator, name), unit.i)
                probe(m, f"blocked_{name}", unit.i.valid & ~unit.i.ready)
            connect(m, getattr(control, f"job_{name}"), unit.job)
            m.d.comb += [
                getattr(control, f"error_{name}").eq(unit.error),
                getattr(control, f"status_{name}").accesses.eq(unit.accesses),
            ]
        for unit in self.map.units:
            if unit.kind != "streamer":
                connect(m, getattr(control, f"job_{unit.name}"), getattr(accelerator, f"job_{unit.name}"))
        return m
