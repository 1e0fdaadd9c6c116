"""Roles of columns: which one is the tissue and which one the center, and how sentences call them.

A reference set has a column of tissues and one of centers of its own. Others can take their place:
the scanner, the batch of the stain, the year. What is measured is then how far the encoder follows
the scanner, and every sentence has to say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pathgui.core.language.nouns import NOUNS
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import filled, say, speaks_english

CENTER, TISSUE = "center", "tissue"  # the columns that a set has of its own
_MOST_LETTERS = 40  # of a column's name in a sentence
_RENAMED = re.compile(r" \((manifest|slides\.csv)\)$")  # what a set adds to a name that it has


@dataclass(frozen=True)
class Noun:
    """What sentences call the values of a column.

    >>> scanner, klinik = noun_of("Scanner"), noun_of("Klinik")
    >>> f"{scanner.a}, two {scanner.many}; {klinik.a}, two {klinik.many}"
    'a scanner, two scanners; a "Klinik", two values of "Klinik"'
    """

    one: str
    many: str
    a: str  # one of them, with its article
    is_word: bool = True

    def __str__(self) -> str:
        return self.one

    @property
    def One(self) -> str:
        """One of them, at the start of a sentence or a heading."""
        return self.one[0].upper() + self.one[1:]

    @property
    def Many(self) -> str:
        """Several of them, at the start of a sentence or a heading."""
        return self.many[0].upper() + self.many[1:]

    @property
    def A(self) -> str:
        """One of them with its article, at the start of a sentence."""
        return self.a[0].upper() + self.a[1:]

    def counted(self, n: int) -> str:
        """So many of them.

        >>> noun_of("batch").counted(1), noun_of("batch").counted(3), noun_of("Klinik").counted(1)
        ('1 batch', '3 batches', '1 value of "Klinik"')
        """
        if n == 1 and not self.is_word:
            return say("1 value of {one}", one=self.one)
        return filled("{n:,} {what}", n=n, what=self.one if n == 1 else self.many)


def noun_of(column: str) -> Noun:
    """What sentences call the values of a column, by the column's name, in the reader's language.

    >>> noun_of("center").many, noun_of("stain_batch").one
    ('centers', '"stain_batch"')
    """
    name = " ".join(_RENAMED.sub("", column).split())
    if known := NOUNS.get(name.casefold()):
        one, many, a = map(retold, known)
        return Noun(one, many, a)
    if len(name) > _MOST_LETTERS:
        name = name[: _MOST_LETTERS - 1].rstrip() + "…"
    quoted = '"' + name.replace('"', "'") + '"'
    many = say("values of {name}", name=quoted)
    if name[:1].casefold() in ("a", "e", "i", "o", "u"):
        return Noun(quoted, many, say("an {name}", name=quoted), is_word=False)
    return Noun(quoted, many, say("a {name}", name=quoted), is_word=False)


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
        return text.format_map(self.words)

    @property
    def words(self) -> dict[str, str]:
        """What takes these places, for a text that takes values as well.

        >>> RoleColumns(center="scanner").words["centers"]
        'scanners'
        """
        return _words(self.center, self.tissue, speaks_english())


@lru_cache(maxsize=64)
def _words(center: str, tissue: str, in_english: bool) -> dict[str, str]:
    """The words of two columns; they differ where texts are English for a while."""
    words: dict[str, str] = {}
    for role, noun in ((CENTER, noun_of(center)), (TISSUE, noun_of(tissue))):
        words |= {role: noun.one, f"{role}s": noun.many}
        words |= {f"a_{role}": noun.a, f"A_{role}": noun.A}
        words |= {role.title(): noun.One, f"{role.title()}s": noun.Many}
    return words


USUAL = RoleColumns()
