"""Reading JSON files that users or other programs write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pathgui.core.errors import PathguiError, one_line
from pathgui.core.language.texts import say
from pathgui.core.system.plain_files import read_plain

MOST_BYTES = 1 << 24  # of settings and descriptions, which have a few kB
MOST_LEVELS = 60


def read_json(path: Path, error: type[PathguiError], most_bytes: int = MOST_BYTES) -> Any:
    """What the file holds.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it is no file, too long or no JSON. JSON that
        is nested without end or holds a number of thousands of digits is none.
    """
    content = read_plain(path, error, most_bytes)
    try:
        value = json.loads(content.decode("utf-8-sig"))
        require_shallow(value)
    except (ValueError, RecursionError) as found:
        raise error(
            say("{path} cannot be read: {one_line}.", path=path, one_line=one_line(found))
        ) from found
    return value


def require_shallow(value: Any) -> None:
    """Raise ValueError if lists and tables are nested so deep that showing them would fail."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {MOST_LEVELS} levels")
