"""Numbers that a hand types: ``0.5`` and ``0,5`` are the same, whatever the language.

A table has many numbers, which together tell what their marks mean (``core/tables/cells.py``). A
field has one, so the rule lies in the number alone: the only point or comma of it parts the whole
from its fractions. Groups of thousands are understood where nothing else can be meant.
"""

from __future__ import annotations

import math
import re

_BLANKS = " \u00a0\u2009\u202f"
_QUOTES = "'\u2019"
_GROUPED = re.compile(rf"[-+]?[1-9]\d{{0,2}}(?:([.,{_BLANKS}{_QUOTES}])\d{{3}})(?:\1\d{{3}})*")
_PLAIN = re.compile(r"[-+]?\d*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def with_point(text: str, *, whole: bool = False) -> str:
    """``text`` with a point before its fractions and without groups; as it is if it is no number.

    In a ``whole`` number a mark can only part groups of three figures.

    >>> with_point("0,5"), with_point("0.5"), with_point("1.024,5"), with_point("1,024.5")
    ('0.5', '0.5', '1024.5', '1024.5')
    >>> with_point("1.024"), with_point("1.024", whole=True), with_point("0,5", whole=True)
    ('1.024', '1024', '0,5')
    """
    tidy = text.strip(_BLANKS).replace("\u2212", "-")
    if not whole:
        mark = max(".,", key=tidy.rfind)
        if tidy.count(mark) == 1:
            before, _, after = tidy.partition(mark)
            grouped = _GROUPED.fullmatch(before)
            if _PLAIN.fullmatch(before) or (grouped and grouped[1] != mark):
                return f"{_without_groups(before)}.{after}"
            return text
    return _without_groups(tidy)


def typed_number(text: str) -> float | None:
    """The number that ``text`` is; None where it is none, or not finite.

    >>> typed_number(" 0,25 "), typed_number("1 024"), typed_number("1,2,3"), typed_number("2,5e-1")
    (0.25, 1024.0, None, 0.25)
    """
    plain = with_point(text)
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def _without_groups(text: str) -> str:
    found = _GROUPED.fullmatch(text)
    return text.replace(found[1], "") if found else text
