# SPDX-License-Identifier: Apache-2.0
"""Random jobs for any shipped accelerator, as register fields that no compiler has made."""

import random

from .hazards import Touched, races, touched
from .model import JobFields
from .stream_fields import StreamFields
from .walk import Config

ATTEMPTS = 8


class RawJobs:
    """Draws jobs whose words match what the accelerator takes, and whose outcome does not depend on time.

    Parameters
    ----------
    config : dict
    rng : random.Random
    """

    def __init__(self, config: Config, rng: random.Random):
        self.config, self.rng = config, rng
        self.streams = {name: StreamFields(config, name, rng) for name in config["streamers"]}

    def draw(self, *, wrong: bool = False) -> dict[str, dict[str, int]] | None:
        """A job, or None if none was found; ``wrong`` for one with at least one suppressed access."""
        for attempt in range(ATTEMPTS):
            most = max(1, 24 >> attempt)
            counts, fields = self._work(most)
            erring = self.rng.choice(sorted(counts)) if wrong else None
            job = self._streams(dict(fields), counts, erring)
            if job is not None:
                return job
        return None

    def empty(self) -> dict[str, dict[str, int]]:
        """A job of entries that move nothing."""
        names = self.rng.sample(sorted(self.streams), self.rng.randint(1, min(3, len(self.streams))))
        job = {name: self.streams[name].empty() for name in names}
        for unit, counts in {"gemm": {"core": ("tiles", "steps"), "quantizer": ("tiles",)},
                             "max_pool": {"pool": ("outputs", "window")}}.get(self.config["accelerator"]["kind"], {}).items():
            if self.rng.random() < 0.5:
                _, fields = self._work(4)
                job[unit] = {**fields.get(unit, {}), self.rng.choice(counts): 0}
        return job

    def _streams(self, job: JobFields, counts: dict[str, int], erring: str | None) -> dict[str, dict[str, int]] | None:
        """The job with entries of the streamers, writers first."""
        config, entries = self.config, dict(job)
        known: dict[str, Touched] = {}
        for name in sorted(counts, key=lambda name: config["streamers"][name]["mode"] == "read"):
            draw = self.streams[name].wrong if name == erring else self.streams[name].draw
            for _ in range(ATTEMPTS):
                if (fields := draw(counts[name])) is None:
                    return None
                found = touched(config, {name: fields})
                if not races(config, job, known | found):
                    entries[name], known = fields, known | found
                    break
            else:
                return None
        return entries

    def _work(self, most: int) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """How many words each port moves, and fields of the accelerator's own units."""
        return {"gemm": self._gemm, "elementwise_add": self._add, "max_pool": self._pool}[self.config["accelerator"]["kind"]](most)

    def _add(self, most):
        return dict.fromkeys("XYZ", self.rng.randint(1, most)), {}

    def _pool(self, most):
        rng = self.rng
        window = rng.randint(1, min(9, most, (1 << self.config["accelerator"]["window_width"]) - 1))
        outputs = rng.randint(1, max(1, most // window))
        return ({"X": window * outputs, "Y": outputs},
                {"pool": {"window": window, "outputs": outputs, "unsigned_elements": rng.randrange(2)}})

    def _gemm(self, most):
        rng, accelerator = self.rng, self.config["accelerator"]
        core, quantizer = accelerator["core"], accelerator["quantizer"]
        steps = rng.randint(1, min(6, most, (1 << core["step_width"]) - 1))
        tiles = rng.randint(1, max(1, min(most // steps, (1 << core["tile_width"]) - 1)))
        counts = {"A": steps * tiles, "B": steps * tiles}
        fields = {"steps": steps, "tiles": tiles}
        for x in "ab":
            width = core[f"{x}_width"]
            fields[f"{x}_unsigned"] = rng.randrange(2)
            # The register is one bit wider than the operand, of which only the low bits count.
            fields[f"{x}_zero_point"] = rng.choice([0, -1 << width, (1 << width) - 1, rng.randrange(-1 << width, 1 << width)])
        if rng.random() < 0.5:
            fields["add_c"], counts["C"] = 1, tiles
        if rng.random() < 0.5:
            counts["D"] = tiles
            return counts, {"core": fields}
        counts["E"] = tiles
        job = {"core": fields | {"quantize": 1}, "quantizer": self._rescaling(core, quantizer) | {"tiles": tiles}}
        if job["quantizer"].get("per_channel"):
            counts["P"] = tiles
        return counts, job

    def _rescaling(self, core, quantizer):
        rng, width = self.rng, quantizer.get("result_width", 8)
        # Where results may be unsigned, the fields have a bit more than a result.
        wide = width if "result_width" not in quantizer else width + 1
        lowest, highest = -1 << wide - 1, (1 << wide - 1) - 1
        clamp = rng.choice([(-1 << width - 1, (1 << width - 1) - 1), (lowest, highest), (rng.randint(lowest, highest), rng.randint(lowest, highest))])
        fields = {"input_zero_point": rng.choice([0, -128, 127, rng.randint(-128, 127)]),
                  "output_zero_point": rng.choice([0, lowest, highest, rng.randint(lowest, highest)]),
                  "minimum": clamp[0], "maximum": clamp[1]}
        modes = quantizer.get("rounding_modes", ["double"])
        if len(modes) > 1:
            fields["rounding"] = rng.randrange(len(modes))
        if quantizer.get("parameter_stream", False):
            fields["per_channel"] = rng.randrange(2)
        for c in range(quantizer["channels"]):
            shift = rng.choice([0, 1, 30, 31, 32, 33, 62, 63, rng.randrange(64), rng.randint(20, 40)])
            sums = core["a_width"] + core["b_width"] + 4
            # Mostly so that results fill the range that is left.
            scaled = 1 << max(0, min(30, shift + width - sums))
            fields[f"shift_{c}"] = shift
            fields[f"multiplier_{c}"] = rng.choice([scaled, -scaled, rng.randint(scaled, min(4 * scaled, (1 << 31) - 1)),
                                                    rng.randrange(-(1 << 31), 1 << 31), -(1 << 31), 0])
        return fields

