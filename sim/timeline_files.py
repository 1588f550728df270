# SPDX-License-Identifier: Apache-2.0
"""Timelines to and from files, their form told by the name."""

import json
from pathlib import Path

from ..errors import DataError
from ..files import write_whole
from .timeline import Timeline

SUFFIXES = (".html", ".png", ".svg", ".json")


def check_suffix(path: Path) -> None:
    """Refuse a name that does not tell what to write.

    Raises
    ------
    DataError
    """
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"timeline file must end in one of {', '.join(SUFFIXES)}, not {str(path)!r}")


def render(timeline: Timeline, path: Path) -> None:
    """Write a timeline as a page, a picture or data, by the file's suffix.

    Raises
    ------
    DataError
        If the suffix is another.
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    # Drawing takes a while to load and is not needed for data.
    if suffix == ".json":
        content = json.dumps(timeline.to_json(), separators=(",", ":")) + "\n"
        write_whole(path, lambda file: file.write(content.encode()))
    elif suffix == ".html":
        from .timeline_page import page

        content = page(timeline)
        write_whole(path, lambda file: file.write(content.encode()))
    else:
        from .timeline_plot import plot

        write_whole(path, lambda file: plot(timeline, file, suffix[1:]))


def load_timeline(path: Path) -> Timeline:
    """Timeline that `render` wrote as JSON.

    Raises
    ------
    DataError
        If the file cannot be read or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"timeline file {str(path)!r} cannot be read: {error.strerror}") from None
    except ValueError:
        raise DataError(f"timeline file must hold JSON, not {str(path)!r}") from None
    return Timeline.from_json(content)
