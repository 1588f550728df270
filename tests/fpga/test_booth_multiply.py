# SPDX-License-Identifier: Apache-2.0
"""The mapped netlists of multipliers against Python's integers."""

import itertools
import random

import numpy as np
import pytest
from support.mapped import evaluate, mapped

# Signed, width of a, width of b, width of the product.
SHAPES = [
    (True, 8, 8, 16), (True, 5, 4, 9), (True, 4, 7, 11), (False, 4, 4, 8), (False, 5, 3, 8), (True, 1, 3, 4),
    (False, 1, 4, 5), (True, 2, 2, 4), (True, 6, 6, 7), (False, 6, 5, 14), (True, 5, 5, 14),
    (True, 33, 32, 65), (False, 17, 24, 41), (True, 12, 40, 52), (True, 32, 33, 48), (True, 18, 11, 29),
]
EXHAUSTIVE_BITS = 16


def words(signed, width):
    kind = "signed" if signed else ""
    return f"{kind} [{width - 1}:0]"


@pytest.fixture(scope="module")
def multipliers(tmp_path_factory):
    ports, body = [], []
    for index, (signed, a, b, y) in enumerate(SHAPES):
        ports += [f"input {words(signed, a)} a{index}", f"input {words(signed, b)} b{index}",
                  f"output {words(signed, y)} y{index}"]
        body.append(f"assign y{index} = a{index} * b{index};")
    text = f"module multipliers({', '.join(ports)});\n" + "\n".join(body) + "\nendmodule\n"
    return mapped(text, "multipliers", tmp_path_factory.mktemp("multipliers"))


def cases(a_width, b_width):
    """All pairs of words if there are few, else extremes and random ones."""
    if a_width + b_width <= EXHAUSTIVE_BITS:
        return list(itertools.product(range(1 << a_width), range(1 << b_width)))
    rng = random.Random(a_width * b_width)

    def extremes(width):
        return [0, 1, 2, 3, (1 << width) - 1, (1 << width) - 2, 1 << width - 1, (1 << width - 1) - 1,
                (1 << width - 1) + 1, int("10" * width, 2) % (1 << width), int("01" * width, 2) % (1 << width)]

    chosen = list(itertools.product(extremes(a_width), extremes(b_width)))
    return chosen + [(rng.getrandbits(a_width), rng.getrandbits(b_width)) for _ in range(4000)]


def value(word, signed, width):
    return word - (1 << width) if signed and word >> width - 1 else word


def test_every_product(multipliers):
    pairs = [cases(a, b) for _, a, b, _ in SHAPES]
    length = max(map(len, pairs))
    inputs = {}
    for index, chosen in enumerate(pairs):
        padded = chosen + [chosen[-1]] * (length - len(chosen))
        for position, name in enumerate("ab"):
            inputs[f"{name}{index}"] = np.array([pair[position] for pair in padded], dtype=object)
    outputs = evaluate(multipliers, inputs)
    for index, (signed, a_width, b_width, y_width) in enumerate(SHAPES):
        expected = [value(a, signed, a_width) * value(b, signed, b_width) & (1 << y_width) - 1
                    for a, b in pairs[index]]
        assert outputs[f"y{index}"][:len(expected)].tolist() == expected, SHAPES[index]


def test_byte_product_takes_at_most_forty_luts(tmp_path):
    module = mapped("module product(input signed [7:0] a, b, output signed [15:0] y); assign y = a * b; endmodule",
                    "product", tmp_path)
    assert sum(cell["type"].startswith(("LUT", "INV")) for cell in module["cells"].values()) <= 40
