"""Text with one row a line: encoding and separator are found, not asked for."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pathgui.core.language.texts import say
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
_OPEN_MARK = say('a quotation mark (") opens in this row and does not close')
_OF_TEXT = b"\0\t\n\v\f\r"  # control characters that a file of text may hold, NUL by mistake


class NoTable(Exception):
    """The content is no table; the text says why."""


@dataclass(frozen=True)
class Rows:
    """Rows of text as they stand in a file, and what was found out on the way."""

    rows: list[list[str]]
    separator: str = ""  # "" where the format has none
    told: list[str] = field(default_factory=list)  # what is not as in a plain CSV file
    faults: Mapping[int, str] = field(default_factory=dict)  # by row: why it cannot be read


def read_delimited(content: bytes, *, by_row: bool = False) -> Rows:
    """The rows of a text file.

    Parameters
    ----------
    by_row
        Whether a row that cannot be read is set aside, with its reason, and the rest is taken.

    Raises
    ------
    NoTable
        If it is not text, or, unless ``by_row``, its quotation marks do not fit.
    """
    text, encoding = decode(content)
    told = [encoding] if encoding else []
    text = text.replace("\ufeff", "")  # stands where files were put one behind the other, too
    lines = list(io.StringIO(text, newline=""))  # ends of lines of every system
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        separator = lines.pop(0)[4]  # Excel's own remark
    else:
        separator = _separator(text)
    if separator != ",":
        told.insert(0, SEPARATORS.get(separator, f'"{separator}"'))
    if not by_row:
        return Rows(_all_rows(lines, separator), separator, told)
    rows, faults = _row_by_row(lines, separator)
    return Rows(rows, separator, told, faults)


def _all_rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    rows, line = [], 0  # line: the last one of the last row
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    try:
        for row in reader:
            rows.append(row)
            line = reader.line_num
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise NoTable(
                say("line {line}: {OPEN_MARK}", line=line + 1, OPEN_MARK=_OPEN_MARK)
            ) from error
        raise NoTable(
            say("line {line_num}: {error}", line_num=reader.line_num, error=error)
        ) from error
    return rows


def _row_by_row(lines: Sequence[str], separator: str) -> tuple[list[list[str]], dict[int, str]]:
    """The rows; one that cannot be read is its line as it stands, and reading begins anew below.

    A quotation mark that does not close takes the lines below it into one value. That shows at the
    end of the file, or at the next mark if no value ends there.
    """
    rows: list[list[str]] = []
    faults: dict[int, str] = {}
    at = 0  # the line that the next row begins with
    while at < len(lines):
        begun = at
        rest = itertools.islice(lines, begun, None)
        reader = csv.reader(rest, delimiter=separator, strict=True, skipinitialspace=True)
        try:
            for row in reader:
                if any("\0" in cell for cell in row):
                    faults[len(rows)] = say("it holds bytes of no text (NUL)")
                rows.append(row)
                at = begun + reader.line_num
        except csv.Error as error:
            of_several_lines = begun + reader.line_num > at + 1
            open_mark = of_several_lines or "unexpected end" in str(error)
            faults[len(rows)] = _OPEN_MARK if open_mark else str(error)
            rows.append([lines[at].strip()])
            at += 1
    return rows, faults


def decode(content: bytes) -> tuple[str, str]:
    """Text, and the name of its encoding where it is not UTF-8.

    Windows-1252 is taken only for what cannot be UTF-8. Raises NoTable where neither fits.
    """
    for mark, encoding, name in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding, name), name
    head = content[:4096]
    text = head.rstrip(b"\0")  # a copy that broke off leaves a tail of them
    if text.count(0) > len(text) // 4:  # every other byte of Latin letters in UTF-16
        encoding = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        return _decoded(content, encoding, "UTF-16"), "UTF-16"
    if 0 in content:  # one byte that went wrong, or no text at all
        content = content.rstrip(b"\0")
        if not content or any(one < 32 and one not in _OF_TEXT for one in set(content[:4096])):
            raise NoTable(say("it is not text"))
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        line = len(content[: error.start + 1].splitlines())
    if any(not one.isascii() and _is_utf8(one) for one in content.splitlines()):
        raise NoTable(
            say("line {line} is not UTF-8, though others are; save it as UTF-8", line=line)
        )
    return _decoded(content, "cp1252", "Windows-1252"), "Windows-1252"


def _decoded(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NoTable(
            say("it is not text in {name}; save it as UTF-8", name=name or say("UTF-8"))
        ) from error


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
