// SPDX-License-Identifier: Apache-2.0

// AXI4 subordinate with a memory that is shared with the session: INCR bursts of full-width beats, any number of
// them under way. What it does is decided in external_memory.h, which is asked only in cycles in which something
// happens. All outputs are registers. Needs external_memory.bin and external_shared.bin in the working folder.

`default_nettype none

module hwgen_external_memory #(
  parameter DATA_BITS = 512,
  parameter ADDRESS_BITS = 32,
  parameter ID_BITS = 2
) (
  input  wire                    clk,
  input  wire                    rst,

  input  wire [ID_BITS-1:0]      awid,
  input  wire [ADDRESS_BITS-1:0] awaddr,
  input  wire [7:0]              awlen,
  input  wire [2:0]              awsize,
  input  wire [1:0]              awburst,
  input  wire                    awlock,
  input  wire [3:0]              awcache,
  input  wire [2:0]              awprot,
  input  wire [3:0]              awqos,
  input  wire                    awvalid,
  output reg                     awready,

  input  wire [DATA_BITS-1:0]    wdata,
  input  wire [DATA_BITS/8-1:0]  wstrb,
  input  wire                    wlast,
  input  wire                    wvalid,
  output reg                     wready,

  output reg  [ID_BITS-1:0]      bid,
  output reg  [1:0]              bresp,
  output reg                     bvalid,
  input  wire                    bready,

  input  wire [ID_BITS-1:0]      arid,
  input  wire [ADDRESS_BITS-1:0] araddr,
  input  wire [7:0]              arlen,
  input  wire [2:0]              arsize,
  input  wire [1:0]              arburst,
  input  wire                    arlock,
  input  wire [3:0]              arcache,
  input  wire [2:0]              arprot,
  input  wire [3:0]              arqos,
  input  wire                    arvalid,
  output reg                     arready,

  output reg  [ID_BITS-1:0]      rid,
  output reg  [DATA_BITS-1:0]    rdata,
  output reg  [1:0]              rresp,
  output reg                     rlast,
  output reg                     rvalid,
  input  wire                    rready
);

  import "DPI-C" function chandle hwgen_memory_open(input int data_bytes, input int address_bits, input int id_bits);
  import "DPI-C" function void hwgen_memory_request(
    input chandle memory, input bit is_write, input longint address, input int id, input int length, input int size,
    input int burst, input int lock, input int attributes);
  import "DPI-C" function void hwgen_memory_write(
    input chandle memory, input bit [DATA_BITS-1:0] data, input bit [DATA_BITS/8-1:0] strobes, input bit last);
  import "DPI-C" function void hwgen_memory_step(
    input chandle memory, input longint cycle, input bit reset, input bit awvalid, input bit wvalid, input bit arvalid,
    input bit bready, input bit rready, output int driven, output int bid, output int rid, output longint wake);
  import "DPI-C" function void hwgen_memory_read(input chandle memory, output bit [DATA_BITS-1:0] data);

  chandle memory;
  longint cycle, wake;  // `cycle` counts like the bus player's.
  int     driven, next_bid, next_rid;
  bit [DATA_BITS-1:0] data;

  initial begin
    memory = hwgen_memory_open(DATA_BITS / 8, ADDRESS_BITS, ID_BITS);
    cycle = 0;
    wake = 0;
    {awready, wready, arready, bvalid, rvalid} = 0;
  end

  always @(posedge clk) begin
    cycle = cycle + 1;
    if (rst || awvalid || wvalid || arvalid || (bvalid && bready) || (rvalid && rready) || cycle >= wake) begin
      if (awvalid)
        hwgen_memory_request(memory, 1, 64'(awaddr), 32'(awid), 32'(awlen), 32'(awsize), 32'(awburst), 32'(awlock),
                             32'({awcache, awprot, awqos}));
      if (arvalid)
        hwgen_memory_request(memory, 0, 64'(araddr), 32'(arid), 32'(arlen), 32'(arsize), 32'(arburst), 32'(arlock),
                             32'({arcache, arprot, arqos}));
      if (wvalid) hwgen_memory_write(memory, wdata, wstrb, wlast);
      hwgen_memory_step(memory, cycle, rst, awvalid, wvalid, arvalid, bready, rready, driven, next_bid, next_rid, wake);
      {rresp, bresp} <= driven[10:7];
      {rlast, rvalid, bvalid, arready, wready, awready} <= driven[5:0];
      bid <= ID_BITS'(next_bid);
      rid <= ID_BITS'(next_rid);
      if (driven[6]) begin
        hwgen_memory_read(memory, data);
        rdata <= data;
      end
    end
  end
endmodule

`default_nettype wire
