# SPDX-License-Identifier: Apache-2.0
"""Parts that a user's own package adds: found by name, checked, and part of the config like shipped ones.

A part's ``kind`` is one of the shipped names, the name of an entry point that an installed package
declares, or ``module:Class``, which is imported from wherever Python finds modules.
"""

import importlib
import json
import re
from importlib import metadata
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import core_schema


class Plugin:
    """Annotation of a config key that takes shipped kinds and those of other packages.

    Parameters
    ----------
    base : type
        What the class of another package must derive from.
    group : str
        Group of the entry points that name such classes.

    The annotated type is the union of the shipped kinds, told apart by ``kind``.
    """

    def __init__(self, base: type, group: str):
        self.base, self.group = base, group

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_wrap_validator_function(
            self._validate, handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value, info: value.model_dump(mode=info.mode, exclude_none=info.exclude_none), info_arg=True))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        shipped = handler(schema["schema"])
        foreign = {"type": "object", "required": ["kind"], "properties": {"kind": {
            "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$",
            "description": "Class of another package, as module:Class, or the name of its entry point."}}}
        return {"anyOf": [shipped, foreign], **{key: shipped[key] for key in ("discriminator",) if key in shipped}}

    def _validate(self, value: Any, handler: core_schema.ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if isinstance(value, self.base):
            return value
        kind = value.get("kind") if isinstance(value, dict) else None
        target = self._target(kind) if isinstance(kind, str) else None
        if target is None:
            return handler(_with_tuples(value) if info.mode == "json" else value)
        found = self._load(kind, target)
        for key in value:
            # Pydantic's complaint would leave open which keys there are: no schema knows the class.
            if key not in found.model_fields:
                raise ValueError(f"unknown key {key!r} with value {value[key]!r}; there are {', '.join(found.model_fields)}")
        if info.mode == "json":
            return found.model_validate_json(json.dumps(value), context=info.context)
        return found.model_validate(value, context=info.context)

    def _target(self, kind: str) -> str | None:
        """``module:Class`` behind a kind; None if it can only be a shipped one."""
        if ":" in kind:
            return kind
        return next((entry.value for entry in metadata.entry_points(group=self.group, name=kind)), None)

    def _load(self, kind: str, target: str) -> Any:
        module, _, name = target.partition(":")
        if not (module and name):
            raise ValueError(f"kind: must name a class as module:Class, not {kind!r}")
        try:
            found = getattr(importlib.import_module(module), name)
        except ImportError as error:
            raise ValueError(f"kind: must name a class that can be imported ({error}), not {kind!r}") from None
        except AttributeError:
            raise ValueError(f"kind: must name a class in module {module}, which has no {name}, not {kind!r}") from None
        if not (isinstance(found, type) and issubclass(found, self.base)):
            raise ValueError(f"kind: must name a class derived from {self.base.__name__}, not {kind!r}")
        return found


def _with_tuples(value: Any) -> Any:
    """Lists as tuples: past a function, values of a JSON document count as Python's, where strictness tells them apart."""
    if isinstance(value, dict):
        return {key: _with_tuples(inner) for key, inner in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


def plugin_name(kind: str) -> str:
    """Name of a part in registers and modules: the kind itself, or its class in lower case with underscores."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\W", "_", kind.rpartition(":")[2])
    return words.lower().removesuffix("_config")


def imported(target: Any) -> Any:
    """What ``module:name`` stands for; anything but text is returned as it is."""
    if not isinstance(target, str):
        return target
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)
