# SPDX-License-Identifier: Apache-2.0
import pytest
from pydantic import ValidationError

from hwgen.config import MemoryConfig


def test_geometry():
    memory = MemoryConfig(banks=16, bank_width=32, bank_depth=1024)
    assert (memory.bank_bits, memory.row_bits, memory.byte_bits, memory.word_bits) == (4, 10, 2, 14)
    assert (memory.words, memory.word_bytes, memory.size) == (16384, 4, 65536)


def test_address_bits_cover_the_memory():
    for banks, width, depth in [(2, 8, 2), (32, 64, 512), (256, 512, 65536)]:
        memory = MemoryConfig(banks=banks, bank_width=width, bank_depth=depth)
        assert 1 << memory.word_bits + memory.byte_bits == memory.size


@pytest.mark.parametrize("key, value", [
    ("banks", 1), ("banks", 512), ("banks", 24), ("bank_width", 4), ("bank_width", 48), ("bank_width", 1024),
    ("bank_depth", 1), ("bank_depth", 1000), ("bank_depth", 1 << 17)])
def test_rejects_geometries_that_cannot_be(key, value):
    with pytest.raises(ValidationError, match=key):
        MemoryConfig(**{key: value})
