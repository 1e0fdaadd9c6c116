"""The command that repeats a run, as records and reports hold it: with no path of this computer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_FREE = ("--center", "--tissue")  # options whose value is text, where "/" is a letter like any


def names_only(words: Sequence[str]) -> str:
    """The words of a command in one line, paths without their folders.

    >>> names_only(["pathgui", "evaluate", "/data/Smith, J/a b.svs", "--center", "North/East"])
    "pathgui evaluate 'a b.svs' --center North/East"
    >>> names_only(["pathgui", "evaluate", "--weights", "uni=/home/me/uni.pt", "--out=b/a.pgrun"])
    'pathgui evaluate --weights uni=uni.pt --out=a.pgrun'
    """
    shown = []
    for before, word in zip(("", *words), words, strict=False):
        name, equals, value = word.partition("=")
        if before in _FREE or name in _FREE:
            shown.append(word)
        elif equals and not re.search(r"[\\/]", name):
            shown.append(f"{name}={_last(value)}")
        else:
            shown.append(_last(word))
    return shlex.join(shown)


def without_folders(command: str) -> str:
    """A command that was kept with folders, without them."""
    try:
        return names_only(shlex.split(command))
    except ValueError:  # quotes that do not close: not ours
        return command


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1] or path
