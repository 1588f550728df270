# SPDX-License-Identifier: Apache-2.0
"""Every channel's way to every bank it can reach, with one arbiter at each bank."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..parts.arbiter import BankArbiter, FairTurn
from ..parts.bank_port import BankSignature
from ..parts.memory_port import MemoryPortSignature
from ..parts.window_port import WindowPortSignature


class Interconnect(wiring.Component):
    """Grants each bank to one channel per cycle; read data follow one cycle after the grant.

    Paths from a port to banks beyond its reach do not exist. Within a streamer, urgent channels
    come first, then lower ones; a streamer's channels cannot run further ahead of one another than
    their buffers are deep, so none of them starves. Between streamers and the memory window the
    `BankArbiter` decides, with a `FairTurn` common to all banks.

    Members
    -------
    <streamer name> : ``In(MemoryPortSignature)``, one for each channel
    window : ``In(WindowPortSignature(memory))``
    banks : ``Out(BankSignature(memory))``, one for each bank
    """

    def __init__(self, config: ClusterConfig):
        self.config, self.memory = config, config.memory
        ports = {}
        for name, streamer in config.streamers.items():
            reach = 1 if streamer.reach == "all" else streamer.reach
            signature = MemoryPortSignature(self.memory, reach=reach, reads=streamer.reads)
            ports[name] = In(signature).array(streamer.channels)
        super().__init__({
            **ports,
            "window": In(WindowPortSignature(self.memory)),
            "banks": Out(BankSignature(self.memory)).array(self.memory.banks),
        })

    @property
    def priority(self) -> list[str]:
        """Streamers by fixed priority among equally urgent requests: writers, then wide readers."""
        streamers = self.config.streamers
        return sorted(streamers, key=lambda name: (streamers[name].reads, -streamers[name].channels))

    def elaborate(self, platform):
        m = Module()
        order = self.priority
        m.submodules.turn = turn = FairTurn(len(order) + 1, period=self.config.interconnect.fair_period)
        grants = {name: [[] for _ in getattr(self, name)] for name in order}
        window_grants = []
        for b in range(self.memory.banks):
            self._bank(m, b, order, turn.turn, grants, window_grants)
        for name in order:
            for c, port in enumerate(getattr(self, name)):
                m.d.comb += port.grant.eq(Cat(grants[name][c]).any())
                if self.config.streamers[name].reads:
                    self._read_data(m, name, c, port)
        m.d.comb += self.window.grant.eq(Cat(window_grants).any())
        self._window_read_data(m)
        return m

    def _reachable(self, name: str, channel: int) -> list[int]:
        """Banks that a channel can reach, by the number its port gives them."""
        streamer = self.config.streamers[name]
        reach = 1 if streamer.reach == "all" else streamer.reach
        return list(range(channel % reach, self.memory.banks, reach))

    def _bank(self, m, b, order, turn, grants, window_grants):
        """Arbiter and multiplexers of bank ``b``."""
        requests, urgents, turns, pickers = [], [], [], []
        for index, name in enumerate(order):
            hits, urgent, ports = [], [], []
            for c, port in enumerate(getattr(self, name)):
                banks = self._reachable(name, c)
                if b in banks:
                    hit = Signal(name=f"hit_{b}_{name}_{c}")
                    m.d.comb += hit.eq(port.request & (port.bank == banks.index(b)))
                    hits.append(hit)
                    urgent.append(port.urgent)
                    ports.append((name, c, port))
            if not hits:
                continue
            picked, any_urgent = self._pick(m, f"{b}_{name}", hits, urgent)
            requests.append(Cat(hits).any())
            urgents.append(any_urgent)
            turns.append(turn[index])
            pickers.append((picked, ports))

        window_hit = Signal(name=f"hit_{b}_window")
        m.d.comb += window_hit.eq(self.window.request & (self.window.bank == b))
        requests.append(window_hit)
        urgents.append(0)
        turns.append(turn[len(order)])

        m.submodules[f"arbiter_{b}"] = arbiter = BankArbiter(len(requests))
        m.d.comb += [arbiter.request.eq(Cat(requests)), arbiter.urgent.eq(Cat(urgents)), arbiter.turn.eq(Cat(turns))]

        bank, width, rows = self.banks[b], self.memory.bank_width, self.memory.row_bits
        window_granted = arbiter.grant[len(pickers)]
        window_grants.append(window_granted)
        row = self.window.row & window_granted.replicate(rows)
        data = self.window.write_data & window_granted.replicate(width)
        window_writes = Signal(name=f"window_writes_{b}")
        m.d.comb += window_writes.eq(window_granted & self.window.write)
        writes = []
        for index, (picked, ports) in enumerate(pickers):
            for pick, (name, c, port) in zip(picked, ports, strict=True):
                granted = Signal(name=f"grant_{b}_{name}_{c}")
                m.d.comb += granted.eq(pick & arbiter.grant[index])
                grants[name][c].append(granted)
                row |= port.row & granted.replicate(rows)
                if not self.config.streamers[name].reads:
                    data |= port.write_data & granted.replicate(width)
                    writes.append(granted)
        streamer_writes = Signal(name=f"streamer_writes_{b}")
        m.d.comb += [
            streamer_writes.eq(Cat(writes).any()),
            bank.en.eq(Cat(requests).any()),
            bank.we.eq(streamer_writes | window_writes),
            bank.be.eq(Mux(streamer_writes, ~0, self.window.be)),
            bank.addr.eq(row),
            bank.wdata.eq(data),
        ]

    @staticmethod
    def _pick(m, label, hits, urgent):
        """One of a streamer's channels, urgent ones first, and whether any is urgent."""
        if len(hits) == 1:
            return hits, urgent[0]
        pressing, candidates = Signal(len(hits), name=f"pressing_{label}"), Signal(len(hits), name=f"candidates_{label}")
        picked = Signal(len(hits), name=f"picked_{label}")
        m.d.comb += [
            pressing.eq(Cat(hits) & Cat(urgent)),
            candidates.eq(Mux(pressing.any(), pressing, Cat(hits))),
        ]
        for i in range(len(hits)):
            m.d.comb += picked[i].eq(candidates[i] & ~candidates[:i].any())
        return list(picked), pressing.any()

    def _read_data(self, m, name, c, port):
        banks = self._reachable(name, c)
        if len(banks) == 1:
            m.d.comb += port.read_data.eq(self.banks[banks[0]].rdata)
            return
        source = Signal.like(port.bank, name=f"source_{name}_{c}")
        m.d.sync += source.eq(port.bank)
        with m.Switch(source):
            for index, b in enumerate(banks[:-1]):
                with m.Case(index):
                    m.d.comb += port.read_data.eq(self.banks[b].rdata)
            with m.Default():
                m.d.comb += port.read_data.eq(self.banks[banks[-1]].rdata)

    def _window_read_data(self, m):
        source = Signal.like(self.window.bank, name="source_window")
        m.d.sync += source.eq(self.window.bank)
        with m.Switch(source):
            for b in range(self.memory.banks - 1):
                with m.Case(b):
                    m.d.comb += self.window.read_data.eq(self.banks[b].rdata)
            with m.Default():
                m.d.comb += self.window.read_data.eq(self.banks[self.memory.banks - 1].rdata)
