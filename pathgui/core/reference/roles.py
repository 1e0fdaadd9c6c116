"""Roles of columns: which one is the tissue and which one the center, and how sentences call them.

A reference set has a column of tissues and one of centers of its own. Others can take their place:
the scanner, the batch of the stain, the year. What is measured is then how far the encoder follows
the scanner, and every sentence has to say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pathgui.core.language.texts import noted, say

CENTER, TISSUE = "center", "tissue"  # the columns that a set has of its own
_MOST_LETTERS = 40  # of a column's name in a sentence
_VALUES = noted("values of ")  # the plural of a name that is no word
_RENAMED = re.compile(r" \((manifest|slides\.csv)\)$")  # what a set adds to a name that it has
# Words that a sentence can use as they are, and their plurals. Any other name is quoted, since
# nobody knows its plural, its language or whether it is a word.
_PLURALS = {
    "batch": "batches",
    "center": "centers",
    "class": "classes",
    "clinic": "clinics",
    "cohort": "cohorts",
    "country": "countries",
    "department": "departments",
    "device": "devices",
    "diagnosis": "diagnoses",
    "grade": "grades",
    "hospital": "hospitals",
    "institute": "institutes",
    "institution": "institutions",
    "lab": "labs",
    "laboratory": "laboratories",
    "manufacturer": "manufacturers",
    "month": "months",
    "operator": "operators",
    "organ": "organs",
    "pathologist": "pathologists",
    "protocol": "protocols",
    "scanner": "scanners",
    "site": "sites",
    "source": "sources",
    "stain": "stains",
    "stainer": "stainers",
    "study": "studies",
    "subtype": "subtypes",
    "technician": "technicians",
    "tissue": "tissues",
    "vendor": "vendors",
    "year": "years",
}


@dataclass(frozen=True)
class Noun:
    """What sentences call the values of a column.

    >>> scanner, klinik = noun_of("Scanner"), noun_of("Klinik")
    >>> f"{scanner.a}, two {scanner.many}; {klinik.a}, two {klinik.many}"
    'a scanner, two scanners; a "Klinik", two values of "Klinik"'
    """

    one: str
    many: str

    def __str__(self) -> str:
        return self.one

    @property
    def a(self) -> str:
        """One of them, with its article."""
        first = self.one.strip('"')[:1].casefold()
        return f"{'an' if first in ('a', 'e', 'i', 'o', 'u') else 'a'} {self.one}"

    @property
    def One(self) -> str:
        """One of them, at the start of a sentence or a heading."""
        return self.one[0].upper() + self.one[1:]

    @property
    def Many(self) -> str:
        """Several of them, at the start of a sentence or a heading."""
        return self.many[0].upper() + self.many[1:]

    def counted(self, n: int) -> str:
        """So many of them.

        >>> noun_of("batch").counted(1), noun_of("batch").counted(3), noun_of("Klinik").counted(1)
        ('1 batch', '3 batches', '1 value of "Klinik"')
        """
        if n == 1 and self.many.startswith(_VALUES):
            return say("1 value of {one}", one=self.one)
        return f"{n:,} {self.one if n == 1 else self.many}"


def noun_of(column: str) -> Noun:
    """What sentences call the values of a column, by the column's name.

    >>> noun_of("center").many, noun_of("stain_batch").one
    ('centers', '"stain_batch"')
    """
    name = " ".join(_RENAMED.sub("", column).split())
    word = name.casefold()
    if word in _PLURALS:
        return Noun(word, _PLURALS[word])
    if len(name) > _MOST_LETTERS:
        name = name[: _MOST_LETTERS - 1].rstrip() + "…"
    quoted = '"' + name.replace('"', "'") + '"'
    return Noun(quoted, f"{_VALUES}{quoted}")


@dataclass(frozen=True)
class RoleColumns:
    """The columns that play the roles of center and tissue, by their names.

    >>> RoleColumns(center="scanner").say("{Centers} that lack a {tissue} of another {center}.")
    'Scanners that lack a tissue of another scanner.'
    """

    center: str = CENTER  # what an encoder should not see
    tissue: str = TISSUE  # what it should

    @property
    def of_center(self) -> Noun:
        """What sentences call a center."""
        return noun_of(self.center)

    @property
    def of_tissue(self) -> Noun:
        """What sentences call a tissue."""
        return noun_of(self.tissue)

    def noun(self, role: str) -> Noun:
        """What sentences call a value of the column in a role, ``center`` or ``tissue``."""
        return {CENTER: self.of_center, TISSUE: self.of_tissue}[role]

    def say(self, text: str) -> str:
        """A text with the columns' own words.

        They take the places of ``{center}``, ``{centers}``, ``{a_center}`` and, at the start of a
        sentence, ``{Center}``, ``{Centers}`` and ``{A_center}``; and so for tissue.
        """
        return text.format_map(_words(self.center, self.tissue))


@lru_cache(maxsize=64)
def _words(center: str, tissue: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for role, noun in ((CENTER, noun_of(center)), (TISSUE, noun_of(tissue))):
        words |= {role: noun.one, f"{role}s": noun.many}
        words |= {f"a_{role}": noun.a, f"A_{role}": noun.a[0].upper() + noun.a[1:]}
        words |= {role.title(): noun.One, f"{role.title()}s": noun.Many}
    return words


USUAL = RoleColumns()
