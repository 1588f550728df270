# SPDX-License-Identifier: Apache-2.0
"""From what a JSON file holds to a program, refusing what is none with its path."""

from collections.abc import Mapping
from typing import Any

from ...config.descriptor_format import Runtime, Table
from ...errors import DataError, MappingError
from ..jobs import Entry, Job, Signal, Wait
from .buffers import ROLES, SPACES, Buffer
from .program import Program

FORMAT = "hwgen program"
VERSION = 1
"""Version of the format; changes whenever an older reader would misread a newer file."""
REQUIRED = object()


class _Reader:
    """Values of a JSON object by key, each of a kind; what is not asked for is refused.

    Parameters
    ----------
    held : object
        What should be a JSON object.
    path : str
        Where it stands; empty for the whole file.
    """

    def __init__(self, held: Any, path: str):
        self.path, self._left = path, dict(_kind(held, dict, path or "the program", "an object"))

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def take(self, key: str, kind: type, words: str, default: Any = REQUIRED) -> Any:
        if key not in self._left:
            if default is REQUIRED:
                raise DataError(f"{self.at(key)} must be given, {words}")
            return default
        return _kind(self._left.pop(key), kind, self.at(key), words)

    def number(self, key: str, default: Any = REQUIRED) -> Any:
        return self.take(key, int, "an integer", default)

    def text(self, key: str, default: Any = REQUIRED) -> Any:
        return self.take(key, str, "a string", default)

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        words = f"one of {', '.join(choices)}"
        if (found := self.take(key, str, words)) not in choices:
            raise DataError(f"{self.at(key)} must be {words}, not {found!r}")
        return found

    def end(self) -> None:
        for key in self._left:
            raise DataError(f"{self.at(key)} is no key of the format; it must be left out")


def _kind(held: Any, kind: type, path: str, words: str) -> Any:
    if not isinstance(held, kind) or (isinstance(held, bool) and kind is not bool):
        raise DataError(f"{path} must be {words}, not {held!r}")
    return held


def parsed(content: Any, what: str) -> Program:
    """The program of a file's content; ``what`` names the file in messages.

    Raises
    ------
    DataError
    """
    try:
        return _program(content)
    except (DataError, MappingError) as error:
        raise DataError(f"{what}: {error}") from None


def _program(content: Any) -> Program:
    reader = _Reader(content, "")
    if (found := reader.text("format")) != FORMAT:
        raise DataError(f"format must be {FORMAT!r}, not {found!r}")
    if (found := reader.number("version")) != VERSION:
        raise DataError(f"version must be {VERSION}, not {found!r}")
    name, config_hash = reader.text("config"), reader.text("config_hash")
    buffers = tuple(_buffer(held, f"buffers[{i}]") for i, held in enumerate(reader.take("buffers", list, "a list")))
    jobs = tuple(_job(held, f"jobs[{i}]") for i, held in enumerate(reader.take("jobs", list, "a list")))
    reader.end()
    return Program(name, config_hash, buffers, jobs)


def _buffer(held: Any, path: str) -> Buffer:
    reader = _Reader(held, path)
    shape = reader.take("shape", list, "a list of integers", None)
    if shape is not None:
        shape = tuple(_kind(size, int, f"{path}.shape[{i}]", "an integer") for i, size in enumerate(shape))
    values = {"name": reader.text("name"), "space": reader.one_of("space", SPACES), "address": reader.number("address"), "size": reader.number("size"),
              "role": reader.one_of("role", ROLES), "group": reader.number("group", None), "dtype": reader.text("dtype", None), "shape": shape,
              "file": reader.text("file", None)}
    reader.end()
    try:
        return Buffer(**values)
    except MappingError as error:
        raise DataError(f"{path}: {error}") from None


def _job(held: Any, path: str) -> Job:
    reader = _Reader(held, path)
    label, cluster = reader.text("label", ""), reader.number("cluster", 0)
    entries: Mapping[str, Any] = reader.take("entries", dict, "an object")
    reader.end()
    return Job({unit: _entry(entry, f"{path}.entries.{unit}") for unit, entry in entries.items()}, label, cluster)


def _entry(held: Any, path: str) -> Entry:
    reader = _Reader(held, path)
    fields = {name: _value(value, f"{path}.fields.{name}") for name, value in reader.take("fields", dict, "an object", {}).items()}
    waits = tuple(_wait(wait, f"{path}.waits[{i}]") for i, wait in enumerate(reader.take("waits", list, "a list", [])))
    signal = reader.take("signal", dict, "an object", None)
    interrupt = reader.take("interrupt", bool, "true or false", False)
    reader.end()
    return Entry(fields, waits, None if signal is None else _signal(signal, f"{path}.signal"), interrupt)


def _value(held: Any, path: str) -> int | Runtime | Table:
    if not isinstance(held, dict):
        return _kind(held, int, path, "an integer, or an object with register and, if at all, offset or table")
    reader = _Reader(held, path)
    register = reader.number("register")
    value = Table(reader.number("table"), register) if "table" in held else Runtime(register, reader.number("offset", 0))
    reader.end()
    return value


def _wait(held: Any, path: str) -> Wait:
    reader = _Reader(held, path)
    wait = Wait(reader.text("source"), reader.number("count"))
    reader.end()
    return wait


def _signal(held: Any, path: str) -> Signal:
    reader = _Reader(held, path)
    signal = Signal(reader.number("semaphore"), reader.number("amount", 1))
    reader.end()
    return signal
