# SPDX-License-Identifier: Apache-2.0
"""Copies in the interpreter: both sides of an engine, and single words."""

import numpy as np

from ...config.dma import LOAD_STREAMER, STORE_STREAMER
from ...config.register_map import WORD_BYTES
from ...dma.model import external_addresses, local_lanes
from .units import Unit
from .walks import InterpreterError, copied_bytes


class Copy:
    """Bytes on their way between the two sides of a copy engine, the first `ready` of them there to be taken."""

    def __init__(self, count: int):
        self.data, self.ready, self.pattern = np.zeros(count, np.uint8), 0, None


class CopyStreamer(Unit):
    """The scratchpad's side of a copy engine: L or S."""

    def start(self, fields):
        self.places, self.at, self.copy = copied_bytes(self.config, self.name, fields), 0, None
        self.busy = len(self.places) > 0
        # Patterns repeat over the words of a step, wherever these lie.
        self.lanes = local_lanes(fields, self.config.all_streamers[self.name], self.config.memory) if self.busy else self.places

    def advance(self, most):
        queue = self.machine.copies[self.name]
        if self.copy is None:
            if not queue:
                return False
            self.copy = queue.popleft()
            if len(self.copy.data) != len(self.places):
                raise InterpreterError(f"{self.name} copies {len(self.places)} bytes, its engine {len(self.copy.data)}")
            if self.copy.pattern is not None:
                self.copy.data[:] = self.copy.pattern[self.lanes % 4]
        flat, copy = self.machine.scratchpad.reshape(-1), self.copy
        end = self.at + most * self.config.dma.data_bytes
        if self.name == LOAD_STREAMER:
            end = min(end, copy.ready)
            flat[self.places[self.at:end]] = copy.data[self.at:end]
        else:
            end = min(end, len(self.places))
            copy.data[self.at:end] = flat[self.places[self.at:end]]
            copy.ready = end
        moved, self.at = end > self.at, end
        self.busy = end < len(self.places)
        return moved


class CopyEngine(Unit):
    """The external side, ``load`` or ``store``: any time ahead of or behind the other."""

    def start(self, fields):
        addresses = external_addresses(fields, self.config.dma)
        self.addresses, self.at = addresses, 0
        self.busy = len(addresses) > 0
        if not self.busy:
            return
        self.copy = Copy(len(addresses))
        self.machine.copies[LOAD_STREAMER if self.name == "load" else STORE_STREAMER].append(self.copy)
        if fields.get("fill", 0):
            self.copy.pattern = np.frombuffer(fields.get("fill_pattern", 0).to_bytes(4, "little"), np.uint8)
            self.copy.ready, self.busy = len(addresses), False
        elif addresses.max() >= len(self.machine.external):
            raise InterpreterError(f"{self.name} accesses external byte {addresses.max()}, outside of {len(self.machine.external)}")

    def advance(self, most):
        end, external = self.at + most * self.config.dma.data_bytes, self.machine.external
        if self.name == "load":
            end = min(end, len(self.addresses))
            self.copy.data[self.at:end] = external[self.addresses[self.at:end]]
            self.copy.ready = end
        else:
            end = min(end, self.copy.ready)
            external[self.addresses[self.at:end]] = self.copy.data[self.at:end]
        moved, self.at = end > self.at, end
        self.busy = end < len(self.addresses)
        return moved


class Notifier(Unit):
    """Writes single words to external memory."""

    def start(self, fields):
        address = fields["address"] | fields.get("address_high", 0) << 32
        if address % WORD_BYTES or address + WORD_BYTES > len(self.machine.external):
            raise InterpreterError(f"{self.name} writes external byte {address}, which is no word of the {len(self.machine.external)} bytes there are")
        self.machine.external[address:address + WORD_BYTES] = np.frombuffer(fields["data"].to_bytes(WORD_BYTES, "little"), np.uint8)
