# SPDX-License-Identifier: Apache-2.0
"""Names that nothing reads leave the emitted Verilog, and nothing else does."""

from hwgen.emit.unused import without_unused

MODULE = """\
module top(a, y);
  input [3:0] a;
  wire [3:0] a;
  output y;
  wire y;
  wire [3:0] \\a.field ;
  wire chain_1;
  wire chain_2;
  wire used;
  wire pin;
  wire [-1:0] nothing;
  reg held;
  assign \\a.field  = a;
  assign chain_1 = a[0];
  assign chain_2 = chain_1;
  assign used = a[1];
  assign y = used;
  part inner (
    .o(pin)
  );
endmodule
"""


def test_drops_wires_that_are_only_assigned_and_what_only_they_read():
    cleaned = without_unused(MODULE)
    for name in ("\\a.field", "chain_1", "chain_2", "nothing"):
        assert name not in cleaned
    for line in ("  input [3:0] a;", "  wire y;", "  assign used = a[1];", "  assign y = used;", "  reg held;", "    .o(pin)", "  wire pin;"):
        assert line in cleaned.split("\n")


def test_leaves_nothing_to_drop():
    assert without_unused(without_unused(MODULE)) == without_unused(MODULE)


def test_modules_do_not_mix():
    """A name that one module does not use stays in the one that does."""
    other = MODULE.replace("module top", "module other").replace("assign y = used", "assign y = chain_2")
    cleaned = without_unused(MODULE + other)
    assert cleaned == without_unused(MODULE) + without_unused(other)
    assert "assign chain_2 = chain_1;" in cleaned


def test_probes_and_what_they_read_stay():
    cleaned = without_unused(MODULE.replace("chain_2", "probe_chain"))
    assert "  wire probe_chain;" in cleaned and "  assign chain_1 = a[0];" in cleaned
    assert "\\a.field" not in cleaned
