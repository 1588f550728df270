# SPDX-License-Identifier: Apache-2.0
"""Units of the interpreter: each advances its present entry a little whenever it is asked."""

from collections import deque
from collections.abc import Mapping

import numpy as np

from ...config import ClusterConfig
from ...gemm import model as gemm_model
from ...quant import model as quantizer_model
from ..elements import ElementType, pack, unpack
from .walks import InterpreterError, acting, step_addresses, word_indices

Fields = Mapping[str, int]


class Unit:
    """Something that works through entries in order.

    Attributes
    ----------
    busy : bool
        An entry has been started and has not completed.
    """

    def __init__(self, machine, name: str):
        self.machine, self.name, self.busy = machine, name, False
        self.config: ClusterConfig = machine.config

    def start(self, fields: Fields) -> None:
        self.busy = True

    def advance(self, most: int) -> bool:
        """Do up to ``most`` steps; whether anything was done."""
        raise NotImplementedError


class Streamer(Unit):
    """A reader or writer of the accelerator: moves wide words between the scratchpad and a stream."""

    def __init__(self, machine, name: str):
        super().__init__(machine, name)
        self.settings = self.config.streamers[name]
        self.stream: deque[np.ndarray] = machine.streams[name]
        self.depth = self.settings.data_buffer_depth + self.settings.address_buffer_depth

    def start(self, fields):
        super().start(fields)
        self.words = word_indices(self.config, self.name, fields, step_addresses(self.config, self.settings, fields))
        self.at, self.extensions = 0, acting(self.settings, fields)
        self.busy = len(self.words) > 0

    def advance(self, most):
        if self.at == len(self.words):
            # A reader has completed once its last word has been taken.
            self.busy = bool(self.stream)
            return not self.busy
        if self.settings.reads:
            count = min(most, len(self.words) - self.at, self.depth - len(self.stream))
            if count <= 0:
                return False
            words = self.words[self.at:self.at + count]
            found = self.machine.scratchpad[words]
            found[words < 0] = 0
            self.stream.extend(self._extended(found))
        else:
            count = min(most, len(self.words) - self.at, len(self.stream))
            for step in self.words[self.at:self.at + count]:
                self.machine.scratchpad[step[step >= 0]] = self.stream.popleft().reshape(len(step), -1)[step >= 0]
        self.at += count
        self.busy = self.at < len(self.words) or (self.settings.reads and bool(self.stream))
        return count > 0

    def _extended(self, words: np.ndarray) -> np.ndarray:
        """Steps as the accelerator gets them, shape (steps, bytes)."""
        steps = len(words)
        data = words.reshape(steps, -1)
        for extension in self.extensions:
            if extension.label == "broadcaster":
                data = np.tile(data, (1, extension.factor))
            elif extension.label == "transposer":
                bits = np.unpackbits(data, axis=1, bitorder="little").reshape(steps, extension.rows_of(self.settings.channels), -1, extension.element_width)
                data = np.packbits(bits.transpose(0, 2, 1, 3).reshape(steps, -1), axis=1, bitorder="little")
            else:
                raise InterpreterError(f"extension {extension.label} is not interpreted")
        return data


