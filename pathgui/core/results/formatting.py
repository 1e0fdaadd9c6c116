"""How numbers are written: one function per kind, so that each looks the same everywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime

from pathgui.core.errors import plural as plural
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import CHOSEN, filled, localized, say
from pathgui.core.metrics.not_assessable import NotAssessable

NOT_ASSESSABLE = say("not assessable")
NOTHING = "–"  # in a table
TOO_LARGE = 1_000_000  # no measurement: the end of an interval that has none


def number(value: float, digits: int = 2) -> str:
    """A number as it is printed everywhere.

    >>> number(0.12345), number(0.12345, 3), number(4.7e53)
    ('0.12', '0.123', 'over 1,000,000')
    """
    if abs(value) >= TOO_LARGE:
        if value < 0:
            return say("under −{bound:,}", bound=TOO_LARGE)
        return say("over {bound:,}", bound=TOO_LARGE)
    return localized(value, f".{digits}f")


def count(number: int) -> str:
    """A number of things.

    >>> count(20400)
    '20,400'
    """
    return localized(number, ",")


def columns(text: str) -> int:
    """How wide a text is, in Latin letters; Chinese, Japanese and Korean ones count twice.

    >>> columns("SHELL"), columns("병리과"), columns("Poznan\u0301")
    (5, 6, 6)
    """
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def shortened(text: str, room: int) -> str:
    """A text that is at most ``room`` columns wide.

    >>> shortened("SHELL", 5), shortened("Northfield", 5), shortened("서울대학교", 5)
    ('SHELL', 'Nort…', '서울…')
    """
    if columns(text) <= room:
        return text
    while text and columns(text) > room - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def index(value: float) -> str:
    """A robustness index or a distance: three decimals.

    >>> index(0.48440)
    '0.484'
    """
    return number(value, 3)


def accuracy(value: float | NotAssessable) -> str:
    """A balanced accuracy, or that there is none.

    >>> accuracy(0.829)
    '0.83'
    """
    return NOT_ASSESSABLE if isinstance(value, NotAssessable) else number(value)


def signed(value: float) -> str:
    """Three decimals with a sign.

    >>> signed(-0.0287)
    '−0.029'
    """
    return localized(value, "+.3f").replace("-", "−")


def times(value: float) -> str:
    """A ratio.

    >>> times(1.514)
    '1.51 ×'
    """
    return filled("{value:.2f} ×", value=value)


def probability(p: float) -> str:
    """A p value; very small ones as a bound.

    >>> probability(0.0312), probability(0.0001)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else localized(p, ".3f")


def interval(low: float | None, high: float | None) -> str:
    """Bounds of a 95 % interval.

    >>> interval(0.4123, 0.4987), interval(None, None)
    ('0.412 to 0.499', 'no interval')
    """
    if low is None or high is None:
        return say("no interval")
    return say("{low} to {high}", low=number(low, 3), high=number(high, 3))


def certainty(
    low: float | None, high: float | None, reason: str | None, shown: Callable[[float], str]
) -> str:
    """An interval within a sentence, or why there is none.

    >>> certainty(0.25, 0.5, None, percent), certainty(None, None, "too few slides", percent)
    ('95 % interval 25 % to 50 %', 'too few slides')
    """
    if low is None or high is None:
        return retold(reason or "") or say("no interval")
    return say("95 % interval {low} to {high}", low=shown(low), high=shown(high))


def because(reason: str) -> str:
    """A reason as the second half of a sentence, without what the sentence says already.

    >>> because("Not assessable: all tiles are from one center.")
    'all tiles are from one center'
    """
    reason = retold(reason)
    begins = ("Not assessable: ", "Not defined: ")  # as records have it, then as it is shown
    for start in (*begins, say("Not assessable: "), say("Not defined: ")):
        reason = reason.removeprefix(start)
    return reason.rstrip(". ")


def percent(share: float) -> str:
    """A share in running text; never rounded to none or all where it is neither.

    >>> percent(0.314), percent(0.0004), percent(0.9999), percent(1.0)
    ('31 %', 'under 1 %', 'over 99 %', '100 %')
    >>> percent(-0.042), percent(-0.0004)  # a change
    ('−4 %', '0 %')
    """
    if -0.005 <= share <= 0:
        share = 0.0
    if 0 < share < 0.005:
        return say("under 1 %")
    if 0.995 <= share < 1:
        return say("over 99 %")
    text = localized(share, ".0%").replace("-", "−")
    return text if text[-2:-1].isspace() else text.replace("%", " %")


def mpp(value: float) -> str:
    """Microns per pixel with as many decimals as it has, at most four.

    >>> mpp(0.25), mpp(0.50312)
    ('0.25 µm/px', '0.5031 µm/px')
    """
    return filled("{value:g} µm/px", value=round(value, 4))


def length_um(value: float) -> str:
    """A length: µm up to 999, then mm.

    >>> length_um(112.0), length_um(2500)
    ('112 µm', '2.5 mm')
    """
    if value < 1000:
        return filled("{value:g} µm", value=round(value, 1))
    return say("{n:g} mm", n=round(value / 1000, 2))


def area_mm2(value: float) -> str:
    """An area.

    >>> area_mm2(21.374)
    '21.37 mm²'
    """
    return say("{value:.2f} mm²", value=value)


_MONTHS = (
    say("January"), say("February"), say("March"), say("April"), say("May"), say("June"),
    say("July"), say("August"), say("September"), say("October"), say("November"),
    say("December"),
)  # fmt: skip


def moment(iso: str) -> str:
    """A point in time with its zone; what cannot be read stays as it is.

    >>> moment("2026-11-23T09:34:12+01:00")
    '23 November 2026, 09:34 (UTC+01:00)'
    """
    try:
        time = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    month = _MONTHS[time.month - 1]  # not strftime: the machine's language is not the reader's
    text = say("{day} {month} {year}", day=time.day, month=month, year=time.year)
    text += f", {time.hour:02}:{time.minute:02}"
    zone = time.strftime("%z")
    return f"{text} (UTC{zone[:3]}:{zone[3:]})" if zone else text


def clock(iso: str) -> str:
    """Time of day of an event; what cannot be read stays as it is.

    >>> clock("2026-11-23T09:34:12+01:00")
    '09:34:12'
    """
    try:
        return datetime.fromisoformat(iso).strftime("%H:%M:%S")
    except ValueError:
        return iso


_STAGES = {
    "load": say("loading"),
    "reference": say("reference set"),
    "slide": say("slide"),
    "measure": say("measurement"),
    "measurement": say("measurement"),
    "map": say("map"),
}


def stage(name: str) -> str:
    """What an encoder's time was spent on, by its name in records.

    >>> stage("load"), stage("map")
    ('loading', 'map')
    """
    return _STAGES.get(name, name)


def opening(text: str) -> str:
    """A text at the start of a sentence.

    >>> opening("of H&E slides")
    'Of H&E slides'
    """
    return text[:1].upper() + text[1:]


def within(text: str) -> str:
    """A heading as a part of a sentence; German nouns keep their capitals.

    >>> within("Nearest tile")
    'nearest tile'
    """
    return text if CHOSEN.language.capital_nouns else text[:1].lower() + text[1:]


def listing(items: list[str]) -> str:
    """Items as one would say them.

    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(items) < 2:
        return "".join(items)
    return say("{items} and {items2}", items=", ".join(items[:-1]), items2=items[-1])
