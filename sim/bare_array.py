# SPDX-License-Identifier: Apache-2.0
"""The least a simulator must do for a GeMM core: its multiply-accumulates, and nothing else."""

from amaranth import Cat, Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

SEED = 0x9E3779B97F4A7C15F39CC0605CEDC834


class BareArray(wiring.Component):
    """Array of ``m * n * k`` multiply-accumulates which all work in every cycle.

    The yardstick of simulation speed: no memory, no streamer, no bus. Operands come from a shift register
    fed by a xorshift generator, and the output depends on every accumulator, so that no simulator
    can leave anything out.

    Parameters
    ----------
    m, n, k : int
        Rows, columns and depth of the array, each 1 or more.

    Members
    -------
    checksum : ``Out(unsigned(32))``
        Exclusive or of all accumulators, one cycle late.
    """

    def __init__(self, m: int = 8, n: int = 8, k: int = 8):
        for name, value in (("m", m), ("n", n), ("k", k)):
            if not isinstance(value, int):
                raise TypeError(f"{name} must be an integer, not {value!r}")
            if value < 1:
                raise ValueError(f"{name} must be 1 or more, not {value!r}")
        self.m, self.n, self.k = m, n, k
        super().__init__({"checksum": Out(unsigned(32))})

    def elaborate(self, platform):
        m = Module()

        random = Signal(128, init=SEED)
        x, w = random[:32], random[96:]
        mixed = Signal(32)
        fresh = Signal(32)
        m.d.comb += [
            mixed.eq(x ^ (x << 11)[:32]),
            fresh.eq(w ^ (w >> 19) ^ mixed ^ (mixed >> 8)),
        ]
        m.d.sync += random.eq(Cat(random[32:], fresh))

        a = [[Signal(signed(8), name=f"a_{i}_{l}") for l in range(self.k)] for i in range(self.m)]
        b = [[Signal(signed(8), name=f"b_{l}_{j}") for j in range(self.n)] for l in range(self.k)]
        operands = [operand for row in a + b for operand in row]
        fed = [fresh[8 * i:8 * i + 8] for i in range(4)] + operands
        m.d.sync += [operand.eq(source) for operand, source in zip(operands, fed)]

        checksum = 0
        for i in range(self.m):
            for j in range(self.n):
                accumulator = Signal(signed(32), name=f"accumulator_{i}_{j}")
                products = [a[i][l] * b[l][j] for l in range(self.k)]
                m.d.sync += accumulator.eq(accumulator + sum(products))
                checksum ^= accumulator
        m.d.sync += self.checksum.eq(checksum)
        return m
