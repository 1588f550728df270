# SPDX-License-Identifier: Apache-2.0
"""What GeMM jobs do to the scratchpad when they run strictly one after the other, from the golden models."""

from dataclasses import replace

import numpy as np

from hwgen.compiler.image import MemoryImage
from hwgen.compiler.jobs import Entry, Job, Wait
from hwgen.compiler.placement import Place
from hwgen.compiler.streamer_fields import Operand, streamer_fields
from hwgen.config import ClusterConfig
from hwgen.gemm import model as gemm_model
from hwgen.quant import model as quantizer_model
from hwgen.streamer import model as streamer_model
from support.jobs import kept_of, steps_of, words_of

RESCALE = {"multiplier_0": 1 << 30, "shift_0": 33, "minimum": -128, "maximum": 127}
"""Keeps enough of small sums for differences to show."""


def tile_bytes(config: ClusterConfig, streamer: str) -> int:
    """Bytes one step of a streamer moves."""
    return config.streamers[streamer].channels * config.memory.word_bytes


def walk(config: ClusterConfig, streamer: str, tiles: int, base: int = 0, group: int | None = None,
         loops: list[tuple[int, int]] | None = None) -> dict[str, int]:
    """Fields that visit ``tiles`` tiles lying one after the other, or ``loops`` of bounds and strides."""
    size = tile_bytes(config, streamer)
    place = Place(group or config.memory.banks, base, tiles * size)
    operand = Operand(streamer, place.size, config.streamers[streamer].channels, {})
    return streamer_fields(config, operand, place, [(tiles, size)] if loops is None else loops)


def tile_job(config: ClusterConfig, *, tiles: int, steps: int, out: str = "D", interrupt: bool = False,
             walks: dict[str, dict[str, int]] | None = None, core: dict[str, int] | None = None,
             **bases: int) -> Job:
    """Multiply-accumulate ``steps`` tiles of A and B into each of ``tiles`` tiles of D or E.

    ``bases`` are byte addresses by streamer, C among them if tiles start from C; ``walks`` replaces
    the fields of a streamer altogether.
    """
    counts = {"A": tiles * steps, "B": tiles * steps, "C": tiles, out: tiles}
    fields = {name: walk(config, name, counts[name], base) for name, base in bases.items()} | (walks or {})
    entries = {name: Entry(value, interrupt=interrupt and name == out) for name, value in fields.items()}
    entries["core"] = Entry({"tiles": tiles, "steps": steps, "add_c": int("C" in fields), "quantize": int(out == "E")}
                            | (core or {}))
    if out == "E":
        entries["quantizer"] = Entry({"tiles": tiles} | RESCALE)
    return Job(entries)


def touched(config: ClusterConfig, name: str, entry: Entry) -> set[tuple[int, int]]:
    """Bank words a streamer's entry accesses."""
    steps = steps_of(config.memory, config.streamers[name], entry.fields)
    return {place for places in steps for place in places if not isinstance(place, str)}


def with_waits(job: Job, waits: dict[str, tuple[Wait, ...]]) -> Job:
    """The job with waits added to some of its entries."""
    return Job({name: replace(entry, waits=entry.waits + waits.get(name, ())) for name, entry in job.entries.items()})


def ordered(config: ClusterConfig, jobs: list[Job]) -> list[Job]:
    """The jobs with every wait on completion counts that keeps their accesses in order, counted from reset."""
    counts: dict[str, int] = dict.fromkeys(config.streamers, 0)
    history: list[tuple[str, int, set]] = []
    result = []
    for job in jobs:
        waits, accesses = {}, []
        for name, entry in job.entries.items():
            if name not in config.streamers:
                continue
            mine, latest = touched(config, name, entry), {}
            for other, number, theirs in history:
                reads = config.streamers[name].reads and config.streamers[other].reads
                if not reads and mine & theirs:
                    latest[other] = max(latest.get(other, 0), number)
            waits[name] = tuple(Wait(other, number) for other, number in latest.items())
            counts[name] += 1
            accesses.append((name, counts[name], mine))
        history += accesses
        result.append(with_waits(job, waits))
    return result


