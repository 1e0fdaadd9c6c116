"""Descriptions of encoders that pathgui writes for the user: TOML files that can be corrected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pathgui.core.encoders.facts.registry import EncoderSpec, Registry
from pathgui.core.encoders.own_encoders import own_encoder
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import in_english
from pathgui.core.system.files import write_file


@in_english()
def add_described(
    known: Registry, facts: Mapping[str, Any], name: str, encoders_folder: Path
) -> EncoderSpec:
    """Write ``facts`` as a TOML file into ``encoders_folder``, and add the encoder it describes.

    ``name`` is made one that no other encoder has. A faulty description is taken away again.

    Raises
    ------
    EncoderError
        If the facts do not describe an encoder.
    """
    free = known.free_name(name, "own")
    path, number = encoders_folder / f"{free}.toml", 2
    while path.exists():  # a faulty file, which no encoder is known of
        path, number = encoders_folder / f"{free}-{number}.toml", number + 1
    write_file(path, toml_of(facts).encode())
    try:
        spec = own_encoder(path)
    except PathguiError:
        path.unlink()
        raise
    known.add(spec)
    return spec


def toml_of(facts: Mapping[str, Any]) -> str:
    """``facts`` as TOML: values first, then each table.

    >>> print(toml_of({"dim": 3, "model": {"arch": "x", "arguments": {"depth": 2}}}), end="")
    dim = 3
    <BLANKLINE>
    [model]
    arch = "x"
    arguments = { "depth" = 2 }
    """
    lines = [f"{name} = {_value(v)}" for name, v in facts.items() if not isinstance(v, dict)]
    for table, rows in facts.items():
        if isinstance(rows, dict):
            lines += ["", f"[{table}]", *(f"{name} = {_value(v)}" for name, v in rows.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Strings, numbers, booleans and lists are written alike in JSON and in TOML."""
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(name)} = {_value(v)}" for name, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return json.dumps(value, ensure_ascii=False)
