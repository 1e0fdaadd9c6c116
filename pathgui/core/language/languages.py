"""The languages that pathgui speaks, and how each writes numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number

VARIABLE = "PATHGUI_LANGUAGE"  # names the language of this process and of its children
NO_BREAK, NARROW_NO_BREAK = "\xa0", "\u202f"


@dataclass(frozen=True)
class Language:
    """A language: its code, its name in itself, and the marks of its numbers."""

    code: str
    name: str
    point: str = "."  # before the fractions
    group: str = ","  # between thousands
    percent: str = "%"
    capital_nouns: bool = False  # also within a sentence

    @property
    def spelling(self) -> str:
        """The language whose rules of spelling hold, as ISO 639 names it.

        >>> LANGUAGES["fr"].spelling, PSEUDO.spelling
        ('fr', 'en')
        """
        return self.code if self.code in LANGUAGES else ENGLISH.code

    def number(self, value: object, spec: str = "") -> str:
        """``format(value, spec)`` with this language's marks; what is no number stays as it is.

        >>> LANGUAGES["de"].number(1234.5, ",.1f"), LANGUAGES["en"].number(1234.5, ",.1f")
        ('1.234,5', '1,234.5')
        """
        text = format(value, spec)
        if isinstance(value, bool) or not isinstance(value, Number):
            return text
        return self.rewritten(text)

    def rewritten(self, number: str) -> str:
        """A number in English with this language's marks.

        >>> LANGUAGES["de"].rewritten("1,234.5"), LANGUAGES["fr"].rewritten("31 %")
        ('1.234,5', '31\\u202f%')
        """
        if self.point == ".":
            return number
        number = number.replace(" %", "%").replace("%", self.percent)
        return number.translate({ord("."): self.point, ord(","): self.group})


ENGLISH = Language("en", "English")
LANGUAGES: Mapping[str, Language] = {
    each.code: each
    for each in (
        ENGLISH,
        Language("de", "Deutsch", ",", ".", f"{NO_BREAK}%", True),
        Language("fr", "Français", ",", NARROW_NO_BREAK, f"{NARROW_NO_BREAK}%"),
    )
}
# Every text in brackets, so that a test sees what has none; numbers as in German.
PSEUDO = Language("pseudo", "⟦…⟧", ",", ".", f"{NO_BREAK}%")


def language_of(code: str) -> Language:
    """The language of a code such as ``de``, ``de_AT.UTF-8``; English where it is not known.

    >>> language_of("de_AT.UTF-8").name, language_of("").name, language_of("tlh").name
    ('Deutsch', 'English', 'English')
    """
    return _known(code) or ENGLISH


def is_known(code: str) -> bool:
    """Whether pathgui speaks the language of a code.

    >>> is_known("de_AT.UTF-8"), is_known("FR"), is_known("tlh"), is_known("")
    (True, True, False, False)
    """
    return _known(code) is not None


def _known(code: str) -> Language | None:
    if code == PSEUDO.code:
        return PSEUDO
    return LANGUAGES.get(code.replace("-", "_").partition(".")[0].partition("_")[0].lower())
