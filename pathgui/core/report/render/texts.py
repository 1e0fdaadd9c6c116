"""The texts of a document: what a reader meets in a block, and a copy with other texts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pathgui.core.report.render.document import Cell

_T = TypeVar("_T")

# Fields that say how something looks or where it lies.
_NOT_READ = frozenset(
    ("kind", "tone", "swatch", "file", "overlay", "base", "align", "size", "frame", "typst")
)
_SVG_TEXT = re.compile(r"<text\b[^>]*>(.*?)</text>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def said(value: Any, files: Mapping[str, bytes]) -> str:
    """What a reader of a block meets, one text a line; of charts, the words in them too.

    Checksums, commands and names of files (cells in the tone "mono") are no words.
    """
    return "\n".join(_said(value, files))


def _said(value: Any, files: Mapping[str, bytes]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _said(item, files)
    elif is_dataclass(value) and not (isinstance(value, Cell) and value.tone == "mono"):
        for field in fields(value):
            if field.name not in _NOT_READ:
                yield from _said(getattr(value, field.name), files)
        picture = getattr(value, "file", "")
        if picture.endswith(".svg"):
            for found in _SVG_TEXT.findall(files[picture].decode()):
                yield html.unescape(_TAG.sub("", found))


def with_texts(value: _T, change: Callable[[str], str]) -> _T:
    """A copy whose every text went through ``change``; bytes stay as they are."""
    return _with_texts(value, change)  # type: ignore[no-any-return]


def _with_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if is_dataclass(value) and not isinstance(value, type):
        changes = {f.name: _with_texts(getattr(value, f.name), change) for f in fields(value)}
        return replace(value, **changes)
    if isinstance(value, list):
        return [_with_texts(item, change) for item in value]
    if isinstance(value, tuple):
        return tuple(_with_texts(item, change) for item in value)
    return value
