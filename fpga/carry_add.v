// SPDX-License-Identifier: Apache-2.0
// One carry chain for each addition and subtraction, as written: nothing is merged into carry-save
// trees, which cost more LUTs than the chains they replace. The first operand also feeds the carry
// multiplexers, so that logic in front of the second one folds into the chain's LUTs for free.

(* techmap_celltype = "$add $sub" *)
module _hwgen_add (A, B, Y);
	parameter A_SIGNED = 0;
	parameter B_SIGNED = 0;
	parameter A_WIDTH = 1;
	parameter B_WIDTH = 1;
	parameter Y_WIDTH = 1;
	parameter _TECHMAP_CELLTYPE_ = "";

	(* force_downto *)
	input [A_WIDTH-1:0] A;
	(* force_downto *)
	input [B_WIDTH-1:0] B;
	(* force_downto *)
	output [Y_WIDTH-1:0] Y;

	localparam SIGNED = A_SIGNED && B_SIGNED;
	localparam SUBTRACT = _TECHMAP_CELLTYPE_ == "$sub";

	(* force_downto *)
	wire [Y_WIDTH-1:0] X, CO;
	\$alu #(
		.A_SIGNED(SIGNED), .B_SIGNED(SIGNED), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)
	) alu (.A(A), .B(B), .CI(SUBTRACT), .BI(SUBTRACT), .Y(Y), .X(X), .CO(CO));
endmodule
