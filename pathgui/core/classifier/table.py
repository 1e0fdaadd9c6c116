"""A classifier's answers in a table: a class, or a probability for each class, in a row a tile."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.answers import NONE, OTHER, Answers, places_of
from pathgui.core.classifier.matched import Rows, matched
from pathgui.core.classifier.results import Source, Unit
from pathgui.core.errors import ClassifierError, first_few
from pathgui.core.language.texts import counted, say
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.tables import cells
from pathgui.core.tables.read import Table

SUM = 0.01  # how far a row's probabilities may sum from 1, since they are rounded
CERTAIN = 1 + 1e-6  # a probability beyond it is none
MOST_NAMED = 3  # rows that a notice names
# What a column of answers is called as a rule, where none is named.
USUAL = (
    "predicted", "prediction", "predicted_class", "predicted_tissue", "predicted_label",
    "predicted label", "predicted class", "pred", "pred_class", "pred_label", "answer",
    "y_pred", "class_pred",
)  # fmt: skip
# What may stand around the name of a class in the heading of its probability.
_AROUND = ("probability_of", "probability", "prob", "proba", "score", "p", "pred", "prediction")


@dataclass(frozen=True)
class TableOfAnswers:
    """What was read of a table, and how."""

    answers: Answers
    unit: Unit
    source: Source
    columns: tuple[str, ...]
    slides: tuple[str, ...]  # that answers are of, where they are of slides


def read_answers(
    table: Table,
    reference: ReferenceSet,
    columns: Sequence[str] = (),
    meanings: Mapping[str, str] | None = None,
) -> TableOfAnswers:
    """The answers in a table for the tiles, or the slides, of a reference set.

    Parameters
    ----------
    columns
        One column of classes; or the columns of probabilities, one a class, whose name is the
        class or is said as ``COLUMN=CLASS``. One column of probabilities of one of two tissues
        leaves the rest to the other. Empty: the usual names are looked for.
    meanings
        Which tissue a class is, see :func:`~pathgui.core.classifier.answers.places_of`.

    Raises
    ------
    ClassifierError
        If nothing can be matched, no column is found, a class is unknown, or no row holds an
        answer. Single rows that hold none are left out, and a notice names the first.
    """
    tissues = tuple(reference.tissues)
    rows = matched(table, reference)
    chosen = _chosen(table, columns, tissues, meanings or {})
    notices = [table.recognized] if table.recognized else []
    if isinstance(chosen, str):
        codes, faults = _classes(table, chosen, tissues, meanings or {})
        probabilities, why_not = None, say(
            "Not assessable: the table gives classes and no probabilities."
        )  # fmt: skip
        known: tuple[str, ...] = tissues
        named: tuple[str, ...] = (chosen,)
    else:
        probabilities, faults = _probabilities(table, chosen, tissues)
        codes, why_not = likeliest(probabilities, np.array(sorted(faults), np.intp)), ""
        known = tuple(tissues[p] for p in sorted(set(chosen.values()) - {OTHER}))
        if len(chosen) == 1 and len(tissues) == 2:
            known = tissues
        named = tuple(chosen)
    for row, why in (table.faults or {}).items():
        faults[row] = why
    n = len(reference) if rows.unit == "tile" else len(rows.slides)
    taken = _taken(table, rows, codes, probabilities, faults, n, notices)
    if not (taken >= 0).any():
        row, why = min(faults.items()) if faults else (0, say("it is of no tile of the set"))
        raise ClassifierError(
            say(
                "{path} holds no answer that can be judged. Row {row}: {why}.",
                path=table.path,
                row=row + 1,
                why=why,
            )
        )
    there = taken >= 0
    answered = np.full(n, NONE, np.intp)
    answered[there] = codes[taken[there]]
    of_each = None
    if probabilities is not None:
        of_each = np.full((n, len(tissues)), np.nan)
        of_each[there] = probabilities[taken[there]]
    never = set(range(len(tissues))) - set(answered[there].tolist())
    if isinstance(chosen, str) and never:
        notices.append(
            say(
                "It never answers {tissues}. If it has no such class, these tiles are no errors of "
                "its own: judge it on a set without them.",
                tissues=", ".join(tissues[each] for each in sorted(never)),
            )
        )
    answers = Answers(tissues, answered, of_each, why_not, known, tuple(notices))
    source: Source = "classes" if isinstance(chosen, str) else "probabilities"
    return TableOfAnswers(answers, rows.unit, source, named, rows.slides)


def _chosen(
    table: Table, columns: Sequence[str], tissues: Sequence[str], meanings: Mapping[str, str]
) -> str | dict[str, int]:
    """The column of classes; or columns of probabilities, and the tissue that each is of."""
    if not columns:
        return _recognized(table, tissues)
    names: dict[str, str] = {}  # column: class that is said of it, or ""
    for each in columns:
        name, of = _column(table, each)
        if name in names:
            raise ClassifierError(say("The column {name} is named twice.", name=each))
        names[name] = of
    if len(names) == 1:
        (name, of), *_ = names.items()
        if not of and not _is_of_numbers(table, name):
            return name
        if not of and _class_in(name, tissues) is None:
            return name  # numbers that are classes: 0, 1
        if len(tissues) != 2:
            raise ClassifierError(
                say(
                    "One column of probabilities is enough for two tissues, and the reference set "
                    "has {n}. Name one column for each class.",
                    n=len(tissues),
                )
            )
    found: dict[str, int] = {}
    for name, of in names.items():
        said = of or _class_in(name, tissues) or name
        (place,) = places_of([said], tissues, meanings, say("Column {name}", name=name))
        if place != OTHER and place in found.values():
            raise ClassifierError(
                say("Two columns hold probabilities of {tissue}.", tissue=tissues[place])
            )
        found[name] = place
    return found


def _recognized(table: Table, tissues: Sequence[str]) -> str | dict[str, int]:
    heading = {table.headings.get(name, name).casefold(): name for name in table.columns}
    usual = [heading[name] for name in USUAL if name in heading]
    if usual:
        return usual[0]
    found: dict[str, int] = {}
    for name in table.columns:
        of = _class_in(table.headings.get(name, name), tissues)
        if of is not None and _is_of_numbers(table, name):
            place = list(tissues).index(of)
            if place in found.values():
                raise ClassifierError(
                    say(
                        "Several columns of {path} may be the probability of {tissue}. Name the "
                        "columns with --column.",
                        path=table.path,
                        tissue=of,
                    )
                )
            found[name] = place
    if len(found) == len(tissues) or (found and len(tissues) == 2):
        return found
    raise ClassifierError(
        say(
            "{path} has no column that is known to hold answers. Name it with --column: one of "
            "{columns}.",
            path=table.path,
            columns=first_few([table.headings.get(n, n) for n in table.columns], 12),
        )
    )


def _column(table: Table, asked: str) -> tuple[str, str]:
    """The column that is asked for, and the class that is said of it: ``COLUMN=CLASS``."""
    for name, of in ((asked, ""), asked.rpartition("=")[::2]):
        for key in (str, str.casefold):
            for column in table.columns:
                if name and key(name) in (key(column), key(table.headings.get(column, column))):
                    return column, of.strip()
    raise ClassifierError(
        say(
            "{path} has no column {name}. It has {columns}.",
            path=table.path,
            name=asked,
            columns=first_few([table.headings.get(n, n) for n in table.columns], 12),
        )
    )


def _class_in(heading: str, tissues: Sequence[str]) -> str | None:
    """The tissue whose probability a heading says it is; None if it says none."""
    plain = heading.casefold().strip()
    bare = {plain}
    for word in _AROUND:
        for sign in "_- :.":
            bare.add(plain.removeprefix(f"{word}{sign}").removesuffix(f"{sign}{word}").strip())
    bare.add(plain.removeprefix("p(").removesuffix(")"))
    for tissue in tissues:
        if tissue.casefold() in bare:
            return tissue
    return None


def _is_of_numbers(table: Table, name: str) -> bool:
    """Whether all that is written in a column are numbers."""
    written = [text for text in table.columns[name] if not cells.is_missing(text)]
    numbers = [cells.number(text, table.decimal) for text in written]
    if None in numbers:
        numbers = [cells.number(text, ",") for text in written]
    return bool(written) and None not in numbers


def _classes(
    table: Table, name: str, tissues: Sequence[str], meanings: Mapping[str, str]
) -> tuple[Codes, dict[int, str]]:
    labels = table.labels(name)
    place: dict[str, int] = {}
    codes = np.full(len(labels), NONE, np.intp)
    faults: dict[int, str] = {}
    for row, label in enumerate(labels):
        if row in (table.faults or {}):
            continue
        if not label:
            faults[row] = say("{column} is empty", column=table.headings.get(name, name))
            continue
        if label not in place:
            where = say("{path}, row {row}", path=table.path.name, row=row + 1)
            (place[label],) = places_of([label], tissues, meanings, where)
        codes[row] = place[label]
    return codes, faults


def _probabilities(
    table: Table, chosen: Mapping[str, int], tissues: Sequence[str]
) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Probability of each tissue in each row, NaN in rows that have none, and why."""
    columns = list(chosen)
    decimal = "," if cells.decimal_mark([table.columns[n] for n in columns], "") == "," else "."
    decimal = table.decimal if table.decimal == "," else decimal
    values = np.full((table.n_rows, len(columns)), np.nan)
    faults: dict[int, str] = {}
    for at, name in enumerate(columns):
        for row, text in enumerate(table.columns[name]):
            value = cells.number(text, decimal)
            title = table.headings.get(name, name)
            if cells.is_missing(text):
                faults.setdefault(row, say("{column} is empty", column=title))
            elif value is None or not math.isfinite(value):
                faults.setdefault(
                    row, say('{column} is "{text}", no number', column=title, text=text)
                )
            elif not -1e-6 <= value <= CERTAIN:
                faults.setdefault(
                    row,
                    say("{column} is {text}, and not within 0 and 1", column=title, text=text),
                )
            else:
                values[row, at] = value
    single = len(columns) == 1
    if not single:
        total = values.sum(axis=1)
        for row in np.flatnonzero(np.abs(total - 1) > SUM).tolist():
            faults.setdefault(
                row, say("its probabilities sum to {total:.3f} and not to 1", total=total[row])
            )
    found = np.zeros((table.n_rows, len(tissues)))
    for at, name in enumerate(columns):
        if chosen[name] != OTHER:
            found[:, chosen[name]] = values[:, at]
    if single:
        found[:, 1 - chosen[columns[0]]] = 1 - values[:, 0]
    found[sorted(faults)] = np.nan
    return np.clip(found, 0, 1), faults


