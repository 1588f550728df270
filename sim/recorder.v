// SPDX-License-Identifier: Apache-2.0

// Writes down what a design does in each counted cycle, run-length encoded; sim/recording.py reads it.
//
// Does nothing unless the simulator is started with +hwgen_timeline. The file timeline.bin in the working
// folder holds what has been counted since `clear` was last high, and is complete whenever `answer` changes.
// It consists of records of 1 + STATE_WORDS 32-bit words, low byte first; the first word is
// {kind[31:30], value[29:0]}:
//   RUN       the state in the other words lasted for so many cycles
//   BUCKET    the refusals that follow are of the BUCKET_CYCLES counted cycles from value * BUCKET_CYCLES
//   REFUSALS  {pair[29:16], count[15:0]}: so many requests of pair / REQUESTERS were refused for one of
//             pair % REQUESTERS
// A run or a bucket may come in several records. What there is to see depends on the design;
// sim/recorder.py puts it where DECLARATIONS and STATEMENTS stand.

`default_nettype none

module hwgen_recorder #(
  parameter STATE_WORDS = 1,
  parameter PAIRS = 1,
  parameter BUCKET_CYCLES = 64
) (
  input  wire        clk,
  input  wire        clear,
  input  wire        counting,
  input  wire [31:0] answer
);

  localparam [1:0] RUN = 0, BUCKET = 1, REFUSALS = 2;
  localparam LONGEST_RUN = (1 << 30) - 1;

  reg     recording;
  integer file, pair, word;
  reg [32*STATE_WORDS-1:0] state, run_state;
  reg [29:0] run_length;
  reg [29:0] bucket;
  integer    bucket_cycles;

  reg [31:0] refusals [0:PAIRS-1];
  reg        refused;

  // DECLARATIONS

  initial begin
    recording = $test$plusargs("hwgen_timeline") != 0;
    run_length = 0;
    run_state = 0;
    if (recording) begin
      file = $fopen("timeline.bin", "wb");
      begin_anew;
    end
  end

  always @(posedge clk) if (recording) begin
    if (clear) begin
      $fclose(file);
      file = $fopen("timeline.bin", "wb");
      begin_anew;
    end else if (counting) begin
      look;
      if (state != run_state || run_length == LONGEST_RUN) begin
        end_run;
        run_state = state;
      end
      run_length = run_length + 1;
      bucket_cycles = bucket_cycles + 1;
      if (bucket_cycles == BUCKET_CYCLES) begin
        end_bucket;
        bucket = bucket + 1;
        bucket_cycles = 0;
      end
    end
  end

  always @(answer) if (recording) begin
    end_run;
    end_bucket;
    $fflush(file);
  end

  // Takes the state of this cycle and counts the requests that are refused in it.
  task look;
    begin
      // STATEMENTS
    end
  endtask

  task begin_anew;
    begin
      run_length = 0;
      bucket = 0;
      bucket_cycles = 0;
      refused = 0;
      for (pair = 0; pair < PAIRS; pair = pair + 1) refusals[pair] = 0;
    end
  endtask

  task record(input [1:0] kind, input [29:0] value, input [32*STATE_WORDS-1:0] words);
    begin
      $fwrite(file, "%u", {kind, value});
      for (word = 0; word < STATE_WORDS; word = word + 1) $fwrite(file, "%u", words[32*word +: 32]);
    end
  endtask

  task end_run;
    begin
      if (run_length != 0) record(RUN, run_length, run_state);
      run_length = 0;
    end
  endtask

  task end_bucket;
    if (refused) begin
      record(BUCKET, bucket, 0);
      for (pair = 0; pair < PAIRS; pair = pair + 1) begin
        if (refusals[pair] != 0) record(REFUSALS, {pair[13:0], refusals[pair][15:0]}, 0);
        refusals[pair] = 0;
      end
      refused = 0;
    end
  endtask
endmodule

`default_nettype wire
