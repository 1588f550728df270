# SPDX-License-Identifier: Apache-2.0
import re
import subprocess

import pytest

from hwgen.compiler.descriptors import DescriptorWriter, Runtime, Table
from hwgen.compiler.jobs import Entry, Job
from hwgen.config import from_dict, preset, preset_names
from hwgen.config.counters import cycle_causes
from hwgen.config.error_causes import ErrorCause
from hwgen.config.register_map import RegisterMap
from hwgen.emit.header import Defines, c_header, header_name
from hwgen.errors import ConfigError

FLAGS = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wshadow", "-Werror"]

USE = """\
#include <stdio.h>
#include <string.h>
#include "tiny_cluster.h"

static uint32_t bus[TINY_CLUSTER_PUSH_OFFSET / 4 + 1024];

int main(void)
{
    tiny_write(bus, TINY_A_BASE_OFFSET, 0x1234u);
    tiny_set_wait(bus, TINY_UNIT_B, 1, TINY_SOURCE_SEMAPHORE_2, 77);
    tiny_set_completion(bus, TINY_UNIT_CORE, 3, 5, 1);
    tiny_push(bus, (1u << TINY_UNIT_A) | (1u << TINY_UNIT_CORE));
    tiny_signal(bus, 1, 9);
    bus[TINY_CLUSTER_COMPLETED_E_OFFSET / 4] = 3;
    bus[TINY_CLUSTER_SEMAPHORE_7_OFFSET / 4] = 8;
    bus[TINY_CLUSTER_COUNT_DRAIN_OFFSET / 4] = 99;
    bus[TINY_CLUSTER_ERROR_INFO_OFFSET / 4] = 2;
    printf("%u %u %u %u %u\\n", bus[TINY_A_BASE_OFFSET / 4], bus[TINY_B_WAIT_1_OFFSET / 4],
        bus[TINY_CORE_COMPLETION_OFFSET / 4], bus[TINY_CLUSTER_PUSH_OFFSET / 4], bus[TINY_CLUSTER_SIGNAL_OFFSET / 4]);
    printf("%u %d %d %d %u %u %d\\n", tiny_completed(bus, TINY_UNIT_E), tiny_reached(bus, TINY_UNIT_E, 3),
        tiny_reached(bus, TINY_UNIT_E, 4), tiny_reached(bus, TINY_UNIT_E, 0xFFFF), tiny_semaphore(bus, 7),
        tiny_count(bus, TINY_COUNTER_DRAIN), tiny_error_cause(bus) == TINY_ERROR_UNALIGNED);
    printf("%d\\n", tiny_present(bus));
    bus[TINY_CLUSTER_IDENTIFICATION_OFFSET / 4] = TINY_CLUSTER_IDENTIFICATION_RESET;
    bus[TINY_CLUSTER_FORMAT_VERSION_OFFSET / 4] = TINY_CLUSTER_FORMAT_VERSION_RESET;
    bus[TINY_CLUSTER_CONFIG_HASH_LOW_OFFSET / 4] = TINY_CLUSTER_CONFIG_HASH_LOW_RESET;
    bus[TINY_CLUSTER_CONFIG_HASH_HIGH_OFFSET / 4] = TINY_CLUSTER_CONFIG_HASH_HIGH_RESET;
    printf("%d\\n", tiny_present(bus));
    return 0;
}
"""


