"""The words that people read: names that were given up, and how long a sentence may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LONGEST = 25  # words of a sentence
# Names that were given up: what is said in their place. docs/glossary.md has them all.
RETIRED = {
    r"hospitals?(?! or laboratory)": "center",
    r"nulls?": "chance value",
    r"neutral": "chance value",
    r"guess(?:ing|es)?": "chance value",
    r"by chance(?! alone)": "chance value",
    r"tails?": "worst tenth of the margin",
    r"(?:smallest|equal|four) cells?": "tissue-center pair",  # others are of tables or tissue
    r"believes?": "names",
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


def texts_of(path: Path) -> Iterator[str]:
    """The texts in a file of code, with X for what is filled in; docstrings and names are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    pieces = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in pieces | docstrings:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = node.values
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "X" for p in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value
