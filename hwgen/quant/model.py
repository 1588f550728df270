# SPDX-License-Identifier: Apache-2.0
"""Golden model of the quantizer: int32 to int8 with the double rounding of the DataMaestro authors.

Definition
----------
With ``p = (value - input_zero_point) * multiplier`` and every division by a power of two rounding
towards minus infinity (an arithmetic shift)::

    t = p >> (shift - 1)
    r = (t + 1) >> 1    if t >= 0
    r = (t - 1) >> 1    if t <  0
    s = r + output_zero_point
    result = maximum if s > maximum, else minimum if s < minimum, else s

Non-negative products round half up. Negative ones mirror that around -1/2, not around zero:
``r(~p) == ~r(p)``, so -1.0 becomes -2 and the smallest negative product -1. This is what the authors'
hardware does, hence a contract and not an accident to mend here.

Sources
-------
KULeuven-MICAS/snax-postprocessing-simd, README, ``scale_quant_clamp_c_spec`` with ``double_round``;
the same function in the ``RescalePE`` of snax_acc.simd (KULeuven-MICAS/snax_cluster) and in the golden
model ``postprocessing_simd_golden_model`` of snax_cluster and snax-mlir. It goes by the name of TOSA's
RESCALE, yet is not TOSA 0.x ``apply_scale_32``, which adds ``1 << shift - 1`` and, with ``double_round``
and a shift above 31, plus or minus ``1 << 30`` by the sign of the value, before a single shift.

Beyond the published definition
-------------------------------
- The published code keeps ``value - input_zero_point``, ``t`` and ``s`` in 32 bits, where they wrap or
  are undefined in C. Here they are exact: what leaves int32 saturates to ``maximum`` or ``minimum``. The
  results differ exactly where the difference or ``t`` leaves -2**31..2**31 - 1, or ``t + 1`` or ``t - 1`` does.
- The product always fits 64 bits: at most (2**31 + 127) * 2**31, which is below 2**63.
- ``shift`` 0, undefined in the published code (a shift by -1), neither shifts nor rounds: ``r = p``.
- ``minimum > maximum``: as in the published hardware ``maximum`` is tested first; the C code would
  always return ``minimum``.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config.quantizer import QuantizerConfig, quantizer_unit

_FIELDS = {field.name: field for field in quantizer_unit(QuantizerConfig()).fields}


def _parameter(name: str, field: str, given: ArrayLike) -> NDArray[np.int64]:
    """``given`` as int64, held to the range of the register field it is written to."""
    described, array = _FIELDS[field], np.asarray(given)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be an integer or integers, not {given!r}")
    if array.size and (int(array.min()) < described.lowest or int(array.max()) > described.highest):
        raise ValueError(f"{name} must be within {described.lowest}..{described.highest}, not {given!r}")
    return array.astype(np.int64)


def rescale(values: ArrayLike, *, multiplier: ArrayLike, shift: ArrayLike, input_zero_point: int = 0,
            output_zero_point: int = 0, minimum: int = -128, maximum: int = 127) -> NDArray[np.int8]:
    """Rescale int32 values to int8, bit for bit as the quantizer does.

    Parameters
    ----------
    values : array of integers, any shape
        Each within int32.
    multiplier, shift : integer, or array of integers that broadcasts to ``values``
        Signed 32 bits and 0..63; one per tensor, or N of them for values whose last axis has N columns.
    input_zero_point, output_zero_point, minimum, maximum : int
        Signed 8 bits.

    Returns
    -------
    array of int8, of the shape of ``values``

    Raises
    ------
    TypeError
        If anything is not an integer.
    ValueError
        If anything is out of its register's range, or a parameter does not broadcast to ``values``.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"values must be integers, not {array.dtype!r}")
    limits = np.iinfo(np.int32)
    if array.size and (int(array.min()) < limits.min or int(array.max()) > limits.max):
        raise ValueError(f"values must be within {limits.min}..{limits.max}, not {int(array.min())!r}..{int(array.max())!r}")
    multipliers = np.broadcast_to(_parameter("multiplier", "multiplier_0", multiplier), array.shape)
    shifts = np.broadcast_to(_parameter("shift", "shift_0", shift), array.shape)
    scalars = {"input_zero_point": input_zero_point, "output_zero_point": output_zero_point,
               "minimum": minimum, "maximum": maximum}
    before, after, lowest, highest = (int(_parameter(name, name, value)) for name, value in scalars.items())

    product = (array.astype(np.int64) - before) * multipliers
    halves = product >> np.maximum(shifts - 1, 0)
    rounded = np.where(halves >= 0, halves + 1, halves - 1) >> 1
    total = np.where(shifts == 0, product, rounded) + after
    return np.where(total > highest, highest, np.where(total < lowest, lowest, total)).astype(np.int8)
