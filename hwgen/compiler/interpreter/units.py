# SPDX-License-Identifier: Apache-2.0
"""Units of the interpreter: each advances its present entry a little whenever it is asked."""

from collections import deque
from collections.abc import Mapping

import numpy as np

from ...config import ClusterConfig
from ...config.dma import LOAD_STREAMER, STORE_STREAMER
from ...gemm import model as gemm_model
from ...quant import model as quantizer_model
from ..elements import ElementType, pack, unpack
from .walks import InterpreterError, acting, external_runs, local_lanes, step_addresses, word_indices

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
            self.stream.extend(self._extended(self.machine.scratchpad[self.words[self.at:self.at + count]]))
        else:
            count = min(most, len(self.words) - self.at, len(self.stream))
            for step in self.words[self.at:self.at + count]:
                self.machine.scratchpad[step] = self.stream.popleft().reshape(len(step), -1)
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


class CopyStreamer(Unit):
    """The scratchpad's side of a copy engine: L or S."""

    def start(self, fields):
        super().start(fields)
        addresses = step_addresses(self.config, self.config.all_streamers[self.name], fields)
        word = self.config.memory.word_bytes
        self.offset = addresses % word
        self.words = word_indices(self.config, self.name, fields, addresses - self.offset)
        self.at, self.lanes = 0, None
        self.busy = len(addresses) > 0

    def advance(self, most):
        queue = self.machine.copies[self.name]
        if self.lanes is None:
            if not queue:
                return False
            self.lanes = local_lanes(self.config, queue[0].fields, self.offset)
            self._check(queue[0].fields)
        copy, done = queue[0], 0
        while done < most and self.at < len(self.words):
            lanes = self.lanes[self.at]
            kept = lanes >= 0
            flat = self.machine.scratchpad[self.words[self.at]].reshape(-1)
            if self.name == LOAD_STREAMER:
                if not copy.fields.get("fill_enable", 0) and kept.any() and lanes.max() >= copy.ready:
                    break
                flat[kept] = copy.data[lanes[kept]]
                self.machine.scratchpad[self.words[self.at]] = flat.reshape(len(self.words[self.at]), -1)
            else:
                copy.data[lanes[kept]] = flat[kept]
                copy.ready = max(copy.ready, int(lanes.max()) + 1)
            self.at, done = self.at + 1, done + 1
        if self.at == len(self.words):
            self.busy = False
            if self.name == LOAD_STREAMER:
                queue.popleft()
            else:
                copy.whole = True
                self.machine.leaving.append(queue.popleft())
        return done > 0

    def _check(self, fields: Fields) -> None:
        found = np.sort(self.lanes[self.lanes >= 0])
        if not np.array_equal(found, np.arange(fields["bytes"])):
            raise InterpreterError(f"the steps of {self.name} hold {len(found)} of the copy's {fields['bytes']} bytes")
        if len(self.words) % fields["local_run_steps"]:
            raise InterpreterError(f"{self.name} takes {len(self.words)} steps, not a multiple of {fields['local_run_steps']}")


class Copy:
    """Bytes on their way between the sides of a copy engine."""

    def __init__(self, fields: Fields, addresses: np.ndarray | None):
        self.fields, self.addresses = fields, addresses
        self.data = np.zeros(fields["bytes"], np.uint8)
        self.ready, self.whole = 0, False


class CopyEngine(Unit):
    """The external side: ``load`` or ``store``. Bytes in `chunk` portions, any time ahead of or behind the other side."""

    chunk = 64

    def start(self, fields):
        self.busy = fields["bytes"] > 0
        if not self.busy:
            return
        filling = fields.get("fill_enable", 0)
        addresses = None if filling else external_runs(self.config, fields)
        if addresses is not None and (addresses.min() < 0 or addresses.max() >= len(self.machine.external)):
            raise InterpreterError(f"{self.name} accesses external bytes {addresses.min()} to {addresses.max()}, outside of {len(self.machine.external)}")
        self.copy, self.at = Copy(fields, addresses), 0
        self.machine.copies[LOAD_STREAMER if self.name == "load" else STORE_STREAMER].append(self.copy)
        if filling:
            # Lanes of a step are bytes of its words in order, so a byte's lane decides.
            self.pattern = np.frombuffer(fields.get("fill_pattern", 0).to_bytes(4, "little"), np.uint8)
            if len(set(self.pattern)) > 1 and fields["local_run_bytes"] % 4:
                raise InterpreterError("fills of several different bytes are interpreted in whole runs of 4 bytes only")
            self.copy.data[:] = np.resize(self.pattern, fields["bytes"])
            self.busy = False

    def advance(self, most):
        copy, step = self.copy, most * self.chunk
        if self.name == "load":
            end = min(self.at + step, len(copy.data))
            copy.data[self.at:end] = self.machine.external[copy.addresses[self.at:end]]
            copy.ready = end
        else:
            end = min(self.at + step, copy.ready)
            self.machine.external[copy.addresses[self.at:end]] = copy.data[self.at:end]
        moved, self.at = end > self.at, end
        self.busy = self.at < len(copy.data)
        return moved