def run_c(folder, config, program):
    (folder / header_name(config)).write_text(c_header(config))
    (folder / "use.c").write_text(program)
    subprocess.run(["gcc", *FLAGS, "-o", folder / "use", folder / "use.c"], check=True)
    return subprocess.run([folder / "use"], check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("name", preset_names())
def test_every_number_is_that_of_the_register_map(name, tmp_path):
    config = preset(name)
    registers, prefix = RegisterMap(config), config.module_name.upper()
    expected = {f"{prefix}_MEMORY_WINDOW": registers.window_base, f"{prefix}_MEMORY_SIZE": config.memory.size}
    for block in registers.blocks:
        own = block.unit.fields if block.unit else [f for word in block.registers for f in word.fields]
        for word in block.registers:
            expected[f"{prefix}_{block.name}_{word.name}_OFFSET".upper()] = block.address(word.name)
            for field in word.fields:
                path = f"{prefix}_{block.name}_{field.name}" if field in own else f"{prefix}_{field.name}"
                expected[f"{path}_SHIFT".upper()] = field.offset
                expected[f"{path}_WIDTH".upper()] = field.width
                expected[f"{path}_MASK".upper()] = ((1 << field.width) - 1) << field.offset
    for unit in registers.units:
        expected[f"{prefix}_UNIT_{unit.name}".upper()] = registers.unit_index(unit.name)
        expected[f"{prefix}_SOURCE_{unit.name}".upper()] = registers.unit_index(unit.name)
    for s in range(config.jobs.semaphores):
        expected[f"{prefix}_SOURCE_SEMAPHORE_{s}"] = registers.semaphore_source(s)
    for index, cause in enumerate(cycle_causes(config)):
        expected[f"{prefix}_COUNTER_{cause}".upper()] = index
    for cause in ErrorCause:
        expected[f"{prefix}_ERROR_{cause.name}"] = cause.value
    lines = "".join(f'    printf("%lu\\n", (unsigned long){macro});\n' for macro in expected)
    program = f'#include <stdio.h>\n#include "{header_name(config)}"\nint main(void)\n{{\n{lines}    return 0;\n}}\n'
    assert dict(zip(expected, map(int, run_c(tmp_path, config, program)), strict=True)) == expected


def test_functions_write_what_the_register_map_packs(tmp_path):
    config = preset("tiny")
    registers = RegisterMap(config)
    wait = registers.block("B").register("wait_1").pack(
        {"wait_1_count": 77, "wait_1_source": registers.semaphore_source(2), "wait_1_enable": 1})
    completion = registers.block("core").register("completion").pack(
        {"signal_amount": 5, "signal_semaphore": 3, "signal_enable": 1, "interrupt": 1})
    signal = registers.global_block.register("signal").pack({"host_signal_amount": 9, "host_signal_semaphore": 1})
    push = 1 << registers.unit_index("A") | 1 << registers.unit_index("core")
    assert run_c(tmp_path, config, USE) == [
        f"{0x1234} {wait} {completion} {push} {signal}", "3 1 0 1 8 99 1", "0", "1"]


def test_header_names_its_config():
    config = preset("tiny")
    assert f'#define TINY_CONFIG_HASH "{config.config_hash}"' in c_header(config)
    assert re.match(rf"/\* tiny: C header, generated by hwgen [\d.]+, config hash {config.config_hash} \*/", c_header(config))


def test_design_names_give_c_identifiers(tmp_path):
    description = preset("tiny").model_dump(mode="json") | {"name": "My-first_cluster"}
    config = from_dict(description)
    assert header_name(config) == "My_first_cluster_cluster.h"
    program = '#include "My_first_cluster_cluster.h"\nint main(void) { return (int)MY_FIRST_CLUSTER_UNIT_A; }\n'
    run_c(tmp_path, config, program)


def test_rejects_names_that_differ_in_case_only():
    defines = Defines("X")
    defines.add("a_base", 1)
    with pytest.raises(ConfigError, match="names must give different C macros, not X_A_BASE twice"):
        defines.add("A_base", 2)


DESCRIPTORS = """\
#include <stdio.h>
#include <string.h>
#define TINY_BARRIER() (barriers++)
static int barriers;
#include "tiny_cluster.h"

static uint32_t bus[TINY_CLUSTER_RUNTIME_0_OFFSET / 4 + 1024], memory[16], words[64];

static void show(const struct tiny_descriptor *descriptor, uint32_t length)
{
    uint32_t i;
    for (i = 0; i < length; i++)
        printf("%u ", descriptor->words[i]);
    printf("\\n");
}

int main(void)
{
    struct tiny_descriptor descriptor;
    struct tiny_ring ring;
    uint32_t length;
    tiny_descriptor_begin(&descriptor, words, 64);
    tiny_descriptor_section(&descriptor, TINY_UNIT_A, 1, 1);
    tiny_descriptor_set(&descriptor, TINY_A_BASE_OFFSET, 0x40);
    tiny_descriptor_set_runtime(&descriptor, TINY_A_TEMPORAL_BOUND_0_OFFSET, 3, 5);
    tiny_descriptor_set_table(&descriptor, TINY_A_TEMPORAL_STRIDE_0_OFFSET, 0x100, 15);
    tiny_descriptor_section(&descriptor, TINY_UNIT_CORE, 1, 0);
    tiny_descriptor_set(&descriptor, TINY_CORE_COMPLETION_OFFSET, TINY_PLACE(TINY_INTERRUPT, 1));
    length = tiny_descriptor_end(&descriptor);
    show(&descriptor, length);
    bus[TINY_CLUSTER_QUEUE_TAIL_OFFSET / 4] = bus[TINY_CLUSTER_QUEUE_HEAD_OFFSET / 4] = 12;
    tiny_ring_begin(bus, &ring, memory, 0x8000u, 4, TINY_QUEUE_SCRATCHPAD);
    printf("%u %u %d\\n", bus[TINY_CLUSTER_QUEUE_BASE_OFFSET / 4], bus[TINY_CLUSTER_QUEUE_LAYOUT_OFFSET / 4],
        tiny_ring_put(bus, &ring, words, length));
    printf("%d %u %d\\n", barriers, bus[TINY_CLUSTER_QUEUE_TAIL_OFFSET / 4] - 12 - length, tiny_ring_put(bus, &ring, words, 16));
    printf("%d %d\\n", memcmp(memory + 12, words, 16), memcmp(memory, words + 4, 4 * (length - 4)));
    /* Wrong order, another unit's register, no room, no masks of sources, no entry. */
    tiny_descriptor_begin(&descriptor, words, 64);
    tiny_descriptor_section(&descriptor, TINY_UNIT_A, 1, 0);
    tiny_descriptor_set(&descriptor, TINY_A_TEMPORAL_BOUND_0_OFFSET, 1);
    tiny_descriptor_set(&descriptor, TINY_A_BASE_OFFSET, 1);
    printf("%u ", tiny_descriptor_end(&descriptor));
    tiny_descriptor_begin(&descriptor, words, 64);
    tiny_descriptor_section(&descriptor, TINY_UNIT_A, 1, 0);
    tiny_descriptor_set(&descriptor, TINY_B_BASE_OFFSET, 1);
    printf("%u ", tiny_descriptor_end(&descriptor));
    tiny_descriptor_begin(&descriptor, words, 3);
    tiny_descriptor_section(&descriptor, TINY_UNIT_A, 1, 0);
    tiny_descriptor_set(&descriptor, TINY_A_BASE_OFFSET, 1);
    printf("%u ", tiny_descriptor_end(&descriptor));
    tiny_descriptor_begin(&descriptor, words, 64);
    tiny_descriptor_section(&descriptor, TINY_UNIT_A, 1, 0);
    tiny_descriptor_set_runtime(&descriptor, TINY_A_BASE_OFFSET, 1, 1);
    printf("%u ", tiny_descriptor_end(&descriptor));
    tiny_descriptor_begin(&descriptor, words, 64);
    printf("%u\\n", tiny_descriptor_end(&descriptor));
    return 0;
}
"""


def test_descriptors_from_c_are_those_of_the_writer(tmp_path):
    config = preset("tiny")
    writer = DescriptorWriter(RegisterMap(config))
    words = writer.encode(Job({
        "A": Entry({"base": 0x40, "temporal_bound_0": Runtime(3, 5), "temporal_stride_0": Table(0x100, 15)}),
        "core": Entry({}, interrupt=True)}), fresh=True)
    layout = RegisterMap(config).global_block.register("queue_layout").pack({"queue_size": 4, "queue_source": 1})
    assert run_c(tmp_path, config, DESCRIPTORS) == [
        "".join(f"{word} " for word in words), f"{0x8000} {layout} 1", "1 0 0", "0 0", "0 0 0 0 0"]


def test_a_cluster_without_a_queue_has_nothing_of_descriptors():
    assert "_descriptor" not in c_header(preset("elementwise-add"))
