# SPDX-License-Identifier: Apache-2.0
"""Golden model of the quantizer: wide sums to a few bits, in four published ways of rounding.

Definition
----------
With ``p = (value - input_zero_point) * multiplier``, rounded to an integer ``r`` near ``p / 2**shift``::

    s = r + output_zero_point
    result = maximum if s > maximum, else minimum if s < minimum, else s

of which the low ``result_width`` bits are delivered. Every ``>>`` below rounds towards minus infinity (an
arithmetic shift). A ``shift`` of 0 gives ``r = p`` in every mode.

``double``
    The double rounding of the DataMaestro authors::

        t = p >> (shift - 1)
        r = (t + 1) >> 1 if t >= 0, else (t - 1) >> 1

    Non-negative products round half up. Negative ones mirror that around -1/2, not around zero:
    ``r(~p) == ~r(p)``, so -1.0 becomes -2 and the smallest negative product -1. This is what the authors'
    hardware does, hence a contract and not an accident to mend here.

``gemmlowp``
    ``RoundingDivideByPOT(SaturatingRoundingDoublingHighMul(value << left, multiplier), right)``. The
    register holds ``shift = 31 + right`` or ``31 - left``: of a quantized multiplier with the exponent
    e (TensorFlow Lite's and CMSIS-NN's ``shift``, positive to the left), ``31 - e``. In exact numbers::

        x = (p + 2**(shift - 1)) >> shift              for shift <= 31, and r = x
        x = (p + 2**30) >> 31                          for shift > 31, and
        r = x / 2**(shift - 31), halves away from zero

``half_even``
    ``p / 2**shift`` rounded to nearest, halves to even.

``half_up``
    ``(p + (1 << shift - 1)) >> shift``.

Sources
-------
double
    KULeuven-MICAS/snax-postprocessing-simd, README, ``scale_quant_clamp_c_spec`` with ``double_round``;
    the same function in the ``RescalePE`` of snax_acc.simd (KULeuven-MICAS/snax_cluster) and in the golden
    model ``postprocessing_simd_golden_model`` of snax_cluster and snax-mlir. It goes by the name of TOSA's
    RESCALE, yet is not TOSA 0.x ``apply_scale_32``, which adds ``1 << shift - 1`` and, with ``double_round``
    and a shift above 31, plus or minus ``1 << 30`` by the sign of the value, before a single shift.
gemmlowp
    google/gemmlowp, fixedpoint/fixedpoint.h, the two functions named; composed as in TensorFlow Lite's
    reference ``MultiplyByQuantizedMultiplier`` (double rounding) and CMSIS-NN's ``arm_nn_requantize``.
half_even
    ONNX QuantizeLinear ("rounds to nearest even") and ``numpy.rint``, of the exact quotient.
half_up
    TOSA specification, ``apply_scale_32`` without ``double_round``.

Beyond the published definitions
--------------------------------
- Published code keeps ``value - input_zero_point``, ``t``, ``value << left``, ``x`` and ``s`` in 32 bits,
  where they wrap, saturate or are undefined in C. Here they are exact: what leaves int32 saturates to
  ``maximum`` or ``minimum``. In ``double`` the results differ exactly where the difference or ``t`` leaves
  -2**31..2**31 - 1, or ``t + 1`` or ``t - 1`` does. The one saturation of the high multiply, of -2**31 by
  -2**31, does not show in the result.
- The product fits ``input_width + 32`` bits: at most (2**(input_width - 1) + 127) * 2**31.
- ``shift`` 0, undefined in the published code of ``double`` and ``half_up`` (a shift by -1), and 63 in
  ``gemmlowp`` (an exponent of 32), follow the formulas above.
- ``minimum > maximum``: as in the authors' hardware ``maximum`` is tested first; their C code would
  always return ``minimum``.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config.quantizer import (
    INPUT_WIDTHS,
    RESULT_WIDTHS,
    ROUNDING_MODES,
    QuantizerConfig,
    RoundingMode,
    quantizer_unit,
)

_FIELDS = {width: {field.name: field for field in quantizer_unit(QuantizerConfig(result_width=width)).fields}
           for width in RESULT_WIDTHS}


def _parameter(name: str, field: str, given: ArrayLike, result_width: int) -> NDArray[np.int64]:
    """``given`` as int64, held to the range of the register field it is written to."""
    described, array = _FIELDS[result_width][field], np.asarray(given)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be an integer or integers, not {given!r}")
    if array.size and (int(array.min()) < described.lowest or int(array.max()) > described.highest):
        raise ValueError(f"{name} must be within {described.lowest}..{described.highest}, not {given!r}")
    return array.astype(np.int64)


def rescale(values: ArrayLike, *, multiplier: ArrayLike, shift: ArrayLike, input_zero_point: int = 0,
            output_zero_point: int = 0, minimum: int | None = None, maximum: int | None = None,
            rounding: RoundingMode = "double", input_width: int = 32, result_width: int = 8) -> NDArray[np.integer]:
    """Rescale values to ``result_width`` bits, bit for bit as the quantizer does.

    Parameters
    ----------
    values : array of integers, any shape
        Each within ``input_width`` signed bits.
    multiplier, shift : integer, or array of integers that broadcasts to ``values``
        Signed 32 bits and 0..63; one per tensor, or N of them for values whose last axis has N columns.
    input_zero_point : int
        Signed 8 bits.
    output_zero_point, minimum, maximum : int
        Signed, one bit more than a result; the limits are those of a signed result unless given.
    rounding : str
        ``double``, ``gemmlowp``, ``half_even`` or ``half_up``.
    input_width : int
        16 to 48.
    result_width : int
        4, 8 or 16.

    Returns
    -------
    array of the shape of ``values``
        The low bits of each result, in int8 (int16 for 16 bits) as a signed number; or, if ``maximum``
        is beyond the signed ones, in uint8 (uint16) as an unsigned number.

    Raises
    ------
    TypeError
        If anything is not an integer.
    ValueError
        If anything is out of its register's range, a parameter does not broadcast to ``values``, or there
        is no such mode or width.
    """
    if rounding not in ROUNDING_MODES:
        raise ValueError(f"rounding must be one of {', '.join(ROUNDING_MODES)}, not {rounding!r}")
    if input_width not in INPUT_WIDTHS:
        raise ValueError(f"input_width must be within 16..48, not {input_width!r}")
    if result_width not in RESULT_WIDTHS:
        raise ValueError(f"result_width must be 4, 8 or 16, not {result_width!r}")
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"values must be integers, not {array.dtype!r}")
    most = (1 << input_width - 1) - 1
    if array.size and (int(array.min()) < -most - 1 or int(array.max()) > most):
        raise ValueError(f"values must be within {-most - 1}..{most}, not {int(array.min())!r}..{int(array.max())!r}")
    top = (1 << result_width - 1) - 1
    scalars = {"input_zero_point": input_zero_point, "output_zero_point": output_zero_point,
               "minimum": -top - 1 if minimum is None else minimum, "maximum": top if maximum is None else maximum}
    before, after, lowest, highest = (int(_parameter(name, name, value, result_width)) for name, value in scalars.items())
    # 32 bits of input make products below 2**63; wider ones take Python's integers, an order slower.
    exact = np.int64 if input_width <= 32 else object
    multipliers, shifts = (
        np.broadcast_to(_parameter(name, f"{name}_0", given, result_width), array.shape).astype(exact).reshape(-1)
        for name, given in (("multiplier", multiplier), ("shift", shift)))

    product = (array.astype(exact).reshape(-1) - before) * multipliers
    rounded = np.where(shifts == 0, product, _ROUND[rounding](product, np.maximum(shifts, 1)))
    total = rounded + after
    result = np.where(total > highest, highest, np.where(total < lowest, lowest, total)).astype(np.int64).reshape(array.shape)
    size = 16 if result_width == 16 else 8
    if highest > top:
        return (result & (1 << result_width) - 1).astype(f"uint{size}")
    offset = top + 1
    return ((result + offset & (1 << result_width) - 1) - offset).astype(f"int{size}")


# Each of these takes products and shifts of 1 and more; none has an intermediate value beyond 64 bits
# if the product has none.

def _double(product, shift):
    halves = product >> shift - 1
    return np.where(halves >= 0, halves + 1, halves - 1) >> 1


def _half_up(product, shift):
    return (product >> shift - 1) + 1 >> 1


def _gemmlowp(product, shift):
    high = _half_up(product, np.minimum(shift, 31))
    right = np.maximum(shift - 31, 0)
    mask = np.left_shift(np.ones_like(right), right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + ((high < 0) & (right > 0)))


def _half_even(product, shift):
    low = product >> shift
    twice = product - (low << shift) >> shift - 1  # the half
    rest = product & np.left_shift(np.ones_like(shift), shift - 1) - 1
    return low + (twice & ((rest != 0) | (low & 1)))


_ROUND = {"double": _double, "gemmlowp": _gemmlowp, "half_even": _half_even, "half_up": _half_up}
