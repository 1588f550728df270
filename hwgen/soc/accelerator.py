# SPDX-License-Identifier: Apache-2.0
"""Whatever accelerator the config names, brought to the form that a cluster wires up."""

from amaranth import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import ClusterConfig
from ..config.plugins import imported
from ..errors import ConfigError
from ..parts.job import JobSignature


class AcceleratorStatus(data.StructLayout):
    """What the cycle counters watch of an accelerator: ``step``, ``active``, ``blocked`` and ``needs_<reader>``;
    ``passing`` where the accelerator can carry words past its work, ``busy`` where the status is derived."""

    def __init__(self, config: ClusterConfig):
        readers = [name for name, streamer in config.streamers.items() if streamer.reads]
        busy = {} if config.accelerator.reports_status else {"busy": 1}
        passing = {"passing": 1} if config.accelerator.passes else {}
        super().__init__({"step": 1, "active": 1, "blocked": 1, **passing, **busy, **{f"needs_{name}": 1 for name in readers}})


class Accelerator(wiring.Component):
    """The accelerator with a status, its own or one derived from its streams.

    The derived status counts a step for each word taken from or given to the pacing port; it misses a
    word where a port is ready and has none while any reader is running, and is blocked where a
    result is valid and not taken, and busy where a word is valid and not taken.

    Parameters
    ----------
    config : ClusterConfig

    Members
    -------
    <port> : ``In`` or ``Out(stream.Signature(width))``
    job_<unit> : ``Out(JobSignature(unit))``
    reading : ``In(1)``
        Some reader is running.
    running : ``In(1)``
        Some unit of the accelerator is running.
    status : ``Out(AcceleratorStatus(config))``

    Raises
    ------
    ConfigError
        If the component has not the members that its description promises.
    """

    def __init__(self, config: ClusterConfig):
        self.config = config
        self.ports = config.accelerator.ports(config.memory)
        self._inner = imported(config.accelerator.hardware)(config.accelerator, config.memory)
        members = {name: (In if port.mode == "read" else Out)(stream.Signature(port.width)) for name, port in self.ports.items()}
        members |= {f"job_{unit.name}": Out(JobSignature(unit)) for unit in config.accelerator.units()}
        self._check(members | ({"status": Out(AcceleratorStatus(config))} if config.accelerator.reports_status else {}))
        super().__init__(members | {"reading": In(1), "running": In(1), "status": Out(AcceleratorStatus(config))})

    def _check(self, promised):
        kind = self.config.accelerator.kind
        if not isinstance(self._inner, wiring.Component):
            raise ConfigError(f"accelerator {kind}: hardware must be a wiring.Component, not {self._inner!r}")
        members = self._inner.signature.members
        for name, member in promised.items():
            if name not in members:
                raise ConfigError(f"accelerator {kind}: its component needs a member {name}; it has {', '.join(members)}")
            wanted, found = (wiring.Signature({name: one}).flatten(wiring.Signature({name: one}).create())
                             for one in (member, members[name]))
            shapes = [[("/".join(map(str, path[1:])), one.flow, one.shape) for path, one, _ in flat] for flat in (wanted, found)]
            sized = [{path: (flow, _bits(shape)) for path, flow, shape in flat} for flat in shapes]
            if sized[0] != sized[1]:
                raise ConfigError(f"accelerator {kind}: member {name} must be {_shown(sized[0])}, not {_shown(sized[1])}")

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = self._inner
        for name, port in self.ports.items():
            own, its = flipped(getattr(self, name)), getattr(inner, name)
            # Payloads may be layouts of the accelerator's own; only their widths must agree.
            source, sink = (own, its) if port.mode == "read" else (its, own)
            m.d.comb += [sink.valid.eq(source.valid), sink.payload.eq(source.payload), source.ready.eq(sink.ready)]
        for unit in self.config.accelerator.units():
            connect(m, getattr(inner, f"job_{unit.name}"), flipped(getattr(self, f"job_{unit.name}")))
        if self.config.accelerator.reports_status:
            m.d.comb += self.status.eq(inner.status)
        else:
            self._derive(m)
        return m

    def _derive(self, m):
        pace = self.config.accelerator.pace or next(iter(self.ports))
        writers = [getattr(self, name) for name, port in self.ports.items() if port.mode == "write"]
        readers = [getattr(self, name) for name, port in self.ports.items() if port.mode == "read"]
        blocked = Signal()
        m.d.comb += [
            self.status.busy.eq(Cat(port.valid & ~port.ready for port in readers).any()),
            blocked.eq(Cat(port.valid & ~port.ready for port in writers).any()),
            self.status.step.eq(getattr(self, pace).valid & getattr(self, pace).ready),
            self.status.active.eq(self.reading | self.running),
            self.status.blocked.eq(blocked),
        ]
        for name, port in self.ports.items():
            if port.mode == "read":
                own = getattr(self, name)
                m.d.comb += self.status[f"needs_{name}"].eq(self.reading & ~blocked & ~own.valid)


def _bits(shape):
    from amaranth.hdl import Shape
    return Shape.cast(shape).width


def _shown(members):
    return ", ".join(f"{path or 'itself'} {'in' if flow is In else 'out'} {width}" for path, (flow, width) in members.items())
