"""``say``: the one function that every text for a user goes through.

The English text is the key of the catalogs (gettext). The language is fixed when this module is
imported, by the environment variable ``PATHGUI_LANGUAGE``, so that ``say`` may stand at module
level too, and so that child processes speak as their parent does. Whoever starts the program sets
the variable first (``pathgui/start.py``).

What is written for programs (CSV, JSON, TOML, logs, commands) is English in every language: makers
of records and files work :func:`in_english`, and a text at module level that a record keeps is
``noted``. Whoever shows a record translates it (:mod:`pathgui.core.language.retelling`).
"""

from __future__ import annotations

import gettext
import os
import string
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from pathgui.assets import asset_folder
from pathgui.core.language.languages import (
    ENGLISH,
    LANGUAGES,
    PSEUDO,
    VARIABLE,
    Language,
    language_of,
)

FOLDER = "language"  # of resources/: one folder a language, one catalog a room

_IN_ENGLISH: ContextVar[bool] = ContextVar("in_english", default=False)


@contextmanager
def in_english() -> Iterator[None]:
    """Within it, or in a function that it decorates, all texts and numbers are English.

    For what makes a record or a file, which is the same in every language. It holds for the
    thread that entered it, and for the threads of :mod:`pathgui.core.system.background` that this
    one starts. It must not decorate a generator, which runs outside of it.

    >>> with in_english():
    ...     say("{n:,} tiles", n=1200)
    '1,200 tiles'
    """
    before = _IN_ENGLISH.set(True)
    try:
        yield
    finally:
        _IN_ENGLISH.reset(before)


@contextmanager
def as_read() -> Iterator[None]:
    """Within it texts are the reader's again: for numbers so far of work that is in English.

    >>> with in_english(), as_read():
    ...     speaks_english()
    False
    """
    before = _IN_ENGLISH.set(False)
    try:
        yield
    finally:
        _IN_ENGLISH.reset(before)


def speaks_english() -> bool:
    """Whether texts are English here because of :func:`in_english`."""
    return _IN_ENGLISH.get()


def noted(template: str, /, **values: object) -> str:
    """A text that a record keeps, in English in every language.

    It stands in the catalogs as well: ``retold`` looks it up for whoever shows the record.

    >>> noted("{n:,} slides left out", n=2)
    '2 slides left out'
    """
    return template.format_map(values) if values else template


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language, catalog: gettext.NullTranslations | None = None) -> None:
        self.language = language
        self._catalog = catalog
        self._formatter = _Formatter(language)
        self._translated = lru_cache(maxsize=None)(self._look_up)

    def say(self, template: str, /, **values: object) -> str:
        """A text in the language of this process.

        ``template`` is English; ``{name}`` or ``{name:.2f}`` takes a value of that name, and its
        number as the language writes numbers. Without values, the text is not formatted, so
        braces in it stay.

        >>> say("{n:,} tiles of {slide}", n=1200, slide="a.svs"), say("Write {center}.")
        ('1,200 tiles of a.svs', 'Write {center}.')
        """
        if self._catalog is not None and not _IN_ENGLISH.get():
            template = self._translated(template)
        return self._filled(template, values) if values else template

    def counted(self, n: int, one: str, many: str, /, **values: object) -> str:
        """One text for a number of one, another for more, as many as the language has.

        Both take the number as ``{n}``.

        >>> [counted(n, "{n:,} tile is", "{n:,} tiles are") for n in (1, 1200)]
        ['1 tile is', '1,200 tiles are']
        """
        if self._catalog is not None and not _IN_ENGLISH.get():
            template = self._catalog.ngettext(one, many, int(n))
        else:
            template = one if n == 1 else many
        return self._filled(template, {"n": n, **values})

    def filled(self, template: str, /, **values: object) -> str:
        """Values put into a template without words: it has no translation, its numbers have.

        >>> filled("{low:.2f} – {high:.2f}", low=0.25, high=0.5)
        '0.25 – 0.50'
        """
        return self._filled(template, values)

    def localized(self, value: object, spec: str = "") -> str:
        """A number outside of a sentence: a cell, a tick of an axis.

        >>> localized(1234.5, ",.1f")
        '1,234.5'
        """
        return format(value, spec) if _IN_ENGLISH.get() else self.language.number(value, spec)

    @property
    def is_translated(self) -> bool:
        """Whether there are catalogs: without, texts are English."""
        return self._catalog is not None

    def translated(self, one: str, many: str = "", n: int = 1) -> str:
        """What the catalogs have for a text, or for a pair and a number; nothing is filled in."""
        if self._catalog is None:
            return one if n == 1 or not many else many
        return self._catalog.ngettext(one, many, n) if many else self._translated(one)

    def sources(self) -> Iterator[tuple[str, str]]:
        """All texts of the catalogs in English: a text and "", or one for each number."""
        if isinstance(self._catalog, _Joined | _Bracketed):
            yield from self._catalog.sources()

    def _filled(self, template: str, values: Mapping[str, object]) -> str:
        if self.language.point == "." or _IN_ENGLISH.get():
            return template.format_map(values)
        return self._formatter.vformat(template, (), values)

    def _look_up(self, template: str) -> str:
        # gettext answers the empty text with the head of the catalog.
        return self._catalog.gettext(template) if self._catalog and template else template


