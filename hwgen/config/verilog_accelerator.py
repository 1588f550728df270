# SPDX-License-Identifier: Apache-2.0
"""An accelerator written in Verilog, instantiated as it is by a map of its ports."""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, ValidationInfo, model_validator

from .accelerator import AcceleratorConfig, StreamPort
from .base import StrictModel
from .registers import Unit, register

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_$]*$", max_length=64)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=32)]


class VerilogStreamConfig(StrictModel):
    """One stream port: its direction and width, and the Verilog ports that form it."""

    mode: Literal["read", "write"]
    """``read``: payload and valid are inputs of the module, ready is an output; ``write`` the other way."""
    width: Annotated[int, Field(ge=8, multiple_of=8)]
    """Bits of the payload."""
    payload: Identifier
    """Port that carries the word."""
    valid: Identifier
    """Port that says that there is a word."""
    ready: Identifier
    """Port that says that the word is taken."""


class VerilogFieldConfig(StrictModel):
    """A value that each job sets and the module sees on an input."""

    port: Identifier
    """The input; holds the value from the cycle in which the job's start is valid to its end."""
    width: Annotated[int, Field(ge=1, le=32)]
    """Bits of the value."""
    signed: bool = False
    """Two's complement."""
    meaning: str = "Setting of the accelerator."
    """One sentence for the register reference."""
    maximum: int | None = None
    """Largest legal value, if below what the width allows."""


class VerilogJobConfig(StrictModel):
    """How the module is told of a job and tells its end."""

    name: Name = "core"
    """The unit's name."""
    start: Identifier
    """Input, high for one cycle when a job starts."""
    done: Identifier
    """Output, high for one cycle when the job's last word has been moved; not in the cycle of ``start``."""
    fields: dict[Name, VerilogFieldConfig] = {}
    """Register fields by name."""


class VerilogAcceleratorConfig(AcceleratorConfig):
    """A Verilog module with valid/ready streams; what it is made of travels with the config.

    The words of a payload are in memory order from bit 0. ``valid`` must not wait for ``ready``, and
    a payload holds until it is taken.
    """

    hardware: ClassVar[Any] = "hwgen.accelerators.verilog:VerilogAccelerator"
    kind: Literal["verilog"]
    module: Identifier
    """Name of the module."""
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Verilog files, relative to the config's own file; read once, when the config is."""
    sources: dict[str, str] = {}
    """Text of each file by its name without folders; filled in from ``files``."""
    clock: Identifier = "clk"
    """Clock input."""
    reset: Identifier | Literal[False] = "rst"
    """Synchronous reset input; false for none."""
    reset_active: Literal["high", "low"] = "high"
    """Level of the reset input that resets."""
    parameters: dict[Identifier, int] = {}
    """Values of the module's parameters."""
    streams: Annotated[dict[Name, VerilogStreamConfig], Field(min_length=1)]
    """Stream ports by the name of the streamer that serves each."""
    job: VerilogJobConfig | None = None
    """Left out for a module that needs neither settings nor a start."""

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: Any, info: ValidationInfo) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("files"), (list, tuple)):
            return values
        sources = dict(values.get("sources") or {})
        folder = Path((info.context or {}).get("folder", "."))
        for file in values["files"]:
            if not isinstance(file, str) or Path(file).name in sources:
                continue
            try:
                sources[Path(file).name] = (folder / file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
                raise ValueError(f"files: must be files that can be read ({reason}), not {file!r}") from None
        names = tuple(Path(file).name if isinstance(file, str) else file for file in values["files"])
        return values | {"files": names, "sources": sources}

    @model_validator(mode="after")
    def _check(self):
        if len(set(self.files)) != len(self.files):
            raise ValueError(f"files: must differ in their names, not {', '.join(self.files)}")
        text = "\n".join(self.sources[name] for name in self.files)
        if not re.search(rf"^\s*module\s+{re.escape(self.module)}\b", text, re.MULTILINE):
            raise ValueError(f"module: must be one that {', '.join(self.files)} define{'s' * (len(self.files) == 1)}, not {self.module!r}")
        return self

    @property
    def summary(self):
        return f"Verilog module {self.module}"

    def ports(self, memory):
        return {name: StreamPort(port.mode, port.width) for name, port in self.streams.items()}

    def units(self):
        if self.job is None:
            return ()
        words = [register(name, field.width, field.meaning, signed=field.signed, maximum=field.maximum)
                 for name, field in self.job.fields.items()]
        words = words or [register("start_argument", 1, "Has no effect; a job needs no settings.")]
        return (Unit(self.job.name, "accelerator", tuple(words)),)

    def verilog_sources(self):
        return {name: self.sources[name] for name in self.files}
