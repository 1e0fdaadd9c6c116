"""What a cell says: a label, a number, or that something is missing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pathgui.core.errors import first_few
from pathgui.core.language.texts import say

# Compared without case. What people write, and what programs write where they have nothing.
# fmt: off
MISSING = frozenset((
    "", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "nat", "null", "none", "nil", "missing",
    "-", "--", "---", "–", "—", "?", "k.a.", "k. a.",
    "#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!",
))
# fmt: on

_EDGES = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # seen by nobody
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_FLOAT_END = re.compile(r"\.0+$")
_THOUSANDS = {",": re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")}
_THOUSANDS["."] = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
_NAMED = 6  # spellings that a notice lists


def tidy(text: str) -> str:
    """``text`` without stray blanks and invisible letters, in Unicode's form NFC.

    >>> tidy("  New\\u00a0 York\\t")
    'New York'
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = unicodedata.normalize("NFC", _BLANKS.sub(" ", text))
    shown = "".join(one for one in text if one == " " or unicodedata.category(one) != "Cc")
    return shown.strip(_EDGES + " ")


def is_missing(text: str) -> bool:
    """Whether ``text`` is a mark of something missing, as "NA", "n/a" or "-"."""
    return text.casefold() in MISSING


def label_text(value: Any) -> str:
    """One label, from a table or an array of any kind; "" where it is missing."""
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value == int(value) else str(value)
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    text = tidy(str(value))
    return "" if is_missing(text) else text


def label_column(values: Iterable[Any]) -> list[str]:
    """The labels of a column; "" where one is missing.

    A table with gaps turns whole numbers into floats, so that center 1 is written "1.0". Where all
    labels of a column are numbers, the whole ones lose their ".0".

    >>> label_column(["1.0", "NA", " 2"])
    ['1', '', '2']
    """
    kept: dict[Any, str] = {}  # a column says few things many times
    labels = []
    for value in values:
        if isinstance(value, str):
            if value not in kept:
                kept[value] = label_text(value)
            labels.append(kept[value])
        else:
            labels.append(label_text(value))
    different = set(labels) - {""}
    if any("." in label for label in different) and all(map(_NUMBER.fullmatch, different)):
        labels = [_FLOAT_END.sub("", label) for label in labels]
    return labels


def decimal_mark(columns: Iterable[Sequence[str]], separator: str) -> str:
    """What parts a number from its fractions, "," or ".", in columns of numbers.

    "1,234" is a whole number where commas part the columns, and a fraction where they do not.
    """
    for column in columns:
        for text in column:
            if _DECIMAL_COMMA.fullmatch(text) and (
                separator != "," or not _THOUSANDS[","].fullmatch(text)
            ):
                return ","
    return "."


def number(text: str, decimal: str = ".") -> float | None:
    """The number that ``text`` is; None where it is none.

    >>> number("0,252", ","), number("1.024,5", ","), number("1,024.5"), number("20x")
    (0.252, 1024.5, 1024.5, None)
    """
    thousands = "." if decimal == "," else ","
    if _THOUSANDS[thousands].fullmatch(text):
        text = text.replace(thousands, "")
    if decimal == ",":
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return None if "_" in text else value


def spelling_notice(columns: Mapping[str, tuple[Iterable[Any], Iterable[str]]]) -> str:
    """One sentence on labels that may be the same thing; "" if there are none.

    Parameters
    ----------
    columns
        By the name of a column: what was written, and the labels that it was read as, in the same
        order.
    """
    parts = []
    for name, (written, labels) in columns.items():
        forms: dict[str, set[str]] = {}  # of each label
        for was, label in set(zip(map(_shown, written), labels, strict=True)):
            if label:
                forms.setdefault(label, set()).add(was)
        even = sorted(label for label, found in forms.items() if len(found) > 1)
        if even:
            parts.append(
                say(
                    "{name}: {list} {stand} there in several spellings (blanks, "
                    "Unicode forms, whole numbers) that were read as one",
                    name=name,
                    list=_list(even),
                    stand=say("stand") if len(even) > 1 else say("stands"),
                )
            )
        alike: dict[str, list[str]] = {}
        for label in sorted(forms):
            alike.setdefault(_alike(label), []).append(label)
        groups = [
            say(" and ").join(f'"{one}"' for one in group) for group in alike.values() if group[1:]
        ]
        if groups:
            more = (
                say(" and {n_groups} more", n_groups=len(groups) - _NAMED)
                if len(groups) > _NAMED
                else ""
            )
            parts.append(
                say(
                    "{name}: {groups}{more} differ only in case, blanks or "
                    "Unicode form and count as different; spell them alike if "
                    "they are the same",
                    name=name,
                    groups="; ".join(groups[:_NAMED]),
                    more=more,
                )
            )
    return f"{'. '.join(part[0].upper() + part[1:] for part in parts)}." if parts else ""


def _list(names: Sequence[str]) -> str:
    return first_few([f'"{name}"' for name in names], _NAMED)


def _shown(value: Any) -> str:
    return value.strip() if isinstance(value, str) else label_text(value)


def _alike(label: str) -> str:
    return "".join(unicodedata.normalize("NFKC", label).casefold().split())
