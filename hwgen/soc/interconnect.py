# SPDX-License-Identifier: Apache-2.0
"""Every channel's way to every bank it can reach, with one arbiter at each bank."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import ClusterConfig
from ..config.base import bits_for
from ..parts.arbiter import FairTurn, arbitrate
from ..parts.bank_port import BankSignature
from ..parts.memory_port import MemoryPortSignature
from ..parts.probe import probe
from ..parts.window_port import WindowPortSignature


def reversed_bits(number: int, bits: int) -> int:
    """``number`` with its ``bits`` bits in the opposite order."""
    return int(f"{number:0{bits}b}"[::-1], 2) if bits else 0


class Interconnect(wiring.Component):
    """Grants each bank to one channel per cycle; read data follow one cycle after the grant.

    Paths from a port to banks beyond its reach do not exist. Within a streamer, late channels
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
        for name, streamer in config.all_streamers.items():
            reach = 1 if streamer.reach == "all" else streamer.reach
            signature = MemoryPortSignature(self.memory, reach=reach, reads=streamer.reads, masked=streamer.masked)
            ports[name] = In(signature).array(streamer.channels)
        super().__init__({
            **ports,
            "window": In(WindowPortSignature(self.memory)),
            "banks": Out(BankSignature(self.memory)).array(self.memory.banks),
        })

    @property
    def priority(self) -> list[str]:
        """Streamers by fixed priority among equally urgent requests: writers, then wide readers, copies last."""
        streamers = self.config.all_streamers
        return sorted(streamers, key=lambda name: (streamers[name].byte_addressed, streamers[name].reads, -streamers[name].channels))

    def elaborate(self, platform):
        m = Module()
        order, banks = self.priority, self.memory.banks
        m.submodules.turn = turn = FairTurn(len(order) + 1, period=self.config.interconnect.fair_period)

        # Vectors over banks hold bank b at the position whose number is b with its bits reversed: the
        # banks that a channel reaches, equal in their low bits, are neighbors there.
        picks, requests, urgents = {}, [], []
        for name in order:
            picks[name], wanted, urgent = self._pick(m, name)
            requests.append(wanted)
            urgents.append(urgent)
        asked, window = Signal(banks, name="asked_window"), self.window
        m.d.comb += asked.eq(window.request << window.bank[::-1])
        probe(m, "asked_window", asked)
        granted = arbitrate(m, "banks", [*requests, asked], [*urgents, Const(0, banks)], list(turn.turn))

        grants = {}
        for name, mine in zip(order, granted):
            for level, pick in enumerate(picks[name]):
                grants[name, level] = Signal(banks, name=f"grant_{name}_{level}")
                m.d.comb += grants[name, level].eq(pick & mine)
                probe(m, f"granted_{name}_{level}", grants[name, level])
            for c, port in enumerate(getattr(self, name)):
                level, low, high = self._stretch(name, c)
                m.d.comb += port.grant.eq(grants[name, level][low:high].any())
                if self.config.all_streamers[name].reads:
                    self._read_data(m, name, c, port)
        m.d.comb += window.grant.eq(granted[-1].any())
        streamer_writes, whole_writes = Signal(banks), Signal(banks)
        writers = {name for name in order if not self.config.all_streamers[name].reads}
        whole = {name for name in writers if not self.config.all_streamers[name].masked}
        for vector, names in ((streamer_writes, writers), (whole_writes, whole)):
            m.d.comb += vector.eq(self._any([grant for (name, _), grant in grants.items() if name in names], banks))
        self._window_read_data(m)
        for position in range(banks):
            self._bank(m, position, grants, granted[-1], streamer_writes, whole_writes)
        return m

    @staticmethod
    def _any(vectors, width):
        total = Const(0, width)
        for vector in vectors:
            total = total | vector
        return total

    def _reach(self, name: str) -> int:
        streamer = self.config.all_streamers[name]
        return 1 if streamer.reach == "all" else streamer.reach

    def _reachable(self, name: str, channel: int) -> list[int]:
        """Banks that a channel can reach, by the number its port gives them."""
        reach = self._reach(name)
        return list(range(channel % reach, self.memory.banks, reach))

    def _stretch(self, name: str, channel: int) -> tuple[int, int, int]:
        """Level of a channel among those that reach the same banks, and where these banks stand in vectors."""
        reach = self._reach(name)
        size = self.memory.banks // reach
        block = reversed_bits(channel % reach, bits_for(reach))
        return channel // reach, block * size, (block + 1) * size

    def _pick(self, m, name: str):
        """For each level the banks it asks for and wins against the streamer's other levels, all asked for, and the urgent ones."""
        banks, ports = self.memory.banks, getattr(self, name)
        levels = -(-len(ports) // self._reach(name))
        hits = [Signal(banks, name=f"hit_{name}_{level}") for level in range(levels)]
        urgent = [Signal(banks, name=f"urgent_{name}_{level}") for level in range(levels)]
        late = [Signal(banks, name=f"late_{name}_{level}") for level in range(levels)]
        for c, port in enumerate(ports):
            level, low, high = self._stretch(name, c)
            m.d.comb += [
                hits[level][low:high].eq(port.request << port.bank[::-1] if high - low > 1 else port.request),
                urgent[level][low:high].eq(Mux(port.urgent, (1 << high - low) - 1, 0)),
                late[level][low:high].eq(Mux(port.late, (1 << high - low) - 1, 0)),
            ]
        for level, hit in enumerate(hits):
            probe(m, f"asked_{name}_{level}", hit)
        picks = arbitrate(m, name, hits, late)
        wanted, pressing = Signal(banks, name=f"wanted_{name}"), Signal(banks, name=f"pressing_{name}")
        m.d.comb += [
            wanted.eq(self._any(hits, banks)),
            pressing.eq(self._any([hit & press for hit, press in zip(hits, urgent, strict=True)], banks)),
        ]
        return picks, wanted, pressing

    def _bank(self, m, position, grants, window_grants, streamer_writes, whole_writes):
        """Multiplexers of the bank at ``position``.

        ``streamer_writes`` are the banks that any writer writes, ``whole_writes`` those of writers
        that always write whole words.
        """
        memory = self.memory
        b = reversed_bits(position, memory.bank_bits)
        bank = self.banks[b]
        windowed = window_grants[position]
        row = Mux(windowed, self.window.row, 0)
        data = Mux(windowed, self.window.write_data, 0)
        enable, masked = [windowed], []
        for name, streamer in self.config.all_streamers.items():
            for c, port in enumerate(getattr(self, name)):
                level, low, high = self._stretch(name, c)
                if low <= position < high:
                    granted = grants[name, level][position]
                    enable.append(granted)
                    row = row | Mux(granted, port.row, 0)
                    if not streamer.reads:
                        data = data | Mux(granted, port.write_data, 0)
                        if streamer.masked:
                            masked.append(Mux(granted, port.write_bytes, 0))
        byte_enables = self.window.be
        if masked:
            byte_enables = self._any([Mux(windowed, self.window.be, 0), *masked], memory.word_bytes)
        m.d.comb += [
            bank.en.eq(Cat(enable).any()),
            bank.we.eq(streamer_writes[position] | (windowed & self.window.write)),
            bank.be.eq(Mux(whole_writes[position], ~0, byte_enables)),
            bank.addr.eq(row),
            bank.wdata.eq(data),
        ]

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
