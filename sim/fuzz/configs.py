# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies over cluster configs: whatever the accelerator's ports and the banks allow."""

from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, reject, seed, settings
from hypothesis import strategies as st

from ...config import ClusterConfig
from ...config.load import from_dict
from ...errors import ConfigError

MOST_CHANNELS = 32
MOST_BYTES = 1 << 15
"""Largest scratchpad; it is read after every batch."""
CROSSBAR = {"small": 320, "large": 3000}
"""Most channels times banks, which decides how long a simulator takes to build."""
CORE = {"small": 24, "large": 512}
"""Most multipliers, weighted by operand width over 8 bits."""


def divisions(draw: st.DrawFn, channels: int) -> list[int]:
    """Spatial bounds of one to three dimensions whose product is ``channels``."""
    bounds = [channels]
    for _ in range(draw(st.integers(0, 2))):
        last = bounds.pop()
        divisor = draw(st.sampled_from([d for d in range(1, last + 1) if last % d == 0]))
        bounds += [divisor, last // divisor]
    return bounds


@st.composite
def transposers(draw: st.DrawFn, bank_width: int, channels: int) -> dict[str, Any]:
    width = draw(st.sampled_from([w for w in (1, 2, 4, 8, 16, 32) if w <= bank_width]))
    total = bank_width // width * channels
    rows = draw(st.sampled_from([r for r in range(1, total + 1) if total % r == 0]))
    return {"kind": "transposer", "element_width": width, "rows": rows}


@st.composite
def extension_chains(draw: st.DrawFn, mode: str, bank_width: int, channels: int, tails: bool, wanted: list[dict]) -> list[dict[str, Any]]:
    """Zero or more extensions in any order; ``wanted`` are more likely, since the compiler uses them."""
    chain = [extension for extension in wanted if draw(st.integers(0, 3))]
    kinds = {extension["kind"] for extension in chain}
    if "transposer" not in kinds and bank_width // 8 <= 16 and draw(st.integers(0, 4)) == 0:
        chain.append(draw(transposers(bank_width, channels)))
    factors = [f for f in range(2, channels + 1) if channels % f == 0]
    if mode == "read" and "broadcaster" not in kinds and factors and draw(st.integers(0, 4)) == 0:
        chain.append({"kind": "broadcaster", "factor": draw(st.sampled_from(factors))})
    if draw(st.integers(0, 5)) == 0:
        chain.append({"kind": "requantize", "element_width": draw(st.sampled_from([8, 16] if bank_width > 8 else [8]))})
    chain = draw(st.permutations(chain))
    if mode == "read" and tails and draw(st.booleans()):
        width = draw(st.sampled_from([w for w in (8, 16, 32) if w <= bank_width]))
        chain = [{"kind": "zero_fill", "element_width": width}, *chain]
    return list(chain)


@st.composite
def streamers(draw: st.DrawFn, mode: str, width: int, memory: dict[str, int], wanted: list[dict]) -> dict[str, Any]:
    """A streamer for a port of ``width`` bits."""
    channels, banks = width // memory["bank_width"], memory["banks"]
    powers = [1 << i for i in range(banks.bit_length())]
    groups = draw(st.lists(st.sampled_from(powers), min_size=1, max_size=4, unique=True))
    reach = draw(st.sampled_from(["all", *(r for r in powers if r <= max(groups))]))
    tails = draw(st.integers(0, 2)) == 0
    return {
        "mode": mode, "spatial_bounds": divisions(draw, channels),
        "temporal_dimensions": draw(st.integers(1, 6)),
        "address_buffer_depth": draw(st.sampled_from([1, 2, 3, 4, 5, 8, 16])),
        "data_buffer_depth": draw(st.sampled_from([1, 2, 3, 4, 6, 8, 16])),
        "groups": groups, "reach": reach,
        "bound_width": draw(st.sampled_from([16, 6, 5, 8, 24])),
        "row_wrap": draw(st.integers(0, 2)) == 0, "tail_masks": tails,
        "fine_grained_prefetch": draw(st.integers(0, 2)) != 0,
        "extensions": draw(extension_chains(mode, memory["bank_width"], channels, tails, wanted)),
    }


def fits(bits: int, bank_width: int) -> bool:
    return bits % bank_width == 0 and bits // bank_width <= MOST_CHANNELS


@st.composite
def gemm(draw: st.DrawFn, bank_width: int, size: str) -> tuple[dict[str, Any], dict[str, tuple[str, int]], dict[str, list[dict]]]:
    """Accelerator, its ports, and extensions that its compiler can use."""
    result_width = draw(st.sampled_from([8, 8, 8, 4, 16]))
    tiles = [(m, n) for m in range(1, 9) for n in range(1, 9) if fits(m * n * result_width, bank_width)
             and any(fits(m * n * acc, bank_width) for acc in range(16, 49)) and m * n <= CORE[size]]
    if size == "large":
        tiles = [(m, n) for m, n in tiles if m * n >= 16] or tiles
    assume(tiles)
    m, n = draw(st.sampled_from(tiles))
    accumulators = [acc for acc in range(16, 49) if fits(m * n * acc, bank_width)]
    operands = [(k, a, b) for k in range(1, 9) for a in (4, 8, 16) for b in (4, 8, 16)
                if fits(m * k * a, bank_width) and fits(k * n * b, bank_width) and m * n * k * a * b // 64 <= CORE[size]]
    assume(operands)
    k, a_width, b_width = draw(st.sampled_from(operands))
    common = [acc for acc in (32, 24, 16, 48) if acc in accumulators]
    accumulator = draw(st.sampled_from(common)) if common and draw(st.booleans()) else draw(st.sampled_from(accumulators))
    streams = draw(st.integers(0, 3)) == 0 and -(-n * 40 // bank_width) <= MOST_CHANNELS
    modes = draw(st.lists(st.sampled_from(["double", "gemmlowp", "half_even", "half_up"]), min_size=1, max_size=4, unique=True))
    quantizer = {"lanes": draw(st.integers(1, m * n)), "channels": 1 if streams else draw(st.sampled_from([1, n])),
                 "rounding_modes": modes, "parameter_stream": streams, "result_width": result_width}
    core = {"m": m, "n": n, "k": k, "a_width": a_width, "b_width": b_width, "accumulator_width": accumulator,
            "step_width": draw(st.sampled_from([16, 4, 8])), "tile_width": draw(st.sampled_from([24, 5, 32]))}
    mover = m == n == k and a_width == b_width == result_width and draw(st.booleans())
    ports = {"A": ("read", m * k * a_width), "B": ("read", k * n * b_width), "C": ("read", m * n * accumulator),
             "D": ("write", m * n * accumulator), "E": ("write", m * n * result_width)}
    if streams:
        ports["P"] = ("read", -(-n * 40 // bank_width) * bank_width)
    wanted = {"A": [{"kind": "transposer", "element_width": a_width, "rows": k}],
              "B": [{"kind": "transposer", "element_width": b_width, "rows": n}],
              "C": [{"kind": "broadcaster", "factor": m}] if m > 1 and ports["C"][1] // bank_width % m == 0 else []}
    return {"kind": "gemm", "core": core, "quantizer": quantizer, "mover": mover}, ports, wanted


@st.composite
def elementwise(draw: st.DrawFn, bank_width: int, size: str) -> tuple[dict[str, Any], dict[str, tuple[str, int]], dict[str, list[dict]]]:
    """Element-wise addition or max-pooling."""
    most = 16 if size == "small" else MOST_CHANNELS
    width = bank_width * draw(st.integers(1, most))
    element = draw(st.sampled_from([e for e in (8, 16, 32) if width % e == 0]))
    if draw(st.booleans()):
        return {"kind": "elementwise_add", "element_width": element, "width": width}, {
            "X": ("read", width), "Y": ("read", width), "Z": ("write", width)}, {}
    return {"kind": "max_pool", "element_width": element, "width": width, "window_width": draw(st.sampled_from([8, 2, 4]))}, {
        "X": ("read", width), "Y": ("write", width)}, {}


@st.composite
def descriptions(draw: st.DrawFn, size: str = "any") -> dict[str, Any]:
    """Cluster descriptions, nearly all of them valid."""
    if size == "any":
        size = "large" if draw(st.integers(0, 19)) == 19 else "small"
    bank_width = draw(st.sampled_from([16, 32, 64, 128]))
    make = gemm if draw(st.integers(0, 9)) < 7 else elementwise
    accelerator, ports, wanted = draw(make(bank_width, size))
    total = sum(width for _, width in ports.values()) // bank_width
    banks = draw(st.sampled_from([b for b in (4, 8, 16, 32, 64) if b * total <= CROSSBAR[size] or b == 4]))
    # Room for a few words of every port, and mostly for what the compiler lays out.
    depths = [d for d in (16, 32, 64, 128, 256) if 8 * total <= banks * d and banks * d * bank_width // 8 <= MOST_BYTES] or [256]
    memory = {"banks": banks, "bank_width": bank_width, "bank_depth": draw(st.sampled_from(depths))}
    jobs = {"queue_depth": draw(st.sampled_from([2, 3, 4, 8])), "waits": draw(st.sampled_from([1, 2, 3, 4, 8])),
            "semaphores": draw(st.sampled_from([1, 2, 4, 8])), "count_width": draw(st.sampled_from([8, 16, 9])),
            "semaphore_width": draw(st.sampled_from([4, 8]))}
    return {
        "name": "random", "memory": memory, "accelerator": accelerator, "jobs": jobs,
        "interconnect": {"fair_period": draw(st.sampled_from([8, 2, 3, 16]))},
        "streamers": {name: draw(streamers(mode, width, memory, wanted.get(name, []))) for name, (mode, width) in ports.items()},
    }


EXAMPLES = 3
"""Configs drawn for each that is used: the first is the simplest there is."""


@st.composite
def configs(draw: st.DrawFn, size: str = "any") -> ClusterConfig:
    """Valid clusters; the few descriptions that the config refuses are drawn again."""
    description = draw(descriptions(size))
    try:
        return from_dict(description)
    except ConfigError:
        reject()


def drawn(number: int, campaign: int, size: str = "any") -> ClusterConfig:
    """The config of that number in a campaign, always the same.

    Each has a run of Hypothesis to itself: within one run, examples resemble those before them.
    """
    found: list[ClusterConfig] = []

    @seed(f"{campaign}/{number}")
    @settings(max_examples=EXAMPLES, database=None, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(configs(size))
    def collect(config: ClusterConfig) -> None:
        found.append(config)

    collect()
    return found[-1]
