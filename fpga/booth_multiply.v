// SPDX-License-Identifier: Apache-2.0
// Technology mapping of multiplication onto carry chains without DSP blocks.
//
// One operand is recoded into radix-4 Booth digits. Every digit becomes one row: a carry-chain adder
// that adds {-2, -1, 0, 1, 2} times the other operand to the sum of the rows below. The row's five
// selection inputs and the sum bit meet in one six-input LUT, so that a W x 8 bit product costs
// 4 (W + 2) LUTs. Rows are `$alu` cells, which later passes neither merge nor reorder.
//
// At most BOOTH_ROWS rows follow one another; longer multiplications are split there and summed by a
// balanced tree, so that depth grows with the logarithm of the width.

`ifndef BOOTH_ROWS
`define BOOTH_ROWS 4
`endif

// Operands extended to signed; the one that makes the smaller array is recoded.
(* techmap_celltype = "$mul" *)
module _hwgen_multiply (A, B, Y);
	parameter A_SIGNED = 0;
	parameter B_SIGNED = 0;
	parameter A_WIDTH = 1;
	parameter B_WIDTH = 1;
	parameter Y_WIDTH = 1;

	(* force_downto *)
	input [A_WIDTH-1:0] A;
	(* force_downto *)
	input [B_WIDTH-1:0] B;
	(* force_downto *)
	output [Y_WIDTH-1:0] Y;

	localparam SIGNED = A_SIGNED && B_SIGNED;
	localparam WIDTH_A = A_WIDTH + !SIGNED;
	localparam WIDTH_B = B_WIDTH + !SIGNED;
	localparam ROWS_A = (WIDTH_A + 1) / 2;
	localparam ROWS_B = (WIDTH_B + 1) / 2;
	localparam RECODE_A = ROWS_A * (WIDTH_B + 2) <= ROWS_B * (WIDTH_A + 2);
	localparam ROWS = RECODE_A ? ROWS_A : ROWS_B;
	localparam WIDTH = RECODE_A ? WIDTH_B : WIDTH_A;
	localparam FULL = WIDTH + 2 * ROWS;

	(* force_downto *)
	wire [WIDTH_A-1:0] a = {SIGNED && A[A_WIDTH-1], A};
	(* force_downto *)
	wire [WIDTH_B-1:0] b = {SIGNED && B[B_WIDTH-1], B};
	(* force_downto *)
	wire [2*ROWS:0] recoded;
	(* force_downto *)
	wire [WIDTH-1:0] multiplicand;
	(* force_downto *)
	wire [FULL-1:0] product;

	generate
		if (RECODE_A) begin
			assign recoded = {{2{a[WIDTH_A-1]}}, a, 1'b0};
			assign multiplicand = b;
		end else begin
			assign recoded = {{2{b[WIDTH_B-1]}}, b, 1'b0};
			assign multiplicand = a;
		end
		if (Y_WIDTH > FULL)
			assign Y = {{(Y_WIDTH - FULL){product[FULL-1]}}, product};
		else
			assign Y = product;
	endgenerate

	\$__hwgen_booth #(.ROWS(ROWS), .WIDTH(WIDTH)) booth (.A(recoded), .B(multiplicand), .Y(product));
endmodule

// Product of B and the ROWS Booth digits in A, whose lowest bit is the one below the first digit.
(* techmap_celltype = "$__hwgen_booth" *)
module _hwgen_booth (A, B, Y);
	parameter ROWS = 1;
	parameter WIDTH = 1;

	(* force_downto *)
	input [2*ROWS:0] A;
	(* force_downto *)
	input [WIDTH-1:0] B;
	(* force_downto *)
	output [WIDTH+2*ROWS-1:0] Y;

	// The lower part has the largest power of two times BOOTH_ROWS rows that leaves some above it.
	localparam GROUPS = (ROWS + `BOOTH_ROWS - 1) / `BOOTH_ROWS;
	localparam LOW = ROWS <= `BOOTH_ROWS ? ROWS : (1 << ($clog2(GROUPS) - 1)) * `BOOTH_ROWS;
	localparam HIGH = ROWS - LOW;

	genvar row;
	generate
		if (HIGH == 0) begin
			for (row = 0; row < ROWS; row = row + 1) begin:rows
				(* force_downto *)
				wire [WIDTH+1:0] sum;
				(* force_downto *)
				wire [WIDTH+1:0] below;
				if (row == 0)
					assign below = 0;
				else
					assign below = {{2{rows[row-1].sum[WIDTH+1]}}, rows[row-1].sum[WIDTH+1:2]};
				\$__hwgen_booth_row #(.WIDTH(WIDTH)) r (
					.A(below), .B(B), .D(A[2*row+2:2*row]), .Y(sum));
				if (row == ROWS - 1)
					assign Y[WIDTH+2*ROWS-1:2*row] = sum;
				else
					assign Y[2*row+1:2*row] = sum[1:0];
			end
		end else begin
			(* force_downto *)
			wire [WIDTH+2*LOW-1:0] low;
			(* force_downto *)
			wire [WIDTH+2*HIGH-1:0] high;
			\$__hwgen_booth #(.ROWS(LOW), .WIDTH(WIDTH)) l (.A(A[2*LOW:0]), .B(B), .Y(low));
			\$__hwgen_booth #(.ROWS(HIGH), .WIDTH(WIDTH)) h (.A(A[2*ROWS:2*LOW]), .B(B), .Y(high));
			assign Y[2*LOW-1:0] = low[2*LOW-1:0];
			(* force_downto *)
			wire [WIDTH+2*HIGH-1:0] X, CO;
			\$alu #(
				.A_SIGNED(1), .B_SIGNED(1), .A_WIDTH(WIDTH + 2*HIGH), .B_WIDTH(WIDTH), .Y_WIDTH(WIDTH + 2*HIGH)
			) sum (
				.A(high), .B(low[WIDTH+2*LOW-1:2*LOW]), .CI(1'b0), .BI(1'b0),
				.Y(Y[WIDTH+2*ROWS-1:2*LOW]), .X(X), .CO(CO));
		end
	endgenerate
endmodule

// A plus B times the Booth digit D; a negative multiple is the complement and a carry.
(* techmap_celltype = "$__hwgen_booth_row" *)
module _hwgen_booth_row (A, B, D, Y);
	parameter WIDTH = 1;

	(* force_downto *)
	input [WIDTH+1:0] A;
	(* force_downto *)
	input [WIDTH-1:0] B;
	(* force_downto *)
	input [2:0] D;
	(* force_downto *)
	output [WIDTH+1:0] Y;

	wire one = D[1] ^ D[0];
	wire two = D[2] ? ~(D[1] | D[0]) : D[1] & D[0];
	(* force_downto *)
	wire [WIDTH+1:0] single = {{2{B[WIDTH-1]}}, B};
	(* force_downto *)
	wire [WIDTH+1:0] double = {B[WIDTH-1], B, 1'b0};
	(* force_downto *)
	wire [WIDTH+1:0] multiple = ({(WIDTH+2){one}} & single | {(WIDTH+2){two}} & double) ^ {(WIDTH+2){D[2]}};

	(* force_downto *)
	wire [WIDTH+1:0] X, CO;
	\$alu #(.A_SIGNED(0), .B_SIGNED(0), .A_WIDTH(WIDTH + 2), .B_WIDTH(WIDTH + 2), .Y_WIDTH(WIDTH + 2)) sum (
		.A(A), .B(multiple), .CI(D[2]), .BI(1'b0), .Y(Y), .X(X), .CO(CO));
endmodule
