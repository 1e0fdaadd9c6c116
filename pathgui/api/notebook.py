"""How results show in a notebook: small tables of HTML, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from pathgui.api.number import Number
from pathgui.core.language.texts import say
from pathgui.core.results.formatting import number, percent, plural

_LEFT = "text-align: left"  # notebooks set numbers to the right, and so all texts of a table
_ONE_LINE = 28  # letters: names, and a value with its interval


def measurement_html(
    verdict: str, numbers: Sequence[Number], k: int, notices: Iterable[str]
) -> str:
    """One encoder: the verdict, each number with what makes it readable, and the notices."""
    head = (
        say("Measured"), say("Value [95 % interval]"), say("Chance value"), say("Support"), "n",
        say("Note"),
    )  # fmt: skip
    rows = [(each.title, *_cells(each), _why(each)) for each in numbers]
    tips = [each.definition for each in numbers]
    return f"<p><b>{escape(verdict)}</b> k = {k}.</p>{_table(head, rows, tips)}{_list(notices)}"


def encoders_html(encoders: Iterable[tuple[str, str, Number, str]], notices: Iterable[str]) -> str:
    """Several encoders: name, letters, index and verdict of each; and the notices."""
    head = (
        say("Encoder"),
        say("Group"),
        say("Robustness index [95 % interval]"),
        say("Chance value"),
        say("Support"),
        "n",
        say("Verdict"),
    )
    rows = [(name, letters, *_cells(index), verdict) for name, letters, index, verdict in encoders]
    return _table(head, rows, [""] * len(rows)) + _list(notices)


def _cells(each: Number) -> tuple[str, str, str, str]:
    """Value with interval, chance value, support and n."""
    return (
        each.text.partition(":")[0],  # the reason has a column of its own
        "" if each.null is None else number(each.null, each.digits),
        "" if each.support is None else percent(each.support),
        "" if each.n is None else plural(each.n, each.n_of.removesuffix("s"), each.n_of),
    )


def _why(each: Number) -> str:
    if each.value is not None and each.reason:
        return say("no interval: {reason}", reason=each.reason)
    return "" if each.text == each.reason else each.reason


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], tips: Sequence[str]) -> str:
    cells = "".join(f'<th style="{_LEFT}">{escape(text)}</th>' for text in head)
    lines = "".join(
        f'<tr title="{escape(tip)}">'
        + "".join(f'<td style="{_style(text)}">{escape(text)}</td>' for text in row)
        + "</tr>"
        for row, tip in zip(rows, tips, strict=True)
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"


def _style(text: str) -> str:
    return _LEFT if len(text) > _ONE_LINE else f"{_LEFT}; white-space: nowrap"


def _list(notices: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in notices)
    return f"<ul>{items}</ul>" if items else ""