class Machine:
    """The scratchpad, and jobs that change it one after the other.

    Parameters
    ----------
    config : ClusterConfig
    image : MemoryImage
        Contents to begin with.
    """

    def __init__(self, config: ClusterConfig, image: MemoryImage):
        self.config = config
        rows, banks, _ = image.bytes.shape
        self.contents = {(b, r): int.from_bytes(image.bytes[r, b].tobytes(), "little")
                         for r in range(rows) for b in range(banks)}

    def run(self, job: Job) -> None:
        """Run one job to its end: all reads, then the arithmetic, then all writes."""
        config, core = self.config, self.config.accelerator.core
        entry = job.entries["core"].fields
        out = "E" if entry["quantize"] else "D"
        a, b, c = (self._words(job, name) for name in "ABC")
        places, kept = (of(config.memory, config.streamers[out], job.entries[out].fields) if out in job.entries else []
                        for of in (steps_of, kept_of))
        steps = entry["steps"]
        reading = {f"{x}_{what}": entry.get(f"{x}_{what}", 0) for x in "ab" for what in ("zero_point", "unsigned")}
        widths = core.model_dump(include={"a_width", "b_width", "accumulator_width"})
        for t in range(entry["tiles"] if steps else 0):
            tile = gemm_model.tile(
                [gemm_model.unpack(word, (core.m, core.k), core.a_width) for word in a[t * steps:(t + 1) * steps]],
                [gemm_model.unpack(word, (core.k, core.n), core.b_width) for word in b[t * steps:(t + 1) * steps]],
                gemm_model.unpack(c[t], (core.m, core.n), core.accumulator_width) if entry["add_c"] else None,
                **reading, **widths)
            if out == "E":
                tile = self._rescale(job, tile)
            width = config.accelerator.quantizer.result_width if out == "E" else core.accumulator_width
            self._store(out, job.entries[out].fields, places[t], kept[t], gemm_model.pack(tile, width))

    def image(self) -> MemoryImage:
        """Contents now."""
        memory = self.config.memory
        image = MemoryImage(memory)
        for (bank, row), word in self.contents.items():
            image.bytes[row, bank] = np.frombuffer(word.to_bytes(memory.word_bytes, "little"), np.uint8)
        return image

    def _words(self, job, name):
        if name not in job.entries:
            return []
        return words_of(self.config.memory, self.config.streamers[name], job.entries[name].fields, self.contents)

    def _rescale(self, job, tile):
        fields = job.entries["quantizer"].fields
        names = ("input_zero_point", "output_zero_point", "minimum", "maximum")
        quantizer = self.config.accelerator.quantizer
        channels = quantizer.channels
        columns = [c % channels for c in range(tile.shape[1])]
        return quantizer_model.rescale(
            tile, multiplier=[fields.get(f"multiplier_{c}", 0) for c in columns],
            shift=[fields.get(f"shift_{c}", 0) for c in columns], **{n: fields.get(n, 0) for n in names},
            rounding=quantizer.rounding_modes[fields.get("rounding", 0)], result_width=quantizer.result_width)

    def _store(self, name, fields, places, kept, word):
        memory, streamer = self.config.memory, self.config.streamers[name]
        words = [word >> c * memory.bank_width & (1 << memory.bank_width) - 1 for c in range(streamer.channels)]
        whole = [(1 << memory.word_bytes) - 1] * streamer.channels
        words = streamer_model.extend(words, whole, streamer, fields, memory)
        for place, count, new in zip(places, kept, words, strict=True):
            if not isinstance(place, str):
                mask = (1 << 8 * count) - 1
                self.contents[place] = self.contents[place] & ~mask | new & mask
