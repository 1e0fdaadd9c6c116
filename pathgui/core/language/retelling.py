"""``retold``: what a record keeps in English, in the language of the reader.

A record is the same in every language, so its reasons and notices are English, filled with their
values. A text is looked for among the templates of the catalogs; the values that it was filled
with are taken over, and are retold themselves where they are texts. Several sentences in a row are
retold one by one. What no template has made (the words of a library or of a file) stays as it is.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache

from pathgui.core.language.texts import CHOSEN, Texts, speaks_english

_DIGITS = r"[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?(?: ?%)?"
_NUMBER = re.compile(rf"{_DIGITS}(?P<unit> (?:µm/px|µm²?|mm²?|px|s|kB|MB|GB|×))?")
# Letters of its own that a template needs to be told from others: "{one} and {other}" may be part
# of a sentence, but a sentence with "and" in it was not made of it.
_LEAST_LETTERS, _LEAST_LETTERS_WITHIN = 7, 2
_DEEPEST = 4  # texts within texts
_BETWEEN = re.compile(r"(?<=[.;:!?])(\s+)|(, )")
_SEVERAL = re.compile(r"[.!?]\s+[A-Z]")  # no value of a sentence: where the next one begins
_END = re.compile(r"[.;:,]+\s*$")


class _Template:
    """A text of the catalogs, and what was made of it."""

    def __init__(self, text: str, one: str, many: str) -> None:
        self.text, self.one, self.many = text, one, many
        literals, self.named = [], False  # named: a value may be any text
        try:
            parts = [*string.Formatter().parse(text)]
        except ValueError:  # braces that mean something else
            parts = [(text, None, None, None)]
        for literal, name, spec, _ in parts:
            literals.append(literal)
            self.named = self.named or (name is not None and not (spec or _is_count(name)))
        names = [name for _, name, _, _ in parts if name is not None]
        self.filled = bool(names) and all(name.isidentifier() for name in names)  # not "{}"
        self._parts = parts
        self.anchor = max(literals, key=len, default="").strip()
        self.letters = sum(letter.isalpha() for literal in literals for letter in literal)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """It finds the values by their names."""
        made, seen = [], set[str]()
        for literal, name, spec, conversion in self._parts:
            made.append(re.escape(literal))
            if name is None:
                continue
            value = (
                _DIGITS
                if spec or _is_count(name)
                else "['\"].+?['\"]"
                if conversion == "r"
                else ".+?"
            )
            made.append(f"(?P={name})" if name in seen else f"(?P<{name}>{value})")
            seen.add(name)
        return re.compile("".join(made), re.DOTALL)


def _is_count(name: str) -> bool:
    """Whether a value is a number by its name, also where it has no format."""
    return name == "n" or name.startswith("n_")


class Retelling:
    """The templates of one language, and what they make of English texts."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._exact: dict[str, _Template] = {}
        self._filled: list[_Template] = []
        for one, many in texts.sources():
            for text in filter(None, (one, many)):
                template = _Template(text, one, many)
                self._exact.setdefault(text, template)
                if template.filled and template.anchor:
                    self._filled.append(template)
        self._filled.sort(key=lambda each: -each.letters)
        self.of: Callable[[str], str] = lru_cache(maxsize=4096)(self._of)

    def _of(self, text: str) -> str:
        """``text`` in the language; each of its sentences that no template made stays."""
        if not any(letter.isalpha() for letter in text):
            found = _NUMBER.fullmatch(text)
            return self._texts.language.rewritten(text) if found else text
        return self._whole(text, 0) or self._in_parts(text, 0)

    def _in_parts(self, text: str, depth: int) -> str:
        """Several texts in a row, each as long as there is a template for."""
        parts = [each or "" for each in _BETWEEN.split(text)]
        # Of each boundary come both groups, one of them empty.
        pieces = [parts[0]]
        blanks = []
        for at in range(1, len(parts), 3):
            blanks.append(parts[at] + parts[at + 1])
            pieces.append(parts[at + 2])
        said, first = "", 0
        while first < len(pieces):
            for last in range(len(pieces), first, -1):
                run = pieces[first]
                for at in range(first + 1, last):
                    run += blanks[at - 1] + pieces[at]
                is_name = len(pieces) > 1 and " " not in run  # in a list, as of commands
                if not is_name and (found := self._whole(run, depth)) is not None:
                    break
            else:
                last, found = first + 1, pieces[first]
            said += found + (blanks[last - 1] if last < len(pieces) else "")
            first = last
        return said

    def _whole(self, text: str, depth: int) -> str | None:
        """``text`` as one text of the catalogs; None where none made it.

        A reason stands within a sentence without its stop, and may begin with a small letter.
        """
        end = _END.search(text)
        head, tail = (text[: end.start()], text[end.start() :]) if end else (text, "")
        for first in dict.fromkeys((head[:1], head[:1].swapcase() if " " in head else head[:1])):
            for stop in dict.fromkeys((tail.rstrip(), ".", "", ":")):
                found = self._of_template(first + head[1:] + stop, depth)
                if found is None:
                    continue
                found = found if stop == tail.rstrip() else _END.sub("", found) + tail
                raised = first != head[:1] and first.islower()
                return found[:1].upper() + found[1:] if raised else found
        return None

    def _of_template(self, text: str, depth: int) -> str | None:
        if exact := self._exact.get(text):
            return self._said(exact, {}, depth)
        least = _LEAST_LETTERS_WITHIN if depth else _LEAST_LETTERS
        for template in self._filled:
            if template.anchor not in text or (template.named and template.letters < least):
                continue
            found = template.pattern.fullmatch(text)
            if found and not any(map(_SEVERAL.search, found.groups())):
                return self._said(template, found.groupdict(), depth)
        return None

    def _said(self, template: _Template, values: Mapping[str, str], depth: int) -> str:
        """The translation of a template, with values of an English text."""
        if template.many:
            n = re.sub(r"\D", "", values.get("n", ""))
            number = int(n) if n else 1 if template.text == template.one else 2
            said = self._texts.translated(template.one, template.many, number)
        else:
            said = self._texts.translated(template.text)
        if not values:
            return said
        told = {name: self._value(name, each, depth + 1) for name, each in values.items()}
        made = []
        for literal, name, _, _ in string.Formatter().parse(said):
            made.append(literal)
            if name is not None:
                made.append(told.get(name, f"{{{name}}}"))
        return "".join(made)

    def _value(self, name: str, text: str, depth: int) -> str:
        """A value of a sentence: a number, a text, or the name of something, which stays."""
        if _NUMBER.fullmatch(text):
            return self._texts.language.rewritten(text)
        if depth > _DEEPEST or not any(letter.isalpha() for letter in text):
            return text
        if " " not in text and not text.islower() and not name[:1].isupper():
            return text  # a center may be called "Other"
        return self._whole(text, depth) or self._in_parts(text, depth)


def retelling(texts: Texts) -> Callable[[str], str]:
    """What retells English texts in the language of ``texts``, whose catalogs it reads once."""
    made: list[Retelling] = []

    def retold(text: str) -> str:
        """What a record keeps, in the language of this process.

        >>> retold("Not assessable: there is one center.")
        'Not assessable: there is one center.'
        """
        if not text or not texts.is_translated or speaks_english():
            return text
        if not made:
            made.append(Retelling(texts))
        return made[0].of(text)

    return retold


retold = retelling(CHOSEN)


def retold_all(texts: Sequence[str]) -> list[str]:
    """Several texts of a record, in the language of this process."""
    return [retold(each) for each in texts]
