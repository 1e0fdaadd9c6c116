"""Text with one row a line: encoding and separator are found, not asked for."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from dataclasses import dataclass, field

from pathgui.core.tables.headings import known

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
LOOKED_AT = 20  # rows in which the separator and the headings are sought
_LOOKED_AT_LETTERS = 1 << 16


class NoTable(Exception):
    """The content is no table; the text says why."""


@dataclass(frozen=True)
class Rows:
    """Rows of text as they stand in a file, and what was found out on the way."""

    rows: list[list[str]]
    separator: str = ""  # "" where the format has none
    told: list[str] = field(default_factory=list)  # what is not as in a plain CSV file


def read_delimited(content: bytes) -> Rows:
    """The rows of a text file.

    Raises
    ------
    NoTable
        If it is not text, or its quotation marks do not fit.
    """
    text, encoding = decode(content)
    told = [encoding] if encoding else []
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own remark
        separator, text = first[4], rest
    else:
        separator = _separator(text)
    if separator != ",":
        told.insert(0, SEPARATORS.get(separator, f'"{separator}"'))
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True
    )
    rows, line = [], 0  # line: the last one of the last row
    try:
        for row in reader:
            rows.append(row)
            line = reader.line_num
    except csv.Error as error:
        if "unexpected end" in str(error):
            why = 'a quotation mark (") opens in this row and does not close'
            raise NoTable(f"line {line + 1}: {why}") from error
        raise NoTable(f"line {reader.line_num}: {error}") from error
    return Rows(rows, separator, told)


def decode(content: bytes) -> tuple[str, str]:
    """Text, and the name of its encoding where it is not UTF-8.

    Windows-1252 is taken only for what cannot be UTF-8. Raises NoTable where neither fits.
    """
    for mark, encoding, name in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding, name), name
    head = content[:4096]
    if head.count(0) > len(head) // 4:  # every other byte of Latin letters in UTF-16
        encoding = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        return _decoded(content, encoding, "UTF-16"), "UTF-16"
    if 0 in head:
        raise NoTable("it is not text")
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    if any(not one.isascii() and _is_utf8(one) for one in content.splitlines()):
        raise NoTable(f"line {line} is not UTF-8, though others are; save it as UTF-8")
    return _decoded(content, "cp1252", "Windows-1252"), "Windows-1252"


def _decoded(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoTable(f"it is not text in {name or 'UTF-8'}; save it as UTF-8") from error


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: str) -> str:
    """The separator that gives a row with most of the known headings, then with most cells."""

    def worth(separator: str) -> tuple[int, int]:
        sample = io.StringIO(text[:_LOOKED_AT_LETTERS], newline="")
        try:
            rows = list(itertools.islice(csv.reader(sample, delimiter=separator), LOOKED_AT))
        except csv.Error:
            return (0, 0)
        heading = max(rows, key=known, default=[])
        return known(heading), len(heading)

    return max(SEPARATORS, key=worth)
