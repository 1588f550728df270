# SPDX-License-Identifier: Apache-2.0
"""Mapped additions and subtractions against Python's integers."""

import itertools

import numpy as np
import pytest
from support.mapped import evaluate, mapped

# Operator, signed, width of a, width of b, width of the result.
SHAPES = [(operator, signed, a, b, y) for operator in "+-" for signed in (True, False)
          for a, b, y in ((4, 4, 5), (3, 6, 6), (6, 2, 9), (5, 5, 3), (1, 1, 2))]
TREE = "assign tree = ({{2{c[3]}}, c} + {{2{d[3]}}, d}) + ({{2{e[3]}}, e} - {{2{c[3]}}, c});"


@pytest.fixture(scope="module")
def adders(tmp_path_factory):
    ports, body = ["input [3:0] c", "input [3:0] d", "input [3:0] e", "output [5:0] tree"], [TREE]
    for index, (operator, signed, a, b, y) in enumerate(SHAPES):
        kind = "signed" if signed else ""
        ports += [f"input {kind} [{a - 1}:0] a{index}", f"input {kind} [{b - 1}:0] b{index}",
                  f"output {kind} [{y - 1}:0] y{index}"]
        body.append(f"assign y{index} = a{index} {operator} b{index};")
    text = f"module adders({', '.join(ports)});\n" + "\n".join(body) + "\nendmodule\n"
    return mapped(text, "adders", tmp_path_factory.mktemp("adders"))


def value(word, signed, width):
    return word - (1 << width) if signed and word >> width - 1 else word


def test_every_sum(adders):
    pairs = [list(itertools.product(range(1 << a), range(1 << b))) for _, _, a, b, _ in SHAPES]
    triples = list(itertools.product(range(16), repeat=3))
    inputs = {name: np.array([triple[position] for triple in triples], dtype=object)
              for position, name in enumerate("cde")}
    for index, chosen in enumerate(pairs):
        padded = chosen + [chosen[-1]] * (len(triples) - len(chosen))
        for position, name in enumerate("ab"):
            inputs[f"{name}{index}"] = np.array([pair[position] for pair in padded], dtype=object)
    outputs = evaluate(adders, inputs)
    for index, (operator, signed, a_width, b_width, y_width) in enumerate(SHAPES):
        sign = 1 if operator == "+" else -1
        expected = [value(a, signed, a_width) + sign * value(b, signed, b_width) & (1 << y_width) - 1
                    for a, b in pairs[index]]
        assert outputs[f"y{index}"][:len(expected)].tolist() == expected, SHAPES[index]
    assert outputs["tree"].tolist() == [value(d, True, 4) + value(e, True, 4) & 63 for _, d, e in triples]
