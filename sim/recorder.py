# SPDX-License-Identifier: Apache-2.0
"""The Verilog that records what a cluster's units do in every cycle, for one config."""

import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from ..config import ClusterConfig
from ..config.base import bits_for
from ..config.counters import WAIT_CAUSES, cycle_causes
from ..config.register_map import RegisterMap
from ..errors import ToolError

WORD_BITS = 32
STATES = ("idle", "dependency", "running", "blocked", *WAIT_CAUSES)
"""What a unit can be doing in a cycle, in the order of the codes recorded; the last are those of a reader which the
accelerator waits for."""
STATE_BITS = bits_for(len(STATES))
WINDOW = "window"
"""The memory window, which asks for banks like a streamer."""


@dataclass(frozen=True)
class Recorder:
    """What is recorded of a cluster, and the Verilog that does it.

    Parameters
    ----------
    config : ClusterConfig

    Attributes
    ----------
    causes, units, requesters : tuple of str
        In the order of their codes, fields and numbers. A state's lowest bits are the cause, then
        come `STATE_BITS` for each unit.
    """

    config: ClusterConfig

    @cached_property
    def causes(self) -> tuple[str, ...]:
        return cycle_causes(self.config)

    @cached_property
    def units(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in RegisterMap(self.config).units)

    @cached_property
    def requesters(self) -> tuple[str, ...]:
        return (*self.config.all_streamers, WINDOW)

    @property
    def cause_bits(self) -> int:
        return bits_for(len(self.causes))

    @property
    def state_words(self) -> int:
        return -(-(self.cause_bits + STATE_BITS * len(self.units)) // WORD_BITS)

    def source(self, dut: str) -> str:
        """Module ``hwgen_recorder``, which looks at the design at hierarchical name ``dut``."""
        text = resources.files(__package__).joinpath("recorder.v").read_text()
        declarations, statements = self._refusals(f"{dut}.\\interconnect ")
        statements.insert(0, f"state = {self._state(dut)};")
        return text.replace("// DECLARATIONS", "\n  ".join(declarations)).replace("// STATEMENTS", "\n      ".join(statements))

    def instance(self, dut: str) -> str:
        """Instance of the module in a testbench that has ``clk`` and ``answer``."""
        counters, pairs = f"{dut}.control.counters", len(self.requesters) ** 2
        return (
            f"hwgen_recorder #(.STATE_WORDS({self.state_words}), .PAIRS({pairs})) recorder (\n"
            f"    .clk(clk), .clear({counters}.probe_clear), .counting({counters}.probe_counting), .answer(answer)\n  );")

    def check(self, verilog: str) -> None:
        """Make sure that a design has every signal that is looked at.

        Raises
        ------
        ToolError
        """
        present = set(re.findall(r"\bprobe_\w+", verilog))
        needed = re.findall(r"\bprobe_\w+", self.source("dut") + self.instance("dut"))
        for name in needed:
            if name not in present:
                raise ToolError(f"Verilog of {self.config.name} must have a signal {name!r} to be recorded; generate it anew")

    def _state(self, dut: str) -> str:
        """Cause and codes of all units, from the lowest bits up; Verilog fills up with zeros."""
        fields = [f"{dut}.control.counters.probe_cause", *(self._code(dut, index, name) for index, name in enumerate(self.units))]
        return "{" + ",\n        ".join(reversed(fields)) + "}"

    def _code(self, dut: str, index: int, name: str) -> str:
        """Index into `STATES`, as an expression."""
        streamers = self.config.streamers
        running, queued = (f"{dut}.control.probe_{what}[{index}]" for what in ("running", "queued"))
        code = "3'd2"
        if name in streamers and streamers[name].reads:
            reader = [other for other, streamer in streamers.items() if streamer.reads].index(name)
            counters = f"{dut}.control.counters"
            # A vector of a single bit has none that could be selected.
            code = f"(((({counters}.probe_needs >> {reader}) & 1) != 0) ? {{1'b1, {counters}.probe_waiting[{2 * reader} +: 2]}} : 3'd2)"
        elif name in streamers:
            code = f"{{2'b01, {dut}.probe_blocked_{name}}}"
        return f"({running} ? {code} : {{2'b00, {queued}}})"

    def _levels(self, name: str) -> int:
        """Vectors over the banks that hold a streamer's requests: channels with the same reach are in different ones."""
        streamer = self.config.all_streamers[name]
        return -(-streamer.channels // (1 if streamer.reach == "all" else streamer.reach))

    def _refusals(self, interconnect: str) -> tuple[list[str], list[str]]:
        """Declarations and statements that count the requests which are refused in a cycle, by who asked and who won."""
        top = self.config.memory.banks - 1
        statements = []
        for name in self.config.all_streamers:
            granted = " | ".join(f"{interconnect}.probe_granted_{name}_{level}" for level in range(self._levels(name)))
            statements.append(f"won_{name} = {granted};")
        streamers_won = " | ".join(f"won_{name}" for name in self.config.all_streamers)
        statements.append(f"won_{WINDOW} = {interconnect}.probe_asked_{WINDOW} & ~({streamers_won});")
        for loser, name in enumerate(self.requesters):
            levels = [(f"{interconnect}.probe_asked_{name}_{i}", f"{interconnect}.probe_granted_{name}_{i}")
                      for i in range(self._levels(name))] if name != WINDOW else [
                          (f"{interconnect}.probe_asked_{WINDOW}", f"won_{WINDOW}")]
            for asked, granted in levels:
                statements += [f"lost = {asked} & ~{granted};", "if (lost != 0) begin", "  refused = 1;"]
                for winner, other in enumerate(self.requesters):
                    pair = loser * len(self.requesters) + winner
                    statements.append(f"  refusals[{pair}] = refusals[{pair}] + $countones(lost & won_{other});")
                statements.append("end")
        vectors = ", ".join(f"won_{name}" for name in self.requesters)
        return [f"reg [{top}:0] lost, {vectors};"], statements
