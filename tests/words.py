"""The words that people read: names that were given up, and how long a sentence may be."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 25  # words of a sentence
# Names that were given up: what is said in their place. docs/glossary.md has them all.
RETIRED = {
    r"hospitals?(?! or laboratory)": "center",
    r"nulls?": "chance value",
    r"neutral": "chance value",
    r"guess(?:ing|es)?": "chance value",
    r"by chance(?! alone)": "chance value",
    r"dashed": "chance value",
    r"tails?": "worst tenth of the margin",
    r"cells?": "tissue-center pair",
    r"believes?": "names",
    r"numbers a tile": "embedding of n numbers",
}


def retired(text: str) -> list[str]:
    """The given-up names in a text, each with the one to write.

    >>> retired("The null is what guessing gives.")
    ['null (write chance value)', 'guessing (write chance value)']
    >>> retired("A center is a hospital or laboratory; its chance value is low by chance alone.")
    []
    """
    return [
        f"{found[0]} (write {name})"
        for pattern, name in RETIRED.items()
        for found in re.finditer(rf"\b{pattern}\b", text, re.IGNORECASE)
    ]


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; what stands before and after a colon or semicolon is one each."""
    for line in text.splitlines():
        yield from re.split(r"(?<=[.!?:;])\s+", line.strip())


def too_long(text: str) -> list[str]:
    """The sentences with more than :data:`LONGEST` words."""
    return [each for each in sentences(text) if len(each.split()) > LONGEST]
