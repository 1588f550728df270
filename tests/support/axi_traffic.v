// SPDX-License-Identifier: Apache-2.0

// Stand-in for a cluster with external memory. A write of anything to address 0 has it carry out the bursts that
// traffic.hex describes, reads beside writes, and log every handover to traffic.log; irq is high once all are
// answered. A write to address 4 sets the share of cycles in 1/256 in which it takes no answers, one to address 8
// which channel (AW, W, AR from 1 on, or none) is valid in reset. Bursts may be told to break the rules. Ports'
// widths are put in by axi_traffic.py.

`default_nettype none

module axi_traffic (
  input  wire                clk,
  input  wire                rst,
  output wire                irq,
  input  wire [7:0]          s_axil_awaddr,
  input  wire [2:0]          s_axil_awprot,
  input  wire                s_axil_awvalid,
  output wire                s_axil_awready,
  input  wire [31:0]         s_axil_wdata,
  input  wire [3:0]          s_axil_wstrb,
  input  wire                s_axil_wvalid,
  output wire                s_axil_wready,
  output wire [1:0]          s_axil_bresp,
  output reg                 s_axil_bvalid,
  input  wire                s_axil_bready,
  input  wire [7:0]          s_axil_araddr,
  input  wire [2:0]          s_axil_arprot,
  input  wire                s_axil_arvalid,
  output wire                s_axil_arready,
  output wire [31:0]         s_axil_rdata,
  output wire [1:0]          s_axil_rresp,
  output wire                s_axil_rvalid,
  input  wire                s_axil_rready,
  output reg  [ID_HIGH:0]    m_axi_awid,
  output reg  [ADDR_HIGH:0]  m_axi_awaddr,
  output reg  [7:0]          m_axi_awlen,
  output reg  [2:0]          m_axi_awsize,
  output reg  [1:0]          m_axi_awburst,
  output reg                 m_axi_awlock,
  output wire [3:0]          m_axi_awcache,
  output wire [2:0]          m_axi_awprot,
  output wire [3:0]          m_axi_awqos,
  output wire                m_axi_awvalid,
  input  wire                m_axi_awready,
  output reg  [DATA_HIGH:0]  m_axi_wdata,
  output reg  [STRB_HIGH:0]  m_axi_wstrb,
  output reg                 m_axi_wlast,
  output wire                m_axi_wvalid,
  input  wire                m_axi_wready,
  input  wire [ID_HIGH:0]    m_axi_bid,
  input  wire [1:0]          m_axi_bresp,
  input  wire                m_axi_bvalid,
  output reg                 m_axi_bready,
  output reg  [ID_HIGH:0]    m_axi_arid,
  output reg  [ADDR_HIGH:0]  m_axi_araddr,
  output reg  [7:0]          m_axi_arlen,
  output reg  [2:0]          m_axi_arsize,
  output reg  [1:0]          m_axi_arburst,
  output reg                 m_axi_arlock,
  output wire [3:0]          m_axi_arcache,
  output wire [2:0]          m_axi_arprot,
  output wire [3:0]          m_axi_arqos,
  output wire                m_axi_arvalid,
  input  wire                m_axi_arready,
  input  wire [ID_HIGH:0]    m_axi_rid,
  input  wire [DATA_HIGH:0]  m_axi_rdata,
  input  wire [1:0]          m_axi_rresp,
  input  wire                m_axi_rlast,
  input  wire                m_axi_rvalid,
  output reg                 m_axi_rready
);
  localparam BURSTS = 4096, BYTES = STRB_HIGH + 1;

  // A burst, as axi_traffic.py packs it; the first that is not valid ends the list.
  reg [159:0] burst [0:BURSTS];
  integer     log;
  reg [63:0]  cycle;
  reg [31:0]  random;
  reg [7:0]   idle;
  reg [1:0]   asks_in_reset;
  reg         running, awvalid, wvalid, arvalid;

  // Each channel goes over the whole list and leaves out what is not its own.
  integer aw, w, ar, reads, writes, beat, lane, aw_wait, w_wait, ar_wait;
  reg     aw_erred, w_erred, ar_erred;

  function is_valid(input integer i);  is_valid = burst[i][88]; endfunction
  function is_write(input integer i);  is_write = burst[i][87]; endfunction

  assign {m_axi_awcache, m_axi_awprot, m_axi_awqos, m_axi_arcache, m_axi_arprot, m_axi_arqos} = 0;

  assign m_axi_awvalid = awvalid || (rst && asks_in_reset == 1);
  assign m_axi_wvalid = wvalid || (rst && asks_in_reset == 2);
  assign m_axi_arvalid = arvalid || (rst && asks_in_reset == 3);

  assign s_axil_awready = s_axil_awvalid && s_axil_wvalid && !s_axil_bvalid;
  assign s_axil_wready = s_axil_awready;
  assign s_axil_bresp = 0;
  assign {s_axil_arready, s_axil_rvalid, s_axil_rresp, s_axil_rdata} = 0;

  assign irq = running && !is_valid(aw) && !is_valid(w) && !is_valid(ar) && reads == 0 && writes == 0;

  initial begin
    log = $fopen("traffic.log", "w");
    cycle = 0;
    random = 1;
    idle = 0;
    asks_in_reset = 0;
    running = 0;
  end

  always @(posedge clk) begin
    cycle = cycle + 1;
    random = random ^ (random << 13);
    random = random ^ (random >> 17);
    random = random ^ (random << 5);

    if (s_axil_bready) s_axil_bvalid <= 0;
    if (s_axil_awready) begin
      s_axil_bvalid <= 1;
      if (s_axil_awaddr == 0) begin
        $readmemh("traffic.hex", burst);
        running <= 1;
        {aw, w, ar, reads, writes, beat} = 0;
        begin_aw;
        begin_w;
        begin_ar;
      end
      if (s_axil_awaddr == 4) idle <= s_axil_wdata[7:0];
      if (s_axil_awaddr == 8) asks_in_reset <= s_axil_wdata[1:0];
    end

    if (running) begin
      drive_aw;
      drive_w;
      drive_ar;
      take;
      // All is logged by the time that Python looks.
      if (m_axi_rvalid || m_axi_bvalid) $fflush(log);
    end

    if (rst) begin
      running <= 0;
      {s_axil_bvalid, awvalid, wvalid, arvalid, m_axi_rready, m_axi_bready} <= 0;
      burst[0][88] = 0;
      {aw, w, ar} = 0;
    end
  end

  task begin_aw;
    begin
      while (is_valid(aw) && !is_write(aw)) aw = aw + 1;
      {m_axi_awlock, m_axi_awburst, m_axi_awsize} <= burst[aw][81:76];
      m_axi_awid <= burst[aw][72 +: ID_HIGH + 1];
      m_axi_awlen <= burst[aw][71:64];
      m_axi_awaddr <= burst[aw][ADDR_HIGH:0];
      aw_wait = burst[aw][127:112];
      aw_erred = 0;
    end
  endtask

  task begin_ar;
    begin
      while (is_valid(ar) && is_write(ar)) ar = ar + 1;
      {m_axi_arlock, m_axi_arburst, m_axi_arsize} <= burst[ar][81:76];
      m_axi_arid <= burst[ar][72 +: ID_HIGH + 1];
      m_axi_arlen <= burst[ar][71:64];
      m_axi_araddr <= burst[ar][ADDR_HIGH:0];
      ar_wait = burst[ar][127:112];
      ar_erred = 0;
    end
  endtask

  task begin_w;
    begin
      while (is_valid(w) && !is_write(w)) w = w + 1;
      beat = 0;
      w_wait = burst[w][143:128];
      w_erred = 0;
    end
  endtask

  // An address is told to be dropped or changed by bits 83 and 84 while it waits, which it does once.
  task drive_aw;
    begin
      if (awvalid && m_axi_awready) begin
        $fwrite(log, "AW %0d %0d 0 0 0\n", cycle, m_axi_awid);
        writes = writes + 1;
        awvalid <= 0;
        aw = aw + 1;
        begin_aw;
      end else if (awvalid && !aw_erred) begin
        aw_erred = 1;
        if (burst[aw][83]) awvalid <= 0;
        if (burst[aw][84]) m_axi_awaddr <= m_axi_awaddr ^ BYTES;
      end
      if (!awvalid || m_axi_awready) begin
        if (aw_wait == 0) awvalid <= is_valid(aw);
        else aw_wait = aw_wait - 1;
      end
    end
  endtask

  task drive_ar;
    begin
      if (arvalid && m_axi_arready) begin
        $fwrite(log, "AR %0d %0d 0 0 0\n", cycle, m_axi_arid);
        reads = reads + 1;
        arvalid <= 0;
        ar = ar + 1;
        begin_ar;
      end else if (arvalid && !ar_erred) begin
        ar_erred = 1;
        if (burst[ar][83]) arvalid <= 0;
        if (burst[ar][84]) m_axi_araddr <= m_axi_araddr ^ BYTES;
      end
      if (!arvalid || m_axi_arready) begin
        if (ar_wait == 0) arvalid <= is_valid(ar);
        else ar_wait = ar_wait - 1;
      end
    end
  endtask

  // Bits 85 and 86 have WLAST come early or not at all, 89 and 90 have data dropped or changed.
  task drive_w;
    begin
      if (wvalid && m_axi_wready) begin
        $fwrite(log, "W %0d 0 0 %0d %h\n", cycle, m_axi_wlast, m_axi_wdata);
        wvalid <= 0;
        beat = beat + 1;
        w_erred = 0;
        if (beat > burst[w][71:64]) begin
          w = w + 1;
          begin_w;
        end
      end else if (wvalid && !w_erred) begin
        w_erred = 1;
        if (burst[w][89]) wvalid <= 0;
        if (burst[w][90]) m_axi_wdata <= ~m_axi_wdata;
      end
      if (!wvalid || m_axi_wready) begin
        if (w_wait != 0) w_wait = w_wait - 1;
        else if (is_valid(w)) begin
          wvalid <= 1;
          m_axi_wlast <= (beat == burst[w][71:64] && !burst[w][86]) || (beat == 0 && burst[w][85]);
          for (lane = 0; lane < BYTES; lane = lane + 1) begin
            m_axi_wdata[8*lane +: 8] <= burst[w][103:96] + 8'd7 * beat[7:0] + lane[7:0];
            m_axi_wstrb[lane] <= (!burst[w][82] || burst[w][96 + (lane + beat) % 8])
                && (beat != 0 || burst[w][91] || lane >= burst[w][63:0] % BYTES);
          end
        end else wvalid <= 0;
      end
    end
  endtask

  task take;
    begin
      m_axi_rready <= random[7:0] >= idle;
      m_axi_bready <= random[15:8] >= idle;
      if (m_axi_rvalid && m_axi_rready) begin
        $fwrite(log, "R %0d %0d %0d %0d %h\n", cycle, m_axi_rid, m_axi_rresp, m_axi_rlast, m_axi_rdata);
        if (m_axi_rlast) reads = reads - 1;
      end
      if (m_axi_bvalid && m_axi_bready) begin
        $fwrite(log, "B %0d %0d %0d 0 0\n", cycle, m_axi_bid, m_axi_bresp);
        writes = writes - 1;
      end
    end
  endtask
endmodule

`default_nettype wire
