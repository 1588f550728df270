# SPDX-License-Identifier: Apache-2.0
"""Values that are known only when a program runs."""

import numpy as np
import pytest
from support.programs import BUFFERS, CONFIG, gemm, load, program, store, with_fields

from hwgen.compiler.interpreter import interpret
from hwgen.compiler.jobs import Wait
from hwgen.compiler.program import Buffer
from hwgen.compiler.program.check import check
from hwgen.compiler.program.resolve import indirect, resolved
from hwgen.config.descriptor_format import Runtime, Table
from hwgen.errors import MappingError

TABLE = Buffer("table", "external", 768, 16, "constant", dtype="int32", shape=(4,))
PLAIN = program(load(0, 0, 8), gemm(0, 4, 16, waits={"A": [Wait("L", 1)], "B": [Wait("L", 1)]}), store(16, 256, 16, [Wait("D", 1)]),
                buffers=(*BUFFERS, TABLE))
MADE = with_fields(with_fields(PLAIN, 0, "load", external_base=Runtime(3, 16)), 2, "store", external_base=Table(768, 1))


def test_registers_and_tables_give_numbers():
    external = np.zeros(784, np.uint8)
    external[768:].view("<u4")[:] = [0, 0, 300, 0]
    found = resolved(MADE, CONFIG, {3: 100, 1: 2}, external)
    assert found.jobs[0].entries["load"].fields["external_base"] == 116
    assert found.jobs[2].entries["store"].fields["external_base"] == 300
    assert found.jobs[1] == MADE.jobs[1] and not list(indirect(found))
    assert [(job, unit, name) for job, unit, name, _ in indirect(MADE)] == [(0, "load", "external_base"), (2, "store", "external_base")]
    assert resolved(PLAIN, CONFIG) is PLAIN


def test_sums_wrap_and_signed_fields_are_negative():
    made = with_fields(PLAIN, 1, "A", base=Runtime(0, 8), temporal_stride_0=Runtime(1))
    fields = resolved(made, CONFIG, {0: 0xFFFF_FFFC, 1: 0xFFFF_FFF8}).jobs[1].entries["A"].fields
    assert fields["base"] == 4 and fields["temporal_stride_0"] == -8


def test_what_is_found_out_at_run_time_is_checked_and_interpreted():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, 256, dtype=np.uint8)
    contents = {"x": x, "table": np.array([0, 256, 320, 0], np.int32)}
    memory = np.zeros(784, np.uint8)
    memory[768:] = contents["table"].view(np.uint8)
    check(MADE, CONFIG, registers={3: 100, 1: 2}, external=memory)
    for seed in (None, 1, 2):
        found = interpret(MADE, CONFIG, contents, registers={3: 100, 1: 2}, seed=seed)
        a, b = x[116:120].view(np.int8).reshape(2, 2), x[120:124].view(np.int8).reshape(2, 2)
        np.testing.assert_array_equal(found["y"][64:80].view(np.int32).reshape(2, 2), a.astype(np.int32) @ b.astype(np.int32))
    with pytest.raises(MappingError, match="load #1 must stay within the program's buffers, not touch external byte 800"):
        check(MADE, CONFIG, registers={3: 784, 1: 2}, external=memory)


@pytest.mark.parametrize("made, registers, external, message", [
    (MADE, {}, None, r"run-time register 3 must be given a value, since jobs\[0\].entries.load.fields.external_base depends on it"),
    (MADE, {3: -1}, None, "run-time register 3 must be within 0..4294967295, not -1"),
    (MADE, {3: 0, 1: 0}, None, r"contents of external memory must be given, since jobs\[2\].entries.store.fields.external_base comes from its byte 768"),
    (MADE, {3: 0, 1: 4}, np.zeros(784, np.uint8), "must come from a word of an input or constant buffer in external memory, not from byte 784"),
    (with_fields(MADE, 2, "store", external_base=Table(256, 1)), {3: 0, 1: 0}, np.zeros(784, np.uint8), "not from byte 256"),
    (with_fields(PLAIN, 1, "A", temporal_bound_0=Runtime(2)), {2: 1 << 16}, None, "temporal_bound_0 must be within 0..65535, not 65536"),
])
def test_says_what_is_missing_or_wrong(made, registers, external, message):
    with pytest.raises(MappingError, match=message):
        check(made, CONFIG, registers=registers, external=external)
