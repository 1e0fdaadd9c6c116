"""Reading the TOML files that users write, and writing text into them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from pathgui.core.errors import PathguiError, one_line
from pathgui.core.language.texts import say
from pathgui.core.system.json_files import require_shallow
from pathgui.core.system.plain_files import read_plain

MOST_BYTES = 1 << 20  # people write a few kB


def read_toml(path: Path, error: type[PathguiError]) -> dict[str, Any]:
    """What the file holds.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it cannot be read or is not TOML.
    """
    return parse_toml(read_plain(path, error, MOST_BYTES), str(path), error)


def parse_toml(content: bytes, where: str, error: type[PathguiError]) -> dict[str, Any]:
    """What a file's content holds; ``where`` names it in the error, of which kind is ``error``."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
        require_shallow(table)
    except (ValueError, RecursionError) as found:  # not TOML, numbers or nesting without end
        end = say("(at line {n})", n=len(content.rstrip().splitlines()))
        said = one_line(found).replace("(at end of document)", end)
        raise error(say("{where} is not TOML: {said}.", where=where, said=said)) from found
    return table


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
        raise error(
            say(
                "{where}: {name} must be text in quotes, not {value!r}.",
                where=where,
                name=name,
                value=value,
            )
        )
    return value.strip()


def quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's, but for the one control letter JSON leaves.

    >>> quoted('5" probe')
    '"5\\\\" probe"'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
