# SPDX-License-Identifier: Apache-2.0
"""The Verilog around a design under test: clock, reset and bus player, and what of it Python may touch."""

import re
from dataclasses import dataclass
from importlib import resources
from string import Template

from ..errors import ToolError
from .external_testbench import has_memory_port, memory_instance, memory_ports, memory_sources
from .recorder import Recorder

TOP = "hwgen_testbench"
CLOCK_PERIOD_NS = 10
RESET_CYCLES = 8

CHANNELS = {
    "aw": ("addr", "prot", "valid", "ready"),
    "w": ("data", "strb", "valid", "ready"),
    "b": ("resp", "valid", "ready"),
    "ar": ("addr", "prot", "valid", "ready"),
    "r": ("data", "resp", "valid", "ready"),
}
"""Signals of AXI4-Lite by channel."""

_PLAYER = Template("""\
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module $top;
  reg clk = 0;
  always #$half clk = ~clk;

  reg  [31:0] request = 0;
  wire [31:0] answer;
  wire rst, irq;
  wire [$address_high:0] awaddr, araddr;
  wire [31:0] wdata, rdata;
  wire [3:0] wstrb;
  wire [2:0] awprot, arprot;
  wire [1:0] bresp, rresp;
  wire awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;

  hwgen_bus_player #(.ADDRESS_BITS($address_bits)) player (
    .clk(clk), .rst(rst), .irq(irq), .request(request), .answer(answer),
    $player_ports
  );

  $external
  $dut dut (
    .clk(clk), .rst(rst), .irq(irq),
    $dut_ports
  );
  $recorder
endmodule
""")

_FREE_RUNNING = Template("""\
// SPDX-License-Identifier: Apache-2.0
`default_nettype none

module $top;
  reg clk = 0;
  always #$half clk = ~clk;

  reg rst = 1;
  reg [7:0] cycle = 0;
  always @(posedge clk) begin
    if (rst) cycle <= cycle + 1;
    rst <= rst && cycle != $reset_cycles;
  end

  $outputs
  $dut dut (
    .clk(clk), .rst(rst)$dut_ports
  );
endmodule
""")


@dataclass(frozen=True)
class Port:
    """Port of a Verilog module, as declared."""

    name: str
    direction: str
    width: int


@dataclass(frozen=True)
class Testbench:
    """Sources of a testbench by file name.

    Attributes
    ----------
    top : str
        Module that the simulator takes as its top.
    sources : dict of str to str
        Verilog, Verilator control files, and C++ with its headers.
    external : bool
        Whether it has external memory.
    """

    top: str
    sources: dict[str, str]
    external: bool = False


def module_ports(verilog: str, module: str) -> list[Port]:
    """Ports of a module in plain Verilog, one declaration a line or in the header.

    Raises
    ------
    ToolError
        If the text has no such module.
    """
    match = re.search(rf"^\s*module\s+\\?{re.escape(module)}\b(.*?)^\s*endmodule", verilog, re.MULTILINE | re.DOTALL)
    if match is None:
        raise ToolError(f"Verilog must hold a module {module!r}; it has none of that name")
    declaration = re.compile(
        r"^\s*[(,]?\s*(input|output)\s+(?:wire\s+|reg\s+)?(?:signed\s+)?(?:\[(\d+):(\d+)\]\s*)?(\w+)", re.MULTILINE
    )
    header = match[1].replace("(", "\n").replace(",", "\n") if re.match(r"[^;]*\binput\b", match[1]) else match[1]
    return [
        Port(name, direction, int(high) - int(low) + 1 if high else 1)
        for direction, high, low, name in declaration.findall(header)
    ]


def player_testbench(verilog: str, dut: str, *, prefix: str = "s_axil", recorder: Recorder | None = None) -> Testbench:
    """Testbench which plays bus programs to a design with an AXI4-Lite port, ``clk``, ``rst`` and ``irq``.

    With a recorder, which must be that of the design's config, it can also record what the units do. A design
    with an AXI4 port ``m_axi`` gets external memory behind it.

    Raises
    ------
    ToolError
        If the design has not the ports, or not the signals that are recorded.
    """
    ports = {port.name: port for port in module_ports(verilog, dut)}
    signals = [f"{channel}{signal}" for channel, names in CHANNELS.items() for signal in names]
    for name in ["clk", "rst", "irq", *(f"{prefix}_{signal}" for signal in signals)]:
        if name not in ports:
            raise ToolError(f"module {dut!r} must have a port {name!r} to be played to")
    address_bits = ports[f"{prefix}_awaddr"].width
    widths = {name: port.width for name, port in ports.items()}
    external = has_memory_port(widths)
    text = _PLAYER.substitute(
        top=TOP, dut=dut, half=CLOCK_PERIOD_NS // 2,
        address_bits=address_bits, address_high=address_bits - 1,
        player_ports=", ".join(f".{signal}({signal})" for signal in signals),
        dut_ports=", ".join(f".{prefix}_{signal}({signal})" for signal in signals) + (memory_ports() if external else ""),
        external=memory_instance(dut, widths) if external else "",
        recorder=recorder.instance("dut") if recorder else "",
    )
    sources = {
        "bus_player.v": resources.files(__package__).joinpath("bus_player.v").read_text(),
        "testbench.v": text,
        "testbench.vlt": _public(TOP, {"request": "public_flat_rw", "answer": "public_flat_rd"}),
    }
    if recorder:
        recorder.check(verilog)
        sources["recorder.v"] = recorder.source(f"{TOP}.dut")
    if external:
        sources |= memory_sources()
    return Testbench(TOP, sources, external)


def free_running_testbench(verilog: str, dut: str) -> Testbench:
    """Testbench of a design which needs nothing but ``clk`` and ``rst``; its outputs stay observable."""
    outputs = [port for port in module_ports(verilog, dut) if port.direction == "output"]
    text = _FREE_RUNNING.substitute(
        top=TOP, dut=dut, half=CLOCK_PERIOD_NS // 2, reset_cycles=RESET_CYCLES,
        outputs="\n  ".join(f"wire [{port.width - 1}:0] {port.name};" for port in outputs),
        dut_ports="".join(f", .{port.name}({port.name})" for port in outputs),
    )
    public = _public(TOP, {port.name: "public_flat_rd" for port in outputs})
    return Testbench(TOP, {"testbench.v": text, "testbench.vlt": public})


def bare_testbench(verilog: str, dut: str) -> Testbench:
    """No testbench: the design itself is the top and all its ports are public, for benches in Python."""
    ports = module_ports(verilog, dut)
    return Testbench(dut, {"testbench.vlt": _public(dut, {port.name: "public_flat_rw" for port in ports})})


def _public(module: str, signals: dict[str, str]) -> str:
    lines = [f'{access} -module "{module}" -var "{name}"' for name, access in signals.items()]
    return "\n".join(["`verilator_config", *lines, ""])
