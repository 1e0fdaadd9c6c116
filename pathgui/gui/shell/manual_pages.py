"""The pages of the documentation as the window shows and searches them. Without Qt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from pathgui.assets import docs_folder, docs_path
from pathgui.core.language.texts import say

NAVIGATION = "mkdocs.yml"  # the list of pages, as the site has it
NOT_SHOWN = ("api.md",)  # a directive that the site alone can read
NOT_FOR_USERS = say("For whoever works on pathgui")
SNIPPET = 90  # letters around the first word that was found
MOST_HITS = 60

_GROUP = re.compile(r"^  - (.+):$")
_PAGE = re.compile(r"^      - (.+): (\S+\.md)$")
_HEADING = re.compile(r"^(#{1,6}) (.+)$")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_LOOKS = re.compile(r"[`*]")
_MARKS = re.compile(r"[|]|^\s*[-#>]+|-{3,}", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One page, in Markdown; links lead to pages of the manual or to the network."""

    name: str  # of its file
    title: str
    group: str  # whom it is for
    text: str


@dataclass(frozen=True)
class Hit:
    """A section of a page that holds all words that were sought."""

    page: Page
    heading: str  # as the page prints it
    number: int  # of the heading in its page, from 0
    snippet: str
    score: int


def read_manual() -> tuple[Page, ...]:
    """All pages, in the order of the site. OSError where they are not there."""
    found, group = [], ""
    folder = docs_folder()
    listed = _navigation(folder).read_text(encoding="utf-8")
    for line in listed.splitlines():
        if match := _GROUP.match(line):
            group = match[1]
        elif (match := _PAGE.match(line)) and group != NOT_FOR_USERS:
            title, name = match.groups()
            if name not in NOT_SHOWN and (folder / name).is_file():
                found.append((name, title, group, docs_path(name).read_text(encoding="utf-8")))
    names = {name for name, *_ in found}
    return tuple(
        Page(name, title, group, _own_links(text, names)) for name, title, group, text in found
    )


def find(pages: Sequence[Page], query: str) -> list[Hit]:
    """Sections that hold every word of ``query``, best first; accents and capitals do not count."""
    words = _folded(query).split()
    if not words:
        return []
    hits = []
    for page in pages:
        title = _folded(page.title)
        for number, (heading, plain, head, body) in enumerate(_searchable(page.text)):
            if not all(word in f"{title} {head} {body}" for word in words):
                continue
            if not any(word in head or word in body for word in words):
                continue  # the page's title alone: its first section stands for it
            score = sum(
                3 * (word in title) + 6 * (word in head) + min(3, body.count(word))
                for word in words
            )
            hits.append(Hit(page, heading, number, _snippet(plain, words), score))
    return sorted(hits, key=lambda hit: -hit.score)[:MOST_HITS]


@cache
def _searchable(text: str) -> list[tuple[str, str, str, str]]:
    """Heading and plain text of each section, and both as they are compared."""
    found = [(heading, plain_text(below)) for heading, below in sections(text)]
    return [(heading, plain, _folded(heading), _folded(plain)) for heading, plain in found]


def sections(text: str) -> list[tuple[str, str]]:
    """The headings of a page, and what stands below each; marks in code are no headings.

    >>> sections("# A\\none\\n```\\n# no\\n```\\n## B\\ntwo")
    [('A', 'one\\n```\\n# no\\n```'), ('B', 'two')]
    """
    found: list[tuple[str, list[str]]] = []
    in_code = False
    for line in text.splitlines():
        in_code ^= line.lstrip().startswith("```")
        match = None if in_code else _HEADING.match(line)
        if match:
            found.append((plain_text(match[2]), []))
        elif found:
            found[-1][1].append(line)
    return [(heading, "\n".join(lines)) for heading, lines in found]


def plain_text(text: str) -> str:
    """Markdown without its marks, in one line.

    >>> plain_text("- **See** [limits](limits.md), `--k 5`\\n![a](b.png)")
    'See limits, --k 5'
    """
    text = _LOOKS.sub("", _LINK.sub(r"\1", _PICTURE.sub("", text)))
    return " ".join(_MARKS.sub(" ", text).split())


def _navigation(folder: Path) -> Path:
    """In a package it lies among the pages, in a checkout beside their folder."""
    among = folder / NAVIGATION
    return among if among.is_file() else folder.parent / NAVIGATION


def _own_links(text: str, names: set[str]) -> str:
    """Links that lead nowhere in the manual as plain words."""

    def kept(match: re.Match[str]) -> str:
        target = match[2]
        leads = target.startswith(("#", "http:", "https:")) or target.partition("#")[0] in names
        return match[0] if leads else match[1]

    return _LINK.sub(kept, text)


def resolve(here: str, target: str) -> tuple[str, str]:
    """Page and anchor that a link on page ``here`` leads to.

    >>> resolve("time.md", "options.md#k"), resolve("time.md", "#before")
    (('options.md', 'k'), ('time.md', 'before'))
    """
    path, _, anchor = target.partition("#")
    return (PurePosixPath(path).name if path else here), anchor


def _snippet(plain: str, words: Sequence[str]) -> str:
    folded = _folded(plain)
    places = [at for word in words if (at := folded.find(word)) >= 0]
    at = min(places, default=0)
    start = max(0, at - SNIPPET // 3)
    if start:
        start = plain.find(" ", start) + 1 or start
    end = start + SNIPPET
    return f"{'…' if start else ''}{plain[start:end].strip()}{'…' if end < len(plain) else ''}"


def _folded(text: str) -> str:
    """Without accents and capitals, letter for letter as long as ``text``."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded_letter, text))


@cache
def _folded_letter(letter: str) -> str:
    return unicodedata.normalize("NFKD", letter)[:1].lower()[:1] or letter
