# SPDX-License-Identifier: Apache-2.0
"""A program's listing, word for word."""

from support.programs import BUFFERS, CONFIG, gemm, load, program, store, with_fields

from hwgen.compiler.jobs import Entry, Job, Signal, Wait
from hwgen.compiler.program import Buffer, Program
from hwgen.config.descriptor_format import Runtime, Table

LISTING = f"""\
program for tiny ({CONFIG.config_hash})
buffers
    scratch  temporary  scratchpad  0..1023   by 8
    x        input      external    0..255
    y        output     external    256..511
    z        temporary  external    512..767
    w        constant   external    768..831        int16 4 x 8  from w.npy
job 0: in
    load #1        run_bytes=8 external_base=[register 3 + 16] runs once
    L #1           run_bytes=[word at 64 + 4 * register 1] channels 0:2 loops 1:8
job 1
    A #1           channels 0:2 loops 1:4 1:4; after L #1
    B #1           base=4 channels 0:2 loops 1:4 1:4
    core #1        steps=1 tiles=1
    D #1           base=8 channels 0:2 1:4 loops 1:16; signals semaphore_2 by 5; interrupts
job 2 on cluster 1: out
    S #1           base=8 run_bytes=16 channels 0:2 loops 2:8; after D #1, 5 of semaphore_2
    store #1       external_base=256 run_bytes=16 runs once
job 3
    core #2"""


def test_listing():
    made = program(load(0, 0, 8, label="in"), gemm(0, 4, 8, waits={"A": [Wait("L", 1)]}),
                   store(8, 256, 16, [Wait("D", 1), Wait("semaphore_2", 5)], label="out", cluster=1), Job({"core": Entry({})}),
                   buffers=(*BUFFERS, Buffer("w", "external", 768, 64, "constant", dtype="int16", shape=(4, 8), file="w.npy")))
    made = with_fields(made, 0, "load", external_base=Runtime(3, 16))
    made = with_fields(made, 0, "L", run_bytes=Table(64, 1))
    entry = made.jobs[1].entries["D"]
    made.jobs[1].entries["D"] = Entry(entry.fields, (), Signal(2, 5), True)
    assert str(made) == made.text() == LISTING


def test_a_program_of_nothing():
    assert str(Program.of(CONFIG, [], [])) == f"program for tiny ({CONFIG.config_hash})\nno buffers"
