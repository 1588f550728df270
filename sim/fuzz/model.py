# SPDX-License-Identifier: Apache-2.0
"""What jobs leave in the scratchpad, by an interpreter of the documented registers.

Written from the pages on jobs and registers alone, with plain integers. It shares no code with the golden
models that stand beside the hardware, nor with the compiler, so that none of them can hide an error
of another. Jobs take effect one after the other, as the waits between them are to make it seem.
"""

from collections import defaultdict, deque
from collections.abc import Mapping

from . import arithmetic
from .extend import extended
from .walk import Access, Config, Fields, accesses, channels, place

JobFields = Mapping[str, Fields]
"""Fields of each unit that has an entry in a job."""


class Model:
    """A cluster without time: scratchpad, words on their way, and jobs that have not got all of theirs.

    Parameters
    ----------
    config : dict
        The resolved config, as its canonical JSON holds it.
    contents : bytes
        Of the scratchpad, in the order of the memory window's mode 0.

    Attributes
    ----------
    errors : list of (unit, job number of the unit, Access)
        Every access suppressed so far.
    accessed : dict
        Bank words read or written so far, by streamer.
    completed : dict
        Entries so far, by unit.
    """

    def __init__(self, config: Config, contents: bytes):
        self.config, self.memory, self.streamers = config, config["memory"], config["streamers"]
        self.word_bytes = self.memory["bank_width"] // 8
        self.words = [0] * (self.memory["banks"] * self.memory["bank_depth"])
        self.load(contents)
        self.errors: list[tuple[str, int, Access]] = []
        self.accessed: dict[str, int] = dict.fromkeys(self.streamers, 0)
        self.completed: dict[str, int] = defaultdict(int)
        self._words: dict[str, deque[int]] = defaultdict(deque)
        self._targets: dict[str, deque[tuple[list[Access], Fields]]] = defaultdict(deque)
        self._jobs: dict[str, deque[dict[str, int]]] = defaultdict(deque)

    def load(self, contents: bytes) -> None:
        """Replace the scratchpad's contents, in the order of window mode 0."""
        self.write_window(0, contents)

    def window_groups(self) -> list[int]:
        """Banks in one group for each mode of the memory window: those that some streamer has, largest first."""
        return sorted({group for streamer in self.streamers.values() for group in streamer["groups"]}, reverse=True)

    def read_window(self, mode: int) -> bytes:
        """The whole scratchpad as the window shows it in a mode."""
        return b"".join(self.words[index].to_bytes(self.word_bytes, "little") for index in self._window(mode))

    def write_window(self, mode: int, contents: bytes) -> None:
        size = self.word_bytes
        for at, index in enumerate(self._window(mode)):
            self.words[index] = int.from_bytes(contents[at * size:(at + 1) * size], "little")

    def _window(self, mode: int) -> list[int]:
        group, size = self.window_groups()[mode], self.word_bytes
        return [self._index(*place(at * size, group, self.memory)) for at in range(len(self.words))]

    def _index(self, bank: int, row: int) -> int:
        return row * self.memory["banks"] + bank

    def run(self, job: JobFields) -> None:
        """Run one job: read all that is read, compute, write all that has come."""
        for name, fields in job.items():
            if name not in self.streamers:
                self._jobs[name].append(dict(fields))
            elif self.streamers[name]["mode"] == "read":
                for step in accesses(self.streamers[name], self.memory, fields):
                    self._words[name].append(self._read(name, step, fields))
            else:
                for step in accesses(self.streamers[name], self.memory, fields):
                    self._targets[name].append((step, fields))
                    self._note(name, step)
        self._compute()
        for name in self._targets:
            while self._targets[name] and self._words[name]:
                self._write(name, *self._targets[name].popleft(), self._words[name].popleft())
        for name in job:
            self.completed[name] += 1

    @property
    def settled(self) -> bool:
        """Nothing waits for words that have not come."""
        return not any(self._words.values()) and not any(self._targets.values()) and not any(self._jobs.values())

    def _note(self, name: str, step: list[Access]) -> None:
        for access in step:
            if access.cause:
                self.errors.append((name, self.completed[name], access))
            else:
                self.accessed[name] += 1

    def _read(self, name: str, step: list[Access], fields: Fields) -> int:
        self._note(name, step)
        count = channels(self.streamers[name])
        words, kept = [0] * count, [0] * count
        for access in step:
            kept[access.channel] = access.kept
            if not access.cause:
                words[access.channel] = self.words[self._index(access.bank, access.row)] & (1 << 8 * access.kept) - 1
        return self._joined(extended(words, kept, self.streamers[name], self.memory, fields))

    def _write(self, name: str, step: list[Access], fields: Fields, wide: int) -> None:
        bits, count = self.memory["bank_width"], channels(self.streamers[name])
        words = [wide >> c * bits & (1 << bits) - 1 for c in range(count)]
        words = extended(words, [self.word_bytes] * count, self.streamers[name], self.memory, fields)
        for access in step:
            if not access.cause:
                index, mask = self._index(access.bank, access.row), (1 << 8 * access.kept) - 1
                self.words[index] = self.words[index] & ~mask | words[access.channel] & mask

    def _joined(self, words: list[int]) -> int:
        return sum(word << c * self.memory["bank_width"] for c, word in enumerate(words))

    def _compute(self) -> None:
        """Take words and jobs as far as they go."""
        kind = self.config["accelerator"]["kind"]
        advance = {"gemm": self._gemm, "elementwise_add": self._add, "max_pool": self._pool}[kind]
        while advance():
            pass

    def _take(self, name: str, count: int) -> list[int]:
        return [self._words[name].popleft() for _ in range(count)]

    def _has(self, **counts: int) -> bool:
        return all(len(self._words[name]) >= count for name, count in counts.items())

    def _next(self, unit: str, *counts: str) -> dict[str, int] | None:
        """The job that a unit works on; one with a count of zero is passed over."""
        jobs = self._jobs[unit]
        while jobs and not all(jobs[0].get(count, 0) for count in counts):
            jobs.popleft()
        return jobs[0] if jobs else None

    def _spend(self, unit: str, count: str) -> None:
        """One item of the unit's job is done."""
        job = self._jobs[unit][0]
        job[count] -= 1
        if not job[count]:
            self._jobs[unit].popleft()

    def _gemm(self) -> bool:
        return self._quantize() or self._multiply() or self._move()

    def _multiply(self) -> bool:
        core, job = self.config["accelerator"]["core"], self._next("core", "tiles", "steps")
        if job is None:
            return False
        steps, initial = job["steps"], job.get("add_c", 0)
        if not self._has(A=steps, B=steps, C=initial):
            return False
        c = self._take("C", 1)[0] if initial else None
        sums = arithmetic.product_tile(core, job, self._take("A", steps), self._take("B", steps), c)
        self._words["sums" if job.get("quantize", 0) else "D"].append(arithmetic.packed(sums, core["accumulator_width"]))
        self._spend("core", "tiles")
        return True

    def _quantize(self) -> bool:
        core, quantizer = self.config["accelerator"]["core"], self.config["accelerator"]["quantizer"]
        job = self._next("quantizer", "tiles")
        streamed = bool(job and job.get("per_channel", 0))
        if job is None or not self._has(sums=1, P=int(streamed)):
            return False
        width, (word,) = core["accumulator_width"], self._take("sums", 1)
        sums = arithmetic.unpacked(word, core["m"] * core["n"], width)
        columns = self._columns() if streamed else None
        results = arithmetic.rescaled(sums, core["n"], quantizer, job, columns)
        self._words["E"].append(arithmetic.packed(results, quantizer.get("result_width", 8)))
        self._spend("quantizer", "tiles")
        return True

    def _move(self) -> bool:
        """One word past core and quantizer; no other job may be in the accelerator."""
        job, core = self._next("mover", "words"), self.config["accelerator"]["core"]
        source, target = ("C", "D") if job and job.get("route", 0) else ("A", "E")
        if job is None or not self._has(**{source: 1}):
            return False
        (word,), width, size = self._take(source, 1), core["a_width"], core["m"]
        if job.get("transpose", 0) and source == "A":
            tile = arithmetic.unpacked(word, size * size, width)
            word = arithmetic.packed([tile[i * size + j] for j in range(size) for i in range(size)], width)
        self._words[target].append(word)
        self._spend("mover", "words")
        return True

    def _columns(self) -> list[tuple[int, int]]:
        """Multiplier and shift of each column, 32 bits and 6 of 8 bits, from a word of the parameter stream."""
        (word,) = self._take("P", 1)
        entries = arithmetic.unpacked(word, self.config["accelerator"]["core"]["n"], 40, unsigned=True)
        return [(arithmetic.unpacked(entry, 1, 32)[0], entry >> 32 & 63) for entry in entries]

    def _add(self) -> bool:
        if not self._has(X=1, Y=1):
            return False
        self._words["Z"].append(arithmetic.added(*self._take("X", 1), *self._take("Y", 1), self.config["accelerator"]))
        return True

    def _pool(self) -> bool:
        job = self._next("pool", "outputs", "window")
        if job is None or not self._has(X=job["window"]):
            return False
        words = self._take("X", job["window"])
        self._words["Y"].append(arithmetic.largest(words, self.config["accelerator"], bool(job.get("unsigned_elements", 0))))
        self._spend("pool", "outputs")
        return True