class Core(Unit):
    """Sums up tiles of products."""

    def start(self, fields):
        self.fields, self.tiles, self.taken, self.sums = fields, fields["tiles"], 0, None
        self.busy = fields["tiles"] > 0 and fields["steps"] > 0

    def advance(self, most):
        core, fields, streams = self.config.accelerator.core, self.fields, self.machine.streams
        if self.taken == fields["steps"]:
            return self._deliver()
        if self.taken == 0 and self.sums is None:
            if fields.get("add_c", 0) and not streams["C"]:
                return False
            self.sums = self._elements(streams["C"].popleft(), (core.m, core.n), core.accumulator_width) if fields.get("add_c", 0) else None
        count = min(most, fields["steps"] - self.taken, len(streams["A"]), len(streams["B"]))
        if count:
            a = self._elements(np.stack([streams["A"].popleft() for _ in range(count)]), (count, core.m, core.k), core.a_width)
            b = self._elements(np.stack([streams["B"].popleft() for _ in range(count)]), (count, core.k, core.n), core.b_width)
            self.sums = gemm_model.accumulate(
                a.transpose(1, 0, 2).reshape(core.m, -1), b.reshape(-1, core.n), self.sums,
                a_zero_point=fields.get("a_zero_point", 0), b_zero_point=fields.get("b_zero_point", 0),
                a_unsigned=bool(fields.get("a_unsigned", 0)), b_unsigned=bool(fields.get("b_unsigned", 0)),
                a_width=core.a_width, b_width=core.b_width, accumulator_width=core.accumulator_width)
        self.taken += count
        return count > 0

    def _deliver(self) -> bool:
        target = self.machine.streams["sums" if self.fields.get("quantize", 0) else "D"]
        if target:
            return False
        target.append(self.sums if self.fields.get("quantize", 0) else
                      pack(self.sums.reshape(-1), self.config.accelerator.core.accumulator_width))
        self.sums, self.taken, self.tiles = None, 0, self.tiles - 1
        self.busy = self.tiles > 0
        return True

    @staticmethod
    def _elements(data: np.ndarray, shape: tuple[int, ...], width: int) -> np.ndarray:
        """Elements of stream words, which hold nothing else, as integers whose low bits count."""
        data = np.ascontiguousarray(data).reshape(-1)
        if width in (8, 16, 32):
            return data.view(f"<i{width // 8}").reshape(shape)
        return unpack(data, ElementType(width, np.dtype(np.int64))).reshape(shape)


class Quantizer(Unit):
    """Rescales tiles of sums."""

    def start(self, fields):
        self.fields, self.tiles, self.busy = fields, fields["tiles"], fields["tiles"] > 0

    def advance(self, most):
        streams, fields = self.machine.streams, self.fields
        streamed = fields.get("per_channel", 0)
        if not streams["sums"] or streams["E"] or (streamed and not streams["P"]):
            return False
        quantizer, core = self.config.accelerator.quantizer, self.config.accelerator.core
        if streamed:
            columns = streams["P"].popleft()[:5 * core.n].reshape(core.n, 5)
            multiplier = np.ascontiguousarray(columns[:, :4]).view("<i4").reshape(-1)
            shift = columns[:, 4] & 63
        else:
            which = np.arange(core.n) % quantizer.channels
            multiplier, shift = (np.array([fields[f"{name}_{c}"] for c in which]) for name in ("multiplier", "shift"))
        results = quantizer_model.rescale(
            streams["sums"].popleft(), multiplier=multiplier.astype(np.int64), shift=shift.astype(np.int64), input_zero_point=fields["input_zero_point"],
            output_zero_point=fields["output_zero_point"], minimum=fields["minimum"], maximum=fields["maximum"],
            rounding=quantizer.rounding_modes[fields.get("rounding", 0)], input_width=core.accumulator_width, result_width=quantizer.result_width)
        streams["E"].append(pack(results.reshape(-1), quantizer.result_width))
        self.tiles -= 1
        self.busy = self.tiles > 0
        return True


class Mover(Unit):
    """Carries words from A to E or from C to D while core and quantizer have no job."""

    def start(self, fields):
        self.fields, self.left, self.busy = fields, fields["words"], fields["words"] > 0

    def advance(self, most):
        source, target = (self.machine.streams[name] for name in ("CD" if self.fields["route"] else "AE"))
        begun = self.left < self.fields["words"]
        if not source or target or (not begun and any(self.machine.units[name].busy for name in ("core", "quantizer"))):
            return False
        target.append(self._transposed(source.popleft()) if self.fields["transpose"] and not self.fields["route"] else source.popleft())
        self.left -= 1
        self.busy = self.left > 0
        return True

    def _transposed(self, word: np.ndarray) -> np.ndarray:
        core = self.config.accelerator.core
        bits = np.unpackbits(word.reshape(-1), bitorder="little")
        size = core.m * core.m * core.a_width
        tile = bits[:size].reshape(core.m, core.m, core.a_width).transpose(1, 0, 2)
        return np.packbits(np.concatenate([tile.reshape(-1), bits[size:]]), bitorder="little")
