"""Reading the TOML files that users write, and writing text into them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pathgui.core.errors import PathguiError


def read_toml(path: Path, error: type[PathguiError]) -> dict[str, Any]:
    """What the file holds.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as found:
        raise error(f"{path} cannot be read: {found.strerror or found}.") from found
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as found:
        raise error(f"{path} is not TOML: {found}.") from found


def text_in(table: dict[str, Any], name: str, where: str, error: type[PathguiError]) -> str:
    """The text called ``name``; "" where there is none. A date is text too.

    Raises
    ------
    PathguiError
        Of the kind ``error``, if it is something else.
    """
    value = table.get(name, "")
    if hasattr(value, "isoformat"):  # TOML has dates of its own
        value = value.isoformat()
    if not isinstance(value, str):
        raise error(f"{where}: {name} must be text in quotes, not {value!r}.")
    return value.strip()


def quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's, but for the one control letter JSON leaves.

    >>> quoted('5" probe')
    '"5\\\\" probe"'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
