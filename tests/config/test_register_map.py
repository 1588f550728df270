# SPDX-License-Identifier: Apache-2.0
import pytest

from hwgen.config import preset, preset_names
from hwgen.config.register_map import FORMAT_VERSION, IDENTIFICATION, RegisterMap, window_groups


@pytest.fixture(params=preset_names())
def registers(request):
    return RegisterMap(preset(request.param))


def test_no_two_registers_share_an_address(registers):
    addresses = [block.address(word.name) for block in registers.blocks for word in block.registers]
    assert len(set(addresses)) == len(addresses)
    assert addresses == sorted(addresses)
    assert all(address % 4 == 0 for address in addresses)


def test_blocks_are_aligned_to_their_size(registers):
    for before, block in zip(registers.blocks, registers.blocks[1:], strict=False):
        size = block.end - block.offset
        assert block.offset >= before.end
        assert block.offset % (1 << (size - 1).bit_length()) == 0


def test_window_follows_all_registers(registers):
    size = registers.config.memory.size
    assert registers.window_base >= registers.blocks[-1].end
    assert registers.window_base % size == 0
    assert registers.window_base + size <= 1 << registers.address_bits


def test_fields_do_not_overlap(registers):
    for block in registers.blocks:
        for word in block.registers:
            taken = 0
            for field in word.fields:
                mask = (1 << field.width) - 1 << field.offset
                assert not taken & mask
                taken |= mask
            assert taken < 1 << 32


def test_names_are_found_by_path(registers):
    for block in registers.blocks:
        assert registers.block(block.name) is block
        for word in block.registers:
            assert registers.address(f"{block.name}.{word.name}") == block.address(word.name)
            assert block.register(word.name) is word
    with pytest.raises(KeyError):
        registers.address("cluster.nothing")
    with pytest.raises(KeyError):
        registers.global_block.address("nothing")


def test_sources_number_units_then_semaphores(registers):
    assert [registers.unit_index(unit.name) for unit in registers.units] == list(range(len(registers.units)))
    assert registers.semaphore_source(0) == len(registers.units)


def test_every_unit_ends_with_waits_and_completion(registers):
    waits = registers.config.jobs.waits
    for block in registers.unit_blocks:
        names = [word.name for word in block.registers]
        assert names[-waits - 1:] == [*(f"wait_{i}" for i in range(waits)), "completion"]
        fields = [field.name for word in block.registers for field in word.fields]
        assert len(set(fields)) == len(fields)


def test_constants_are_their_own_reset(registers):
    block, config_hash = registers.global_block, int(registers.config.config_hash, 16)
    assert block.register("identification").reset == IDENTIFICATION == int.from_bytes(b"HWGN")
    assert block.register("format_version").reset == FORMAT_VERSION
    assert block.register("config_hash_high").reset << 32 | block.register("config_hash_low").reset == config_hash
    for unit in registers.units:
        assert block.register(f"queue_space_{unit.name}").reset == registers.config.jobs.queue_depth


def test_window_has_every_mode_of_the_streamers():
    assert window_groups(preset("datamaestro")) == (32, 16, 8, 1)
    assert window_groups(preset("datamaestro-paper")) == (32, 8)
