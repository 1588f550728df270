# SPDX-License-Identifier: Apache-2.0
"""Whether a word is a legal value of a register."""

from amaranth import Const, Module, Mux, Signal, Value

from ..config.registers import Register


class LegalValues:
    """Checks of one word against the ranges of registers; registers with equal ranges share a check.

    Parameters
    ----------
    m : Module
        Where the checks are made; must not be within a condition when a new one is asked for.
    word : Value
        The word as on the bus.
    """

    def __init__(self, m: Module, word: Value):
        self._m, self._word = m, word
        self.checks: dict[tuple, Signal] = {}

    @staticmethod
    def key(register: Register) -> tuple:
        """What the check depends on: width, sign, limits."""
        one = register.fields[0] if len(register.fields) == 1 else None
        limits = tuple((f.offset, f.width, f.maximum) for f in register.fields if f.maximum is not None and f.maximum < (1 << f.width) - 1)
        return register.width, bool(one and one.signed), limits

    def check(self, register: Register) -> Signal:
        """Signal: the word is a legal value of the register."""
        key = self.key(register)
        if key not in self.checks:
            total, signed, limits = key
            above = self._word[total:]
            if not len(above):
                fits = Const(1)
            elif signed:
                fits = Mux(self._word[total - 1], above.all(), ~above.any())
            else:
                fits = ~above.any()
            for offset, width, maximum in limits:
                fits &= self._word[offset:offset + width] <= maximum
            check = Signal(name=f"legal_{len(self.checks)}")
            self._m.d.comb += check.eq(fits)
            self.checks[key] = check
        return self.checks[key]
