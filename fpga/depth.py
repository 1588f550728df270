# SPDX-License-Identifier: Apache-2.0
"""Levels of logic between registers, counted on a mapped netlist.

A LUT counts one level, a carry chain one however long, a read of LUT RAM or a multiplier one, wide
multiplexers none. Paths begin at registers, memories and input ports and end there too.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.errors import ToolError

from .cells import carry, levels
from .netlist import Netlist


@dataclass(frozen=True)
class Depth:
    """Longest path: its levels and the names where it begins and ends."""

    levels: int
    start: str
    end: str


class _Graph:
    """Arcs between bits, which are any hashable values."""

    def __init__(self) -> None:
        self.arcs: dict = {}
        self.ends: dict = {}
        self.names: dict = {}

    def arc(self, source, target, weight: int) -> None:
        if not isinstance(source, str):
            self.arcs.setdefault(target, []).append((source, weight))

    def add(self, netlist: Netlist, scope: str, number) -> None:
        """Add the cells of ``netlist``; ``number`` maps its bits to the graph's."""
        prefix = f"{scope}." if scope else ""
        for bit, name in netlist.names.items():
            self.names[number(bit)] = prefix + name
        for index, (kind, cell) in enumerate(netlist.cells):
            pins = {pin: [number(bit) for bit in bits] for pin, bits in cell.items()}
            chain = carry(kind, pins)
            if chain is not None:
                self._chain(chain, (scope, index))
                continue
            arcs = levels(kind, pins)
            for sources, targets, weight in arcs:
                for target in targets:
                    for source in sources:
                        self.arc(source, target, weight)
            if not arcs or kind.startswith(("RAM", "SRL", "TRELLIS_DPR")):
                self._endpoints(kind, pins, netlist.outputs[kind], prefix)

    def _chain(self, chain, identity) -> None:
        below = None
        for index, (inputs, carried, sums, carries) in enumerate(chain):
            above = (*identity, index)
            for source in inputs:
                self.arc(source, above, 1)
            if carried is not None:
                self.arc(carried, above, 0)
            if below is not None:
                self.arc(below, above, 0)
            for bit in (*sums, *carries):
                self.arc(above, bit, 0)
            below = above

    def _endpoints(self, kind: str, pins: dict, outputs: list[str], prefix: str) -> None:
        name = next((self.names[bit] for pin in outputs for bit in pins.get(pin, ()) if bit in self.names),
                    f"{prefix}{kind}")
        for pin, bits in pins.items():
            for bit in bits:
                if pin in outputs:
                    self.names.setdefault(bit, name)
                elif not isinstance(bit, str):
                    self.ends[bit] = name

    def longest(self) -> Depth:
        """Longest path to an end."""
        waiting = {target: len(sources) for target, sources in self.arcs.items()}
        followers: dict = {}
        for target, sources in self.arcs.items():
            for source, weight in sources:
                followers.setdefault(source, []).append((target, weight))
        arrival = {source: (0, source) for source in followers if source not in waiting}
        queue = deque(arrival)
        while queue:
            source = queue.popleft()
            level, origin = arrival[source]
            for target, weight in followers.get(source, ()):
                if target not in arrival or level + weight > arrival[target][0]:
                    arrival[target] = (level + weight, origin)
                waiting[target] -= 1
                if not waiting[target]:
                    queue.append(target)
        looped = [target for target, sources in waiting.items() if sources]
        if looped:
            named = sorted(self.names[bit] for bit in looped if bit in self.names)
            raise ToolError(f"Combinational loop of {len(looped)} bits" + (f", through {named[0]}" if named else ""))
        best = Depth(0, "", "")
        for bit, end in self.ends.items():
            level, origin = arrival.get(bit, (0, bit))
            if level > best.levels:
                best = Depth(level, self.names.get(origin, ""), end)
        return best


def _ports(graph: _Graph, netlist: Netlist, number) -> None:
    """Input ports begin paths and output ports end them."""
    for name, (direction, bits) in netlist.ports.items():
        for bit in bits:
            if isinstance(bit, str):
                continue
            if direction == "input":
                graph.names[number(bit)] = name
            else:
                graph.ends.setdefault(number(bit), name)


def depth(netlist: Netlist) -> Depth:
    """Longest path within one unit, its ports included.

    Raises
    ------
    ToolError
        If the unit holds a combinational loop.
    """
    graph = _Graph()
    graph.add(netlist, "", lambda bit: bit)
    _ports(graph, netlist, lambda bit: bit)
    return graph.longest()


def joined_depth(top: Netlist, units: Mapping[str, Netlist], modules: Mapping[str, str]) -> Depth:
    """Longest path through a top level and the units it connects.

    Parameters
    ----------
    top : Netlist
        Units appear in it as cells whose kind is the unit's module.
    units : mapping of str to Netlist
        By label.
    modules : mapping of str to str
        Label of the unit that each module is.
    """
    graph = _Graph()
    within = Netlist(top.ports, [], top.outputs, top.roles, top.names)
    for kind, pins in top.cells:
        if kind not in modules:
            within.cells.append((kind, pins))
            continue
        label = modules[kind]
        unit = units[label]

        def number(bit, label=label):
            return bit if isinstance(bit, str) else (label, bit)

        graph.add(unit, label, number)
        for port, (direction, bits) in unit.ports.items():
            for outer, inner in zip(pins.get(port, ()), bits):
                if direction == "input":
                    graph.arc(outer, number(inner), 0)
                else:
                    graph.arc(number(inner), outer, 0)
    graph.add(within, "", lambda bit: bit)
    _ports(graph, top, lambda bit: bit)
    return graph.longest()
