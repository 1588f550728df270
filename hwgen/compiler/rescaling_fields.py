# SPDX-License-Identifier: Apache-2.0
"""What a job tells the quantizer, and what it cannot be told."""

from ..config import ClusterConfig
from ..errors import MappingError
from .problem import GemmProblem


def rescaling_fields(problem: GemmProblem, config: ClusterConfig) -> dict[str, int]:
    """Register fields of the quantizer, tile count apart."""
    rescale, quantizer = problem.rescale, config.accelerator.quantizer
    fields = {name: getattr(rescale, name) for name in ("input_zero_point", "output_zero_point", "minimum", "maximum")}
    if len(quantizer.rounding_modes) > 1:
        fields["rounding"] = quantizer.rounding_modes.index(rescale.rounding)
    if quantizer.parameter_stream:
        fields["per_channel"] = int(rescale.per_channel)
    if not problem.streams_parameters(config):
        for c in range(quantizer.channels):
            multiplier, shift = rescale.column(c)
            fields |= {f"multiplier_{c}": multiplier, f"shift_{c}": shift}
    return fields


def check_quantizer(problem: GemmProblem, config: ClusterConfig) -> None:
    """Raises MappingError if the cluster's quantizer cannot make the problem's result."""
    quantizer, rounding = config.accelerator.quantizer, problem.rescale.rounding
    if quantizer.result_width != 8:
        raise MappingError(f"{problem.out_type} results need a quantizer with a result_width of 8, not {quantizer.result_width}")
    if problem.rescale.per_channel:
        for name in ("multiplier", "shift"):
            if len(getattr(problem.rescale, name)) != problem.n:
                raise MappingError(f"{name} must hold {problem.n} values, one for each column, not {len(getattr(problem.rescale, name))}")
        if not quantizer.parameter_stream and not (quantizer.channels > 1 and problem.n <= quantizer.channels):
            raise MappingError(f"a multiplier for each of {problem.n} columns needs a quantizer with a parameter_stream, or that many channels,"
                               f" which {config.name} does not have")
    if rounding not in quantizer.rounding_modes:
        raise MappingError(f"rounding on {config.name} must be one of {', '.join(quantizer.rounding_modes)}, not {rounding!r}")
