# SPDX-License-Identifier: Apache-2.0
"""Layers from Python: shapes, what is computed, and what is refused."""

import numpy as np
import pytest

from hwgen.api import Cluster, Tensor, compile, conv, gemm, run
from hwgen.errors import DataError, MappingError

pytestmark = pytest.mark.xdist_group("tiny")
RNG = np.random.default_rng(5)
A, B = Tensor(RNG.integers(-128, 128, (5, 7), np.int8), 3), Tensor(RNG.integers(-128, 128, (7, 4), np.int8))


@pytest.mark.parametrize("transposed", [False, True])
def test_products(transposed):
    a = Tensor(np.ascontiguousarray(A.array.T), 3) if transposed else A
    found = run(gemm(a, B, np.arange(4, dtype=np.int32), transpose_a=transposed), Cluster("tiny"))
    np.testing.assert_array_equal(found.result, (A.array.astype(int) - 3) @ B.array.astype(int) + np.arange(4))


@pytest.mark.parametrize("shared", ["neither", "a", "b"])
def test_batches(shared):
    a, b = (Tensor(RNG.integers(-128, 128, shape if shared == name else (3, *shape), np.int8), zero) for name, shape, zero in (("a", (5, 7), 3), ("b", (7, 4), 0)))
    c = RNG.integers(-99, 99, (3, 5, 4), np.int32)
    found = run(gemm(a, b, c), Cluster("tiny"))
    assert found.bit_exact
    np.testing.assert_array_equal(found.result, (a.array.astype(int) - 3) @ b.array.astype(int) + c)


def test_convolution_of_a_single_tap_is_a_product():
    found = run(conv(Tensor(A.array.reshape(1, 1, 5, 7), 3), Tensor(np.ascontiguousarray(B.array.T).reshape(4, 1, 1, 7)), out_type="int32"), Cluster("tiny"))
    np.testing.assert_array_equal(found.result.reshape(5, 4), (A.array.astype(int) - 3) @ B.array.astype(int))


def test_same_padding_and_pairs():
    layer = conv(Tensor(np.zeros((2, 5, 6, 2), np.int8)), Tensor(np.zeros((2, 3, 4, 2), np.int8)), stride=(2, 1), padding="same", dilation=(1, 2))
    assert layer.problem.padding == (1, 1, 3, 3) and layer.problem.shapes["out"] == (2, 3, 6, 2)


def test_the_model_has_cycles_and_no_result():
    mapped = compile(gemm(A, B), Cluster("tiny", latency=20))
    model, rtl = mapped.run(engine="model"), mapped.run()
    assert model.result is None and model.bit_exact is None and model.passed and rtl.passed
    assert model.measures.steps == rtl.measures.steps
    assert model.measures.counters == rtl.measures.counters
    assert mapped.plan.measured and mapped.plan.expected_cycles == rtl.measures.total_cycles


def test_says_what_is_wrong():
    with pytest.raises(DataError, match=r"a must have two dimensions, or three in a batch, not shape \(1, 1, 5, 7\)"):
        gemm(Tensor(A.array[None, None]), B)
    with pytest.raises(DataError, match=r"b must have the shape \(2, 7, 4\), not \(3, 7, 4\)"):
        compile(gemm(Tensor(np.stack([A.array] * 2)), Tensor(np.stack([B.array] * 3))), Cluster("tiny"))
    with pytest.raises(DataError, match="x must have four dimensions"):
        conv(A, B)
    with pytest.raises(DataError, match="cluster must be given for a layer that has not been compiled, not None"):
        run(gemm(A, B))
    with pytest.raises(DataError, match="engine must be rtl or model, not 'fpga'"):
        run(gemm(A, B), Cluster("tiny"), engine="fpga")
    with pytest.raises(DataError, match=r"b must have the shape \(7, 4\), not \(6, 4\)"):
        compile(gemm(A, Tensor(B.array[:6])), Cluster("tiny"))
    with pytest.raises(MappingError, match="channels must be a multiple of the 2 groups, not 7"):
        conv(Tensor(np.zeros((1, 2, 2, 7), np.int8)), Tensor(np.zeros((2, 1, 1, 3), np.int8)), groups=2)
    for make, message in (
        (lambda: Tensor([[1, 2]]), "array must be a NumPy array, not list"),
        (lambda: Tensor(A.array, 0.5), "zero_point must be an integer, not 0.5"),
        (lambda: gemm(A.array, B), "a must be a Tensor, not ndarray"),
        (lambda: conv(A, B, bias=[1]), "bias must be a NumPy array, not list"),
        (lambda: gemm(A, B, [1, 2]), "c must be a NumPy array, not list"),
        (lambda: compile(gemm(A, B), Cluster("tiny", latency=0)), "latency must be within 1..4294967295, not 0"),
        (lambda: compile(gemm(A, B), Cluster("tiny", latency="far")), "latency must be an integer, not 'far'"),
        (lambda: compile(gemm(A, B), Cluster("tiny", bandwidth=0.5)), "bandwidth must be within 1..4096 bytes a cycle, not 0.5"),
    ):
        with pytest.raises(DataError, match=message):
            make()


def test_zero_points_may_be_numpys():
    found = run(gemm(Tensor(A.array, np.int8(-9)), B), Cluster("tiny"))
    np.testing.assert_array_equal(found.result, (A.array.astype(int) + 9) @ B.array.astype(int))


def test_arrays_are_looked_at_before_mapping(monkeypatch):
    monkeypatch.setattr("hwgen.sim.mapping.map_problem", lambda *_: pytest.fail("mapped"))
    with pytest.raises(DataError, match="a must hold int8, not float64"):
        compile(gemm(Tensor(A.array.astype(float)), B), Cluster("tiny"))
