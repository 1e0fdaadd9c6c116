"""What several commands make of their arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from pathgui.folders import cache_dir


def parse_k(text: str) -> int | Literal["auto"]:
    """``auto`` or a number from 1.

    >>> parse_k("auto"), parse_k("11")
    ('auto', 11)
    """
    if text == "auto":
        return "auto"
    if text.isdecimal() and int(text) >= 1:
        return int(text)
    raise typer.BadParameter(f"k is 'auto' or a number from 1, not {text!r}", param_hint="--k")


def embeddings_dir() -> Path:
    """Where embeddings are kept between runs."""
    return cache_dir() / "embeddings"
