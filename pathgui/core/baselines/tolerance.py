"""How far each number of a baseline may move, and the file in which a laboratory says so.

A file of tolerances is TOML, with one table for each encoder::

    [encoder."uni2-h"]
    robustness_index = { down = 0.03, up = 0.1 }
    support = 0.05                                    # the same both ways

A number without a line has no tolerance, and no check judges it.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pathgui.core.baselines.numbers import HeldNumber, held_numbers
from pathgui.core.errors import BaselineError, os_errors_as
from pathgui.core.language.texts import filled, in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import reading_text
from pathgui.core.results.readings import Reading
from pathgui.core.runs.record import Run
from pathgui.core.system.files import write_file
from pathgui.core.system.plain_files import read_plain
from pathgui.core.system.toml_files import MOST_BYTES, parse_toml, quoted

_ROUNDING = 1e-9  # of sums of decimal fractions
_HEAD = """\
# How far each number of this run may move until a check says that it is outside.
#
# {run}
#
# Proposed for each number with an interval: the new value stays inside the 95 % interval of this
# run. Change what your laboratory can accept. Write one number for both ways, or how far it may
# fall (down) and rise (up). A line that begins with # is not judged.
"""


@dataclass(frozen=True)
class Tolerance:
    """How far one number of one encoder may fall and rise, both from 0."""

    encoder: str  # its name
    measure: str
    down: float
    up: float

    def holds(self, change: float) -> bool:
        """Whether a change lies within.

        >>> Tolerance("uni", "support", 0.05, 0.1).holds(-0.05)
        True
        >>> Tolerance("uni", "support", 0.05, 0.1).holds(0.11)
        False
        """
        return -self.down - _ROUNDING <= change <= self.up + _ROUNDING

    @property
    def text(self) -> str:
        """Both limits with their signs.

        >>> Tolerance("uni", "support", 0.05, 0.1).text, Tolerance("uni", "mari", 0.1, 0.1).text
        ('−0.05 to +0.1', '± 0.1')
        """
        if self.down == self.up:
            return filled("± {up:.10g}", up=self.up)
        return say("−{down:.10g} to +{up:.10g}", down=self.down, up=self.up)


def proposed_tolerances(run: Run) -> tuple[Tolerance, ...]:
    """A tolerance for each number with an interval: the new value stays inside that interval."""
    return tuple(
        Tolerance(each.encoder, each.measure, *limits)
        for each in held_numbers(run)
        if (limits := _inside_the_interval(each)) is not None
    )


def _inside_the_interval(number: HeldNumber) -> tuple[float, float] | None:
    """How far it may fall and rise, rounded up, and at least one of its last digit."""
    found = number.found
    if isinstance(found, NotAssessable) or found.low is None or found.high is None:
        return None
    scale = 10**number.digits
    down, up = (
        max(1, math.ceil(scale * abs(end - found.value) - _ROUNDING)) / scale
        for end in (found.low, found.high)
    )
    return down, up


def tolerance_text(run: Run, tolerances: Sequence[Tolerance], name: str) -> str:
    """The file that :func:`read_tolerances` reads, with what each number is in a comment.

    ``name`` is that of the run. Numbers without a tolerance stand in it as comments.
    """
    known = {(each.encoder, each.measure): each for each in tolerances}
    lines = [
        _HEAD.format(
            run=say(
                "Run {name}, finished {replace}",
                name=name,
                replace=run.finished[:16].replace("T", " "),
            )
        )
    ]
    encoder = None
    for number in held_numbers(run):
        if number.encoder != encoder:
            encoder = number.encoder
            lines += ["", f"[encoder.{quoted(encoder)}]  # {number.encoder_title}"]
        lines += _lines_of(number, known.get((number.encoder, number.measure)))
    return "\n".join(lines) + "\n"


def _lines_of(number: HeldNumber, given: Tolerance | None) -> Iterator[str]:
    found = number.found
    if isinstance(found, NotAssessable):
        yield f"# {number.title}: not assessable"
        return
    yield f"# {number.title}: {_plain(found, number.digits)}"
    if given is None:
        yield f"# {number.measure} = {{ down = 0.05, up = 0.05 }}"
    elif given.down == given.up:
        yield f"{number.measure} = {given.up!r}"
    else:
        yield f"{number.measure} = {{ down = {given.down!r}, up = {given.up!r} }}"


def _plain(found: Reading, digits: int) -> str:
    """The value with its interval, or that none says how far it may move."""
    text = reading_text(found, digits)
    return (
        text
        if found.low is not None
        else say("{text}, no interval, so nothing is proposed", text=text)
    )


@in_english()
def save_tolerances(run: Run, tolerances: Sequence[Tolerance], name: str, path: Path) -> None:
    """Write what :func:`tolerance_text` gives; BaselineError where it cannot be written."""
    with os_errors_as(
        BaselineError, say("The tolerances could not be written to {path}", path=path), advice=""
    ):
        write_file(path, tolerance_text(run, tolerances, name).encode())


def read_tolerances(path: Path, run: Run) -> tuple[Tolerance, ...]:
    """The tolerances in a file, for the numbers of ``run``; see :func:`parse_tolerances`."""
    return parse_tolerances(read_tolerance_text(path), run, str(path))


def read_tolerance_text(path: Path) -> str:
    """What a file of tolerances holds, not looked at yet. Raises BaselineError."""
    content = read_plain(path, BaselineError, MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BaselineError(
            say("{path}, line {line}: this is no text in UTF-8.", path=path, line=line)
        ) from error


def parse_tolerances(
    text: str, run: Run, where: str = say("The tolerances")
) -> tuple[Tolerance, ...]:
    """The tolerances that a text holds.

    Raises
    ------
    BaselineError
        If it is no TOML, names no number of the run, or a tolerance makes no sense. The one
        sentence begins with ``where`` and names the line.
    """
    stored = parse_toml(text.encode(), where, BaselineError)
    lines = text.splitlines()
    for name in stored:
        if name != "encoder":
            raise _wrong(where, _line_of(lines, None, name), say("{name} is not known here. "
                                                                 "Begin each encoder with a line "
                '[encoder."NAME"]', name=name))  # fmt: skip
    tables = stored.get("encoder", {})
    if not isinstance(tables, dict) or not tables:
        raise BaselineError(
            say(
                '{where} holds no tolerance. Begin each encoder with a line [encoder."NAME"].',
                where=where,
            )
        )
    numbers = {(each.encoder, each.measure): each for each in held_numbers(run)}
    names = list(dict.fromkeys(encoder for encoder, _ in numbers))
    found = []
    for encoder, table in tables.items():
        line = _line_of(lines, None, encoder)
        if encoder not in names:
            raise _wrong(
                where,
                line,
                say(
                    "the run has no encoder {encoder!r}. It has {names}",
                    encoder=encoder,
                    names=", ".join(names) or say("none"),
                ),
            )
        if not isinstance(table, dict):
            raise _wrong(
                where,
                line,
                say("{encoder} must be a table, not {table!r}", encoder=encoder, table=table),
            )
        for measure, value in table.items():
            line = _line_of(lines, encoder, measure)
            number = numbers.get((encoder, measure))
            if number is None:
                raise _wrong(where, line, _no_number(encoder, measure, numbers))
            if isinstance(number.found, NotAssessable):
                raise _wrong(
                    where,
                    line,
                    say(
                        "{number_title} of {encoder_title} is not assessable in "
                        "this run, so it can have no tolerance",
                        number_title=number.title,
                        encoder_title=number.encoder_title,
                    ),
                )
            found.append(Tolerance(encoder, measure, *_limits(value, measure, where, line)))
    if not found:
        raise BaselineError(
            say("{where} holds no tolerance: every line begins with #.", where=where)
        )
    return tuple(found)


def _no_number(encoder: str, measure: str, numbers: dict[tuple[str, str], HeldNumber]) -> str:
    there = [key for name, key in numbers if name == encoder]
    near = difflib.get_close_matches(measure, there, n=1)
    meant = (
        say(" Did you mean {near}?", near=near[0])
        if near
        else say(" There are {there}", there=", ".join(there))
    )
    return say(
        "the run has no number {measure} of {encoder}.{meant}",
        measure=measure,
        encoder=encoder,
        meant=meant,
    ).rstrip(".")


def _limits(value: Any, measure: str, where: str, line: int | None) -> tuple[float, float]:
    if isinstance(value, dict):
        if unknown := sorted(set(value) - {"down", "up"}):
            raise _wrong(
                where,
                line,
                say(
                    "{measure} knows down and up, not {unknown}",
                    measure=measure,
                    unknown=unknown[0],
                ),
            )
        if set(value) != {"down", "up"}:
            raise _wrong(where, line, say("{measure} needs both down and up", measure=measure))
        down, up = value["down"], value["up"]
    else:
        down = up = value
    for each in (down, up):
        if isinstance(each, bool) or not isinstance(each, int | float):
            raise _wrong(
                where,
                line,
                say(
                    "{measure} must be a number, or {{ down = …, up = … }}, not {each!r}",
                    measure=measure,
                    each=each,
                ),
            )
        if not math.isfinite(each) or each < 0:
            raise _wrong(
                where,
                line,
                say("{measure} must be a number from 0, not {each}", measure=measure, each=each),
            )
    return float(down), float(up)


def _wrong(where: str, line: int | None, why: str) -> BaselineError:
    at = "" if line is None else say(", line {line}", line=line)
    end = "" if why.endswith("?") else "."
    return BaselineError(f"{where}{at}: {why}{end}")


def _line_of(lines: Sequence[str], encoder: str | None, key: str) -> int | None:
    """The line, from 1, where ``key`` is given: in the table of an encoder, or anywhere.

    TOML allows many spellings; where none of the usual is found, the table's own line, or None.
    """
    table = None
    named = rf"(?:{re.escape(quoted(key))}|'{re.escape(key)}'|{re.escape(key)})"
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("["):
            inside = encoder is not None and _names(line, encoder)
            if inside or (encoder is None and _names(line, key)):
                table = number
                if encoder is None:
                    return number
            elif encoder is not None and table is not None:
                break
        elif (encoder is None or table is not None) and re.match(rf"\s*{named}\s*[.=]", line):
            return number
    return table


def _names(line: str, key: str) -> bool:
    """Whether the heading of a table names a key."""
    heading = line.partition("]")[0].lstrip(" [")
    return any(each in heading for each in (quoted(key), f"'{key}'")) or heading.endswith(
        (f".{key}", key) if "." not in heading else (f".{key}",)
    )
