# SPDX-License-Identifier: Apache-2.0
"""The scratchpad's geometry."""

from typing import Annotated

from pydantic import Field

from .base import PowerOfTwo, StrictModel, bits_for


class MemoryConfig(StrictModel):
    """Single-port banks of ``bank_depth`` words, each ``bank_width`` bits wide."""

    banks: Annotated[PowerOfTwo, Field(ge=2, le=256)] = 32
    """Number of banks (the paper's N_BF), a power of two."""
    bank_width: Annotated[PowerOfTwo, Field(ge=8, le=512)] = 64
    """Bits of one bank word (the paper's W_B), a power of two."""
    bank_depth: Annotated[PowerOfTwo, Field(ge=2, le=65536)] = 512
    """Words of one bank, a power of two."""

    @property
    def bank_bits(self) -> int:
        return bits_for(self.banks)

    @property
    def row_bits(self) -> int:
        return bits_for(self.bank_depth)

    @property
    def word_bits(self) -> int:
        """Bits of a word address over the whole memory."""
        return self.bank_bits + self.row_bits

    @property
    def word_bytes(self) -> int:
        return self.bank_width // 8

    @property
    def byte_bits(self) -> int:
        """Bits of the byte position within one word."""
        return bits_for(self.word_bytes)

    @property
    def words(self) -> int:
        return self.banks * self.bank_depth

    @property
    def size(self) -> int:
        """Bytes of the whole memory."""
        return self.words * self.word_bytes
