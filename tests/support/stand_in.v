// SPDX-License-Identifier: Apache-2.0

// Stand-in for a cluster: 128 KiB of memory behind AXI4-Lite, one access a cycle. Addresses from 0x20000
// on are refused with an error response, but for three: a write of n to 0x30000 raises irq n cycles later,
// 0x30004 reads as the cycles left until then, and a read of 0x30008 is never answered.

module stand_in (
  input             clk,
  input             rst,
  output            irq,
  input      [19:0] s_axil_awaddr,
  input      [2:0]  s_axil_awprot,
  input             s_axil_awvalid,
  output            s_axil_awready,
  input      [31:0] s_axil_wdata,
  input      [3:0]  s_axil_wstrb,
  input             s_axil_wvalid,
  output            s_axil_wready,
  output reg [1:0]  s_axil_bresp,
  output reg        s_axil_bvalid,
  input             s_axil_bready,
  input      [19:0] s_axil_araddr,
  input      [2:0]  s_axil_arprot,
  input             s_axil_arvalid,
  output            s_axil_arready,
  output reg [31:0] s_axil_rdata,
  output reg [1:0]  s_axil_rresp,
  output reg        s_axil_rvalid,
  input             s_axil_rready
);
  localparam [1:0] OKAY = 0, SLVERR = 2;

  reg [31:0] memory [0:32767];
  reg [31:0] countdown;
  reg        counting;
  integer    i;

  assign irq = counting && countdown == 0;
  assign s_axil_awready = s_axil_awvalid && s_axil_wvalid && (!s_axil_bvalid || s_axil_bready);
  assign s_axil_wready = s_axil_awready;
  assign s_axil_arready = !s_axil_rvalid || s_axil_rready;

  always @(posedge clk) begin
    if (counting && countdown != 0) countdown <= countdown - 1;

    if (s_axil_bready) s_axil_bvalid <= 0;
    if (s_axil_awready) begin
      s_axil_bvalid <= 1;
      s_axil_bresp <= OKAY;
      if (s_axil_awaddr < 20'h20000) begin
        for (i = 0; i < 4; i = i + 1)
          if (s_axil_wstrb[i]) memory[s_axil_awaddr[16:2]][8*i +: 8] <= s_axil_wdata[8*i +: 8];
      end else if (s_axil_awaddr == 20'h30000) begin
        countdown <= s_axil_wdata;
        counting <= s_axil_wdata != 0;
      end else s_axil_bresp <= SLVERR;
    end

    if (s_axil_rready) s_axil_rvalid <= 0;
    if (s_axil_arvalid && s_axil_arready) begin
      s_axil_rvalid <= s_axil_araddr != 20'h30008;
      s_axil_rresp <= OKAY;
      s_axil_rdata <= 0;
      if (s_axil_araddr < 20'h20000) s_axil_rdata <= memory[s_axil_araddr[16:2]];
      else if (s_axil_araddr == 20'h30004) s_axil_rdata <= countdown;
      else s_axil_rresp <= SLVERR;
    end

    if (rst) begin
      s_axil_bvalid <= 0;
      s_axil_rvalid <= 0;
      countdown <= 0;
      counting <= 0;
    end
  end
endmodule
