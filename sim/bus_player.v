// SPDX-License-Identifier: Apache-2.0

// AXI4-Lite manager that plays a program from a file at the speed of the clock.
//
// When `request` changes, the player opens program.bin and results.bin in the working folder, plays
// the program and then sets `answer` to `request`; both files are closed by then. A program is a
// sequence of operations of four big-endian 32-bit words: {idle[23:16], strobe[11:8], opcode[7:0]},
// address, data, mask. Operations take effect in order: writes overlap with writes and reads with reads,
// as many as are left outstanding; everything else first waits until all are answered. A record is four
// 32-bit words, low byte first: {reason[31:16], response[9:8], kind[7:0]}, data, cycle low, cycle high.
//
// Valid, address and data hold until taken, as AXI demands; with `idle` above zero each channel
// pauses at random, on average idle / 256 of the time.

`default_nettype none

module hwgen_bus_player #(
  parameter ADDRESS_BITS = 32,
  parameter OUTSTANDING_BITS = 4
) (
  input  wire                    clk,
  input  wire                    irq,
  input  wire [31:0]             request,
  output reg  [31:0]             answer,
  output reg                     rst,
  output reg  [ADDRESS_BITS-1:0] awaddr,
  output wire [2:0]              awprot,
  output reg                     awvalid,
  input  wire                    awready,
  output reg  [31:0]             wdata,
  output reg  [3:0]              wstrb,
  output reg                     wvalid,
  input  wire                    wready,
  input  wire [1:0]              bresp,
  input  wire                    bvalid,
  output reg                     bready,
  output reg  [ADDRESS_BITS-1:0] araddr,
  output wire [2:0]              arprot,
  output reg                     arvalid,
  input  wire                    arready,
  input  wire [31:0]             rdata,
  input  wire [1:0]              rresp,
  input  wire                    rvalid,
  output reg                     rready
);

  // Opcodes, and the kinds of records; sim/program.py and sim/results.py name them likewise.
  localparam [7:0] END = 0, BEGIN = 1, WRITE = 2, READ = 3, POLL = 4, WAIT_IRQ = 5, IDLE = 6, FENCE = 7,
                   LIMIT = 8, RESET = 9;

  // Why a program ended
  localparam [15:0] COMPLETED = 0, POLL_LIMIT = 1, POLL_ERROR = 2, IRQ_LIMIT = 3, WATCHDOG = 4, BAD_PROGRAM = 5;

  localparam DEPTH = 1 << OUTSTANDING_BITS;

  // Queues between program and channels; their positions count on, the low bits are the index.
  reg [ADDRESS_BITS-1:0] aw_queue [0:DEPTH-1];
  reg [35:0]             w_queue  [0:DEPTH-1];
  reg [ADDRESS_BITS-1:0] ar_queue [0:DEPTH-1];
  reg [31:0] aw_head, w_head, ar_head;
  reg [31:0] writes, writes_answered, reads, reads_answered;

  integer     program_file, results_file, bytes_read;
  reg         running;
  reg [127:0] operation;
  reg [31:0]  position;
  reg         started;
  reg         issuing;
  reg [31:0]  limit, timer;
  reg [63:0]  cycle, deadline;
  reg [63:0]  random;
  reg [7:0]   idle;
  reg [1:0]   polled_response;
  reg [31:0]  polled;

  // The current operation; variables, as several operations may pass at one edge.
  reg [ADDRESS_BITS-1:0] address;
  reg [31:0]             data, mask;
  reg [7:0]              opcode;
  reg [3:0]              strobe;

  assign awprot = 3'b000;
  assign arprot = 3'b000;

  initial begin
    running = 0;
    started = 0;
    timer = 0;
    opcode = 0;
    cycle = 0;
    random = 1;
    idle = 0;
    answer = 0;
    rst = 1;
    empty_bus;
  end

  always @(posedge clk) begin
    cycle = cycle + 1;
    random = random ^ (random << 13);
    random = random ^ (random >> 7);
    random = random ^ (random << 17);

    if (!rst) take_answers;
    if (running) begin
      if (cycle >= deadline) stop(WATCHDOG);
      issuing = 1;
      while (running && issuing) issue;
    end else if (request != answer) start;
    drive_channels;
  end

  task empty_bus;
    begin
      aw_head = 0; w_head = 0; ar_head = 0;
      writes = 0; writes_answered = 0; reads = 0; reads_answered = 0;
      awvalid <= 0; wvalid <= 0; arvalid <= 0; bready <= 0; rready <= 0;
    end
  endtask

  task start;
    begin
      program_file = $fopen("program.bin", "rb");
      results_file = $fopen("results.bin", "wb");
      running = 1;
      position = 32'hffff_ffff;
      limit = 32'hffff_ffff;
      deadline = ~64'b0;
      fetch;
    end
  endtask

  task stop(input [15:0] reason);
    begin
      record(END, reason, 2'b0, position);
      $fclose(program_file);
      $fclose(results_file);
      running = 0;
      answer <= request;
    end
  endtask

  task record(input [7:0] kind, input [15:0] reason, input [1:0] response, input [31:0] value);
    $fwrite(results_file, "%u%u%u%u", {reason, 6'b0, response, kind}, value, cycle[31:0], cycle[63:32]);
  endtask

  task fetch;
    begin
      bytes_read = $fread(operation, program_file);
      position = position + 1;
      started = 0;
      opcode = operation[103:96];
      strobe = operation[107:104];
      address = operation[64 +: ADDRESS_BITS];
      data = operation[63:32];
      mask = operation[31:0];
      if (bytes_read != 16) stop(BAD_PROGRAM);
    end
  endtask

  // Takes the answers that are handed over at this edge.
  task take_answers;
    begin
      if (bvalid && bready) begin
        if (running) record(WRITE, 16'b0, bresp, 32'b0);
        writes_answered = writes_answered + 1;
      end
      if (rvalid && rready) begin
        polled_response = rresp;
        polled = rdata;
        if (running && !(opcode == POLL && started)) record(READ, 16'b0, rresp, rdata);
        reads_answered = reads_answered + 1;
      end
    end
  endtask

  // Works on the current operation; `issuing` stays set if the next may begin at this edge as well.
  task issue;
    begin
      issuing = 0;
      if (timer != 0) timer = timer - 1;
      if (opcode == WRITE) begin
        if (reads == reads_answered && writes - writes_answered < DEPTH) begin
          aw_queue[writes[OUTSTANDING_BITS-1:0]] = address;
          w_queue[writes[OUTSTANDING_BITS-1:0]] = {strobe, data};
          writes = writes + 1;
          fetch;
        end
      end else if (opcode == READ) begin
        if (writes == writes_answered && reads - reads_answered < DEPTH) begin
          push_read;
          fetch;
        end
      end else if (opcode == BEGIN) begin_program;
      else if (opcode == RESET) reset;
      else if (writes == writes_answered && reads == reads_answered) begin
        case (opcode)
          LIMIT:    begin limit = data; proceed; end
          FENCE:    proceed;
          IDLE:     begin if (!started) begin_wait(data); if (timer == 0) proceed; end
          WAIT_IRQ: wait_irq;
          POLL:     poll;
          END:      stop(COMPLETED);
          default:  stop(BAD_PROGRAM);
        endcase
      end
    end
  endtask

  task begin_wait(input [31:0] cycles);
    begin
      started = 1;
      timer = cycles;
    end
  endtask

  task proceed;
    begin
      fetch;
      issuing = 1;
    end
  endtask

  task push_read;
    begin
      ar_queue[reads[OUTSTANDING_BITS-1:0]] = address;
      reads = reads + 1;
    end
  endtask

  task begin_program;
    begin
      idle = operation[119:112];
      random = {operation[95:64], ~operation[95:64]};
      deadline = cycle + operation[63:0];
      record(BEGIN, 16'b0, 2'b0, 32'b0);
      proceed;
    end
  endtask

  task wait_irq;
    begin
      if (irq) begin
        record(WAIT_IRQ, 16'b0, 2'b0, 32'b0);
        proceed;
      end else if (!started) begin_wait(limit);
      else if (timer == 0) stop(IRQ_LIMIT);
    end
  endtask

  // Entered to begin, and whenever the read is answered.
  task poll;
    begin
      if (!started) begin
        begin_wait(limit);
        push_read;
      end else if (polled_response == 0 && (polled & mask) != data && timer != 0) push_read;
      else begin
        record(POLL, 16'b0, polled_response, polled);
        if (polled_response != 0) stop(POLL_ERROR);
        else if ((polled & mask) != data) stop(POLL_LIMIT);
        else proceed;
      end
    end
  endtask

  // Also mends a bus that hangs: whatever is outstanding is forgotten.
  task reset;
    begin
      if (!started) begin
        begin_wait(data);
        rst <= 1;
        empty_bus;
      end else if (timer == 0) begin
        rst <= 0;
        proceed;
      end
    end
  endtask

  // Valid, address and data hold until taken; each channel draws its own pauses.
  task drive_channels;
    begin
      if (!awvalid || awready) begin
        awvalid <= aw_head != writes && random[7:0] >= idle;
        if (aw_head != writes && random[7:0] >= idle) begin
          awaddr <= aw_queue[aw_head[OUTSTANDING_BITS-1:0]];
          aw_head = aw_head + 1;
        end
      end
      if (!wvalid || wready) begin
        wvalid <= w_head != writes && random[15:8] >= idle;
        if (w_head != writes && random[15:8] >= idle) begin
          {wstrb, wdata} <= w_queue[w_head[OUTSTANDING_BITS-1:0]];
          w_head = w_head + 1;
        end
      end
      if (!arvalid || arready) begin
        arvalid <= ar_head != reads && random[23:16] >= idle;
        if (ar_head != reads && random[23:16] >= idle) begin
          araddr <= ar_queue[ar_head[OUTSTANDING_BITS-1:0]];
          ar_head = ar_head + 1;
        end
      end
      bready <= random[31:24] >= idle;
      rready <= random[39:32] >= idle;
    end
  endtask
endmodule

`default_nettype wire
