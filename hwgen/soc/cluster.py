# SPDX-License-Identifier: Apache-2.0
"""The whole cluster: scratchpad, interconnect, streamers, accelerator, copy engines and job control."""

from amaranth import Cat, Module, ResetInserter
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from ..config import ClusterConfig
from ..config.dma import LOAD, LOAD_STREAMER, NOTIFY, STORE, STORE_STREAMER
from ..config.register_map import RegisterMap
from ..dma.load import LoadEngine
from ..dma.notify import NotifyEngine
from ..dma.port import ExternalPort, axi_pins
from ..dma.store import StoreEngine
from ..parts.probe import probe
from ..streamer.reader import ReadStreamer
from ..streamer.writer import WriteStreamer
from .accelerator import Accelerator
from .control import AXI_PINS, JobControl
from .interconnect import Interconnect
from .scratchpad import Scratchpad

AXI_PREFIX = "s_axil_"
EXTERNAL_PREFIX = "m_axi_"


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
    m_axi_* : AXI4 manager, if the config has a ``dma``
    irq : ``Out(1)``
    """

    def __init__(self, config: ClusterConfig, *, bank_module: str | None = None):
        self.config, self.bank_module = config, bank_module
        self.map = RegisterMap(config)
        self._control = JobControl(config)
        super().__init__({
            **{AXI_PREFIX + name: self._control.signature.members[name] for name in AXI_PINS},
            **({EXTERNAL_PREFIX + name: member for name, member in axi_pins(config.dma).items()} if config.dma else {}),
            "irq": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, control = self.config, self._control
        resets = ResetInserter(control.reset)
        interconnect, accelerator = Interconnect(config), Accelerator(config)
        m.submodules.control = control
        m.submodules.interconnect = resets(interconnect)
        m.submodules.scratchpad = scratchpad = Scratchpad(config, bank_module=self.bank_module)
        m.submodules.accelerator = resets(accelerator)
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

        streamers = {name: self._streamer(m, name, resets, interconnect) for name in config.all_streamers}
        for name, streamer in config.streamers.items():
            unit = streamers[name]
            if streamer.reads:
                connect(m, unit.o, getattr(accelerator, name))
            else:
                connect(m, getattr(accelerator, name), unit.i)
                probe(m, f"blocked_{name}", unit.i.valid & ~unit.i.ready)
        for unit in config.accelerator.units():
            connect(m, getattr(control, f"job_{unit.name}"), getattr(accelerator, f"job_{unit.name}"))
        if config.dma:
            self._external(m, resets, streamers)
        return m

    def _streamer(self, m, name, resets, interconnect):
        """One streamer with its ports, its job and what is watched of it; its data are left to the caller."""
        config, control = self.config, self._control
        streamer = config.all_streamers[name]
        unit = (ReadStreamer if streamer.reads else WriteStreamer)(config.memory, name, streamer)
        m.submodules[f"streamer_{name}"] = resets(unit)
        for own, port in zip(unit.ports, getattr(interconnect, name), strict=True):
            connect(m, own, port)
        for what in ("request", "grant"):
            probe(m, f"{what}_{name}", Cat(getattr(port, what) for port in unit.ports))
        connect(m, getattr(control, f"job_{name}"), unit.job)
        status = getattr(control, f"status_{name}")
        m.d.comb += [getattr(control, f"error_{name}").eq(unit.error), status.accesses.eq(unit.accesses)]
        if streamer.reads:
            m.d.comb += status.waiting.eq(unit.waiting)
        return unit

    def _external(self, m, resets, streamers):
        """Copy engines between their streamers and the external port."""
        config, control, dma = self.config, self._control, self.config.dma
        width = config.jobs.count_width
        engines = {
            LOAD: LoadEngine(dma, config.memory, width), STORE: StoreEngine(dma, config.memory, width), NOTIFY: NotifyEngine(dma, width)}
        load, store, notify = engines.values()
        m.submodules.external = port = ExternalPort(dma, readers=1 + (dma.descriptors is not None), writers=2)
        for name, engine in engines.items():
            m.submodules[name] = resets(engine)
            connect(m, getattr(control, f"job_{name}"), engine.job)
            m.d.comb += getattr(control, f"report_{name}").eq(engine.report)
        connect(m, load.o, streamers[LOAD_STREAMER].i)
        connect(m, streamers[LOAD_STREAMER].piece, load.piece)
        connect(m, streamers[STORE_STREAMER].o, store.i)
        connect(m, streamers[STORE_STREAMER].piece, store.piece)
        connect(m, load.bus, port.readers[0])
        if dma.descriptors:
            connect(m, control.fetch, port.readers[1])
        connect(m, store.bus, port.writers[0])
        connect(m, notify.bus, port.writers[1])
        m.d.comb += [port.drain.eq(control.reset), control.drained.eq(port.drained)]
        for name, member in axi_pins(dma).items():
            pin, inner = getattr(self, EXTERNAL_PREFIX + name), getattr(port, name)
            m.d.comb += inner.eq(pin) if member.flow is In else pin.eq(inner)
