"""What of a text is in no catalog: in the pseudo language every text is ``⟦in brackets⟧``."""

from __future__ import annotations

import re
from collections.abc import Collection

_INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
_TAG = re.compile(r"<[^<>]*>|&\w+;")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Units, abbreviations and keys, which are alike in every language.
_ALIKE = (
    "µm px mm MB GB kB min nm RGB CPU GPU CUDA PDF HTML CSV JSON TOML AnnData QuPath Ctrl Shift "
    "Alt Esc Del Enter Tab Home End PgUp PgDown Space Return Backspace Left Right Up Down Ins "
    "RI SO OS SS OO CRoMa APD iLISI MaRI LEACE ComBat INLP UTC"
)
ALIKE = frozenset(re.findall(r"\S+", _ALIKE))


def outside(text: str, known: Collection[str] = ()) -> list[str]:
    """Words of ``text`` that stand in no brackets; ``known`` are names of things, which may.

    >>> outside("⟦Slide ⟦a.svs⟧ is open⟧"), outside("⟦Size⟧: 3 µm of Tumor", {"Tumor"})
    ([], ['of'])
    """
    while (shorter := _INNERMOST.sub(" ", text)) != text:
        text = shorter
    text = _TAG.sub(" ", text)
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " ") if len(name) > 1 else text
    return [each for each in _WORD.findall(text) if each not in ALIKE]
