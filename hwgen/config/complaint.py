# SPDX-License-Identifier: Apache-2.0
"""A refused description in one line: the key, what would be right, and the offending value."""

import json
import re
from typing import Any

from pydantic import ValidationError

from .schema import keys_at

WRONG_KINDS = {
    "int_type": "an integer", "int_from_float": "an integer", "int_parsing": "an integer", "float_type": "a number",
    "string_type": "a string", "bool_type": "true or false", "tuple_type": "a list", "list_type": "a list",
    "model_type": "a table", "model_attributes_type": "a table", "dict_type": "a table",
}


def describe(error: ValidationError, description: Any) -> str:
    """The first complaint of a validation, in the words of the file that was read.

    Parameters
    ----------
    error : ValidationError
    description : object
        What was refused; tells the keys of the file from pydantic's names for alternatives.
    """
    complaints = error.errors(include_url=False)
    first = complaints[0]
    key, value, kind = _key(first, description), first["input"], first["type"]
    if kind == "extra_forbidden":
        known = keys_at(first["loc"][:-1])
        return f"unknown key {key!r} with value {_shown(value)}" + (f"; there are {', '.join(known)}" if known else "")
    if kind == "missing":
        return f"key {key!r} is missing"
    if kind == "union_tag_not_found":
        return f"key {key + '.' + first['ctx']['discriminator'].strip(chr(39))!r} is missing"
    if kind == "union_tag_invalid":
        key, value = f"{key}.{first['ctx']['discriminator'].strip(chr(39))}", first["ctx"]["tag"]
    if kind == "value_error" and "must be a power of two" not in first["msg"]:
        message = first["msg"].removeprefix("Value error, ")
        within = "." if re.match(r"[\w.]+: ", message) else ": "
        return f"{key}{within}{message}" if key else message
    if kind in ("too_short", "too_long"):
        value = f"{first['ctx']['actual_length']}"
    else:
        value = _shown(value)
    alternatives = dict.fromkeys(_expectation(c) for c in complaints if _key(c, description) == _key(first, description))
    return f"{key}: must {' or '.join(alternatives).replace(' or be ', ' or ')}, not {value}"


def _key(complaint: dict[str, Any], description: Any) -> str:
    """Path to the value within the description."""
    *parents, last = complaint["loc"] or ("",)
    path, here = [], description
    for part in (*parents, last):
        if isinstance(here, dict) and part in here or isinstance(here, list) and isinstance(part, int):
            here = here[part]
            path.append(str(part))
    if complaint["type"] == "missing":
        path.append(str(last))
    return ".".join(path)


def _expectation(complaint: dict[str, Any]) -> str:
    """What would have been right, to follow "must"."""
    context = complaint.get("ctx", {})
    match complaint["type"]:
        case kind if kind in WRONG_KINDS:
            return f"be {WRONG_KINDS[kind]}"
        case "greater_than_equal":
            return f"be at least {context['ge']}"
        case "less_than_equal":
            return f"be at most {context['le']}"
        case "literal_error":
            return "be " + context["expected"].replace("'", '"')
        case "union_tag_invalid":
            return "be " + context["expected_tags"].replace("'", '"').replace(", ", " or ")
        case "too_short":
            return f"have at least {context['min_length']} entr{'y' if context['min_length'] == 1 else 'ies'}"
        case "too_long":
            return f"have at most {context['max_length']} entries"
        case "string_too_long":
            return f"have at most {context['max_length']} characters"
        case "string_pattern_mismatch":
            marks = "_ and -" if "-]" in context["pattern"] else "_"
            return f"start with a letter and hold only letters, digits, {marks}"
        case "value_error":
            return str(context["error"]).removeprefix("must ").partition(", not ")[0]
    return f"be right ({complaint['msg'][:1].lower()}{complaint['msg'][1:]})"


def _shown(value: Any) -> str:
    """A value as it stands in the file."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