class _Formatter(string.Formatter):
    """``str.format`` whose numbers are written as a language writes them."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._language.number(value, format_spec)


class _Bracketed(gettext.NullTranslations):
    """The catalog of the pseudo language."""

    def sources(self) -> Iterator[tuple[str, str]]:
        """Those of the first language that has catalogs."""
        for language in LANGUAGES.values():
            if parts := _parts_of(language):
                return _Joined(parts).sources()
        return iter(())

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class _Joined(gettext.NullTranslations):
    """The catalogs of all rooms as one: the first that has a message answers."""

    def __init__(self, parts: Sequence[Path]) -> None:
        super().__init__()
        self._paths, self._parts = parts, []
        for path in parts:
            with path.open("rb") as file:
                self._parts.append(gettext.GNUTranslations(file))

    def gettext(self, message: str) -> str:
        for part in self._parts:
            if (found := part.gettext(message)) != message:
                return found
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        source = msgid1 if n == 1 else msgid2
        for part in self._parts:
            if (found := part.ngettext(msgid1, msgid2, n)) != source:
                return found
        return source

    def sources(self) -> Iterator[tuple[str, str]]:
        """All texts that are translated, as they are in English."""
        for path in self._paths:
            yield from _sources(path.read_bytes())


def _sources(compiled: bytes) -> Iterator[tuple[str, str]]:
    """The English texts of a compiled catalog; gettext itself keeps none of the second forms."""
    number, table = struct.unpack_from("<2I", compiled, 8)
    for at in range(table, table + 8 * number, 8):
        length, start = struct.unpack_from("<2I", compiled, at)
        one, _, many = compiled[start : start + length].decode().partition("\0")
        if one:  # the empty text has the head of the catalog
            yield one, many


def _parts_of(language: Language) -> list[Path]:
    """The compiled catalogs of a language."""
    folder = None if language == ENGLISH else asset_folder(f"{FOLDER}/{language.code}")
    return sorted(folder.glob("*.mo")) if folder else []


def texts_in(language: Language) -> Texts:
    """The texts in a language; English where its catalogs did not come with pathgui."""
    if language == PSEUDO:
        return Texts(language, _Bracketed())
    if language == ENGLISH:
        return Texts(language)
    parts = _parts_of(language)
    return Texts(language, _Joined(parts)) if parts else Texts(ENGLISH)


CHOSEN = texts_in(language_of(os.environ.get(VARIABLE, "")))
say, counted, filled, localized = CHOSEN.say, CHOSEN.counted, CHOSEN.filled, CHOSEN.localized