def likeliest(probabilities: NDArray[np.float64], broken: Codes) -> Codes:
    """The likeliest tissue in each row; OTHER where a class that is none is likelier.

    NONE in the rows ``broken``, whatever is in them.
    """
    rest = np.maximum(1 - probabilities.sum(axis=1), 0)
    every = np.column_stack([probabilities, rest])
    every[broken] = 0
    codes: Codes = every.argmax(axis=1).astype(np.intp)
    codes[codes == probabilities.shape[1]] = OTHER
    codes[broken] = NONE
    return codes


def _taken(
    table: Table,
    rows: Rows,
    codes: Codes,
    probabilities: NDArray[np.float64] | None,
    faults: Mapping[int, str],
    n: int,
    notices: list[str],
) -> Codes:
    """The row that each tile (or slide) is judged by; -1: none. Says what was left out."""
    taken = np.full(n, -1, np.intp)
    double: Counter[int] = Counter()
    unlike: dict[int, tuple[int, int]] = {}
    strange = []
    for row, place in enumerate(rows.place.tolist()):
        if place < 0:
            if row not in (table.faults or {}):
                strange.append(row)
            continue
        if row in faults:
            continue
        first = int(taken[place])
        if first < 0:
            taken[place] = row
            continue
        double[place] += 1
        same = codes[row] == codes[first] and (
            probabilities is None or np.array_equal(probabilities[row], probabilities[first])
        )
        if not same:
            unlike.setdefault(place, (first, row))
    for place in unlike:
        taken[place] = -1
    if strange:
        notices.append(
            counted(
                len(strange),
                "{n:,} row is of no tile of the reference set and was left out: row {row}.",
                "{n:,} rows are of no tile of the reference set and were left out: row {row}.",
                row=_numbers(strange),
            )
        )
    if faults:
        row, why = min(faults.items())
        notices.append(
            counted(
                len(faults),
                "{n:,} row was left out, since it holds no answer that can be judged. Row {row}: "
                "{why}.",
                "{n:,} rows were left out, since they hold no answer that can be judged. The "
                "first is row {row}: {why}.",
                row=row + 1,
                why=why,
            )
        )
    if unlike:
        one, other = next(iter(unlike.values()))
        notices.append(
            counted(
                len(unlike),
                "{n:,} tile was left out, since two rows answer it differently: rows {one} and "
                "{other}.",
                "{n:,} tiles were left out, since two rows answer each differently. The first "
                "are rows {one} and {other}.",
                one=one + 1,
                other=other + 1,
            )
        )
    alike = len(double) - len(unlike)
    if alike > 0:
        notices.append(
            counted(
                alike,
                "{n:,} tile stands in several rows that say the same; it counts once.",
                "{n:,} tiles stand in several rows that say the same; each counts once.",
            )
        )
    return taken


def _numbers(rows: Sequence[int]) -> str:
    return first_few([row + 1 for row in rows], MOST_NAMED)
