# SPDX-License-Identifier: Apache-2.0
"""Golden result of a convolution, from the models of core and quantizer."""

import numpy as np

from ...config import GemmConfig
from ...gemm import model as gemm_model
from ...quant import model as quantizer_model
from .problem import ConvProblem

PATCH_BYTES = 1 << 28
"""Of patches at a time."""


def golden_conv(problem: ConvProblem, arrays: dict[str, np.ndarray], core: GemmConfig) -> np.ndarray:
    """Expected result on ``core``.

    Parameters
    ----------
    problem : ConvProblem
    arrays : dict of array
        ``a``, ``b`` and ``c`` of `ConvProblem.shapes`.
    core : GemmConfig

    Returns
    -------
    array, shape (batch, height, width, filters)
    """
    inputs, outputs = problem.channels // problem.groups, problem.filters // problem.groups
    rows = max(1, PATCH_BYTES // (8 * problem.taps))
    columns = []
    for group in range(problem.groups):
        patches = patch_rows(problem, arrays["a"][..., group * inputs:(group + 1) * inputs])
        filters = arrays["b"][group * outputs:(group + 1) * outputs].reshape(outputs, -1).T
        bias = arrays["c"][group * outputs:(group + 1) * outputs] if problem.c == "bias" else None
        columns.append(np.concatenate([gemm_model.accumulate(
            part := patches[first:first + rows], filters, None if bias is None else np.broadcast_to(bias, (len(part), outputs)),
            a_zero_point=problem.a_zero_point, b_zero_point=problem.b_zero_point, a_unsigned=problem.a_unsigned, b_unsigned=problem.b_unsigned,
            a_width=core.a_width, b_width=core.b_width, accumulator_width=core.accumulator_width) for first in range(0, len(patches), rows)]))
    sums = np.concatenate(columns, axis=1)
    if problem.quantizes:
        r = problem.rescale
        sums = quantizer_model.rescale(
            sums, multiplier=np.asarray(r.multiplier), shift=np.asarray(r.shift), input_zero_point=r.input_zero_point,
            output_zero_point=r.output_zero_point, minimum=r.minimum, maximum=r.maximum, rounding=r.rounding,
            input_width=core.accumulator_width)
    return sums.reshape(problem.shapes["out"])


def patch_rows(problem: ConvProblem, images: np.ndarray) -> np.ndarray:
    """What each filter meets at each pixel of the result, padding being the zero point; shape (pixels, taps x channels)."""
    top, bottom, left, right = problem.padding
    padded = np.pad(images, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=problem.a_zero_point)
    (height, width), (rows, columns) = problem.out_size, problem.kernel
    made = np.empty((problem.batch, height, width, rows, columns, images.shape[3]), images.dtype)
    for r in range(rows):
        for s in range(columns):
            y, x = r * problem.dilation[0], s * problem.dilation[1]
            made[:, :, :, r, s] = padded[:, y:y + (height - 1) * problem.stride[0] + 1:problem.stride[0],
                                         x:x + (width - 1) * problem.stride[1] + 1:problem.stride[1]]
    return made.reshape(problem.pixels, -1)
