"""What changed between two runs: inputs, encoders, settings, versions, and the numbers.

For instance before and after a change of the scanner. Everything is read from the two records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pathgui.core.language.texts import localized, say
from pathgui.core.measurement.comparison import compare
from pathgui.core.measurement.results import ReferenceMeasurement, RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_diff import CohortDiff, diff_cohorts
from pathgui.core.results.earlier_runs import TWO_KINDS
from pathgui.core.results.fact_words import fact_title
from pathgui.core.results.measures import Measure, measures
from pathgui.core.results.readings import Reading
from pathgui.core.runs.options import OPTIONS
from pathgui.core.runs.record import EncoderFacts, EncoderResult, Evaluation, Run, TileTable
from pathgui.core.system.json_records import field_names

Basis = Literal["paired", "unpaired", "none", "different k", "different columns"]

_LONGEST = 200  # letters of a table of numbers
_IN_ALL = say(" in all")
_CHECKSUM = re.compile("[0-9a-f]{32,}")
_DIGITS = 12  # of a checksum, enough to tell two apart

# What a run says of itself and is different in any two.
_OWN = frozenset({"id", "thumbnail"})


@dataclass(frozen=True)
class Change:
    """One fact that is not the same; "" where one run does not have it."""

    part: str  # "Reference set", "Slide", "Settings", "Intended use", "Versions", or the encoder
    name: str  # in the record
    before: str
    after: str
    title: str = ""  # what readers call it

    @property
    def shown(self) -> tuple[str, str]:
        """Both values for a table: of a checksum, its beginning."""
        return _beginning(self.before), _beginning(self.after)


@dataclass(frozen=True)
class NumberChange:
    """One measurement of one encoder in both runs. A reading is None where not assessable."""

    encoder: str  # its title
    measure: str  # key of MEASURES
    title: str
    digits: int
    before: Reading | None
    after: Reading | None
    difference: float | None  # after less before; None where they must not be compared
    low: float | None  # 95 % interval of the difference
    high: float | None
    basis: Basis

    @property
    def apart(self) -> bool | None:
        """Whether the interval of the difference leaves out 0; None without an interval."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class TileChange:
    """How far one encoder says the same of the same tiles of the same slide in both runs."""

    encoder: str  # its title
    tiles: int  # read in both
    same_tissue: float  # share
    same_center: float


@dataclass(frozen=True)
class RunDiff:
    """Two runs against each other."""

    before: str  # id
    after: str
    before_finished: str
    after_finished: str
    changes: list[Change]
    numbers: list[NumberChange]
    tiles: list[TileChange]
    only_before: list[str]  # titles of encoders
    only_after: list[str]
    cautions: list[str]  # why numbers may differ for other reasons than the one looked for
    columns: RoleColumns = USUAL  # that both measure; the roles themselves if they differ
    slides: CohortDiff | None = None  # None unless both are of a cohort


def diff_runs(before: Evaluation, after: Evaluation) -> RunDiff:
    """Compare two runs.

    Intervals of differences are paired over slides where both runs drew the same slides (same
    reference tiles, same seed), else made from the two intervals as for independent values
    (Zou and Donner, Stat Med 2008;27:1693). Where the two runs made their intervals by different
    methods, differences have none, and ``cautions`` says so.
    """
    one, other = before.run, after.run
    pairs = _encoder_pairs(one, other)
    columns = one.reference.columns if _same_columns(one, other) else USUAL
    return RunDiff(
        before=one.id,
        after=other.id,
        before_finished=one.finished,
        after_finished=other.finished,
        changes=_changes(one, other, pairs),
        numbers=[
            number
            for first, second in pairs
            for known in measures(columns)
            if (number := _number(known, first, second)) is not None
        ],
        tiles=_tiles(before, after, pairs),
        only_before=_missing(one, other),
        only_after=_missing(other, one),
        cautions=_cautions(one, other, pairs),
        columns=columns,
        slides=diff_cohorts(one, other),
    )


def _same_columns(one: Run, other: Run) -> bool:
    """Whether the same columns play center and tissue; else all numbers are of other things."""
    return one.reference.columns == other.reference.columns


def independent_interval(
    before: Reading, after: Reading
) -> tuple[float, float] | tuple[None, None]:
    """Interval of after less before from the two intervals, as of independent values.

    >>> low, high = independent_interval(Reading(0.5, 0.4, 0.6), Reading(0.8, 0.7, 0.9))
    >>> round(low, 3), round(high, 3)
    (0.159, 0.441)
    """
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return None, None
    apart = after.value - before.value
    down = np.hypot(after.value - after.low, before.high - before.value)
    up = np.hypot(after.high - after.value, before.value - before.low)
    return float(apart - down), float(apart + up)


def _encoder_pairs(one: Run, other: Run) -> list[tuple[EncoderResult, EncoderResult]]:
    second = {result.encoder.name: result for result in other.encoders}
    return [
        (result, second[result.encoder.name])
        for result in one.encoders
        if result.encoder.name in second
    ]


def _missing(here: Run, there: Run) -> list[str]:
    names = {result.encoder.name for result in there.encoders}
    return [each.encoder.title for each in here.encoders if each.encoder.name not in names]


def _changes(
    one: Run, other: Run, pairs: list[tuple[EncoderResult, EncoderResult]]
) -> list[Change]:
    parts: list[tuple[str, Any, Any]] = [
        (say("Reference set"), one.reference, other.reference),
        (say("Slide"), one.slide, other.slide),
        *((first.encoder.title, first.encoder, second.encoder) for first, second in pairs),
        (say("Settings"), *_settings(one, other)),
        (say("Settings"), _shared(one), _shared(other)),
        (say("Intended use"), _said(one), _said(other)),
        (say("Versions"), {"pathgui": one.pathgui, **one.environment},
         {"pathgui": other.pathgui, **other.environment}),
    ]  # fmt: skip
    columns = one.reference.columns if _same_columns(one, other) else USUAL
    return [
        Change(part, name.replace("_", " "), before, after, fact_title(name, columns))
        for part, first, second in parts
        for name, before, after in _differing(first, second)
    ]


def _settings(one: Run, other: Run) -> tuple[dict[str, str], dict[str, str]]:
    """The options that were not chosen alike."""
    before, after = {}, {}
    for option in OPTIONS:
        values = [getattr(run.settings, option.name) for run in (one, other)]
        if values[0] != values[1]:
            name = fmt.within(option.title)
            before[name], after[name] = map(option.said, values)
            if before[name] == after[name]:  # as many areas, but not the same
                after[name] += ", others"
    return before, after


def _shared(run: Run) -> dict[str, str]:
    """What the k that was asked for came to; in older runs each encoder had its own."""
    if run.k is None:
        return {"k of all encoders": say("each its own")} if run.encoders else {}
    return {"k of all encoders": str(run.k.k), "how it came about": run.k.rule}


def _said(run: Run) -> dict[str, str]:
    if run.intended_use is None:
        return {}
    planned = {title: text for title, text in run.intended_use.plan.said() if text}
    return dict(run.intended_use.said()) | planned


def _differing(first: Any, second: Any) -> Iterator[tuple[str, str, str]]:
    before, after = dict(_facts(first)), dict(_facts(second))
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name, ""), after.get(name, "")
        if was == now and getattr(first, name, None) != getattr(second, name, None):
            if not was.endswith(_IN_ALL):
                continue  # the same to six digits
            now += ", others"  # of a long table only the sum is told
        if was != now:
            yield name, was, now


def _facts(record: Any) -> Iterator[tuple[str, str]]:
    """Names and values in words; long lists of numbers are told by their sum."""
    if record is None:
        return
    if isinstance(record, dict):
        yield from ((name, str(value)) for name, value in record.items())
        return
    for name in field_names(record):
        value = getattr(record, name)
        if name in _OWN or value is None:
            continue
        yield name, _in_words(value)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return localized(value, ".6g")
    if isinstance(value, int):
        return localized(value, ",")
    if field_names(value):
        # What says itself in words does; of all else the fields.
        said = getattr(value, "sentence", getattr(value, "words", None))
        if isinstance(said, str):
            return said
        return ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in _facts(value))
    if isinstance(value, list | tuple):
        if not value:
            return "none"
        if field_names(value[0]):
            return "; ".join(_in_words(item) for item in value)
        if isinstance(value[0], list | tuple):
            rows = "; ".join(", ".join(str(item) for item in row) for row in value)
            return rows if len(rows) <= _LONGEST else _sum_of(value)
        return ", ".join(str(item) for item in value)
    return str(value)


def _sum_of(rows: Sequence[Sequence[Any]]) -> str:
    cells = [cell for row in rows for cell in row]
    if not all(isinstance(cell, int) for cell in cells):
        return say("{n_rows} rows{IN_ALL}", n_rows=fmt.count(len(rows)), IN_ALL=_IN_ALL)
    empty = cells.count(0)
    return say(
        "{n_rows} × {n} pairs, {empty} empty, {cells}{IN_ALL}",
        n_rows=fmt.count(len(rows)),
        n=fmt.count(len(rows[0])),
        empty=fmt.count(empty),
        cells=fmt.count(sum(cells)),
        IN_ALL=_IN_ALL,
    )


def _beginning(text: str) -> str:
    return f"{text[:_DIGITS]}…" if _CHECKSUM.fullmatch(text) else text


def _number(known: Measure, first: EncoderResult, second: EncoderResult) -> NumberChange | None:
    """None where neither run has the number."""
    before, after = _reading(known, first), _reading(known, second)
    if before is None and after is None:
        return None
    difference = low = high = None
    basis: Basis = "none"
    if before is not None and after is not None and not known.comparable(first, second):
        basis = "different k"
    elif first.reference.columns != second.reference.columns:
        basis = "different columns"
    elif before is not None and after is not None:
        difference = after.value - before.value
        paired = _paired(first.reference, second.reference)
        if first.reference.intervals != second.reference.intervals:
            basis = "none"  # an earlier interval and a newer one do not make one together
        elif known.key == "robustness_index" and paired is not None:
            (low, high), basis = paired, "paired"
        else:
            low, high = independent_interval(before, after)
            basis = "none" if low is None else "unpaired"
    return NumberChange(
        encoder=first.encoder.title,
        measure=known.key,
        title=known.title,
        digits=known.digits,
        before=before,
        after=after,
        difference=difference,
        low=low,
        high=high,
        basis=basis,
    )


def _reading(known: Measure, result: EncoderResult) -> Reading | None:
    found = known.read(result)
    return None if isinstance(found, NotAssessable) else found


def _paired(
    before: ReferenceMeasurement, after: ReferenceMeasurement
) -> tuple[float, float] | None:
    """Interval of after less before, where both drew the same slides alike."""
    groups = compare({"after": after, "before": before}).groups
    for group in groups:
        for pair in group.differences:
            if pair.low is not None and pair.high is not None:
                return pair.low, pair.high
    return None


def _tiles(
    before: Evaluation, after: Evaluation, pairs: list[tuple[EncoderResult, EncoderResult]]
) -> list[TileChange]:
    """Only where it is the same slide, cut alike."""
    one, other = before.run.slide, after.run.slide
    if before.tiles is None or after.tiles is None or one is None or other is None:
        return []
    alike = one.content_id == other.content_id and (
        (one.tile_size_l0, one.tile_stride_l0, one.tile_origin_l0)
        == (other.tile_size_l0, other.tile_stride_l0, other.tile_origin_l0)
    )
    if not alike or not _same_columns(before.run, after.run):
        return []
    first, second = _common(before.tiles, after.tiles)
    if not len(first):
        return []
    tissues = before.run.reference.tissues, after.run.reference.tissues
    centers = before.run.reference.centers, after.run.reference.centers
    found = []
    for result, _ in pairs:
        name = result.encoder.name
        if name not in before.tiles.tissue or name not in after.tiles.tissue:
            continue
        same = [
            _same_share(names, answers_one[name][first], answers_other[name][second])
            for names, answers_one, answers_other in (
                (tissues, before.tiles.tissue, after.tiles.tissue),
                (centers, before.tiles.center, after.tiles.center),
            )
        ]
        found.append(TileChange(result.encoder.title, len(first), same[0], same[1]))
    return found


def _common(one: TileTable, other: TileTable) -> tuple[Any, Any]:
    """Rows of the tiles that both could read."""
    place = {
        tuple(cell): row
        for row, (cell, good) in enumerate(zip(other.cells.tolist(), other.readable, strict=True))
        if good
    }
    rows = [
        (row, place[tuple(cell)])
        for row, (cell, good) in enumerate(zip(one.cells.tolist(), one.readable, strict=True))
        if good and tuple(cell) in place
    ]
    both = np.array(rows, np.intp).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _same_share(names: tuple[list[str], list[str]], one: Any, other: Any) -> float:
    """By name: the order of the labels may be another."""
    return float(np.mean(np.array(names[0])[one] == np.array(names[1])[other]))


def _cautions(one: Run, other: Run, pairs: list[tuple[EncoderResult, EncoderResult]]) -> list[str]:
    said = []
    if one.id == other.id:
        said.append(say("These are the same run."))
    if not _same_columns(one, other):
        was, now = one.reference.columns, other.reference.columns
        said.append(
            say(
                "The earlier run measures {of_tissue} and {of_center}, the later "
                "one {of_tissue2} and {of_center2}. These are different things, "
                "so their values have no difference.",
                of_tissue=was.of_tissue,
                of_center=was.of_center,
                of_tissue2=now.of_tissue,
                of_center2=now.of_center,
            )
        )
    if one.reference.sha256 != other.reference.sha256:
        said.append(
            say(
                "The reference sets differ, and so do their chance values. "
                "Compare the adjusted index, or the index less its chance value, "
                "rather than the index."
            )
        )
    if one.settings.seed != other.settings.seed:
        said.append(
            say("The seeds differ, so small differences may come from what was drawn at random.")
        )
    if any(a.reference.intervals != b.reference.intervals for a, b in pairs):
        said.append(TWO_KINDS)
    for first, second in pairs:
        title = first.encoder.title
        a, b = first.reference, second.reference
        if a.k != b.k:
            said.append(
                say(
                    "{title}: k is {k} before and {k2} after. Values that count "
                    "neighbors change with k alone, so they have no difference. "
                    "Measure one run again at the k of the other.",
                    title=title,
                    k=a.k,
                    k2=b.k,
                )
            )
        if (a.dropped_tissues, a.dropped_centers) != (b.dropped_tissues, b.dropped_centers):
            which = a.columns.say(say("other {tissues} or {centers}"))
            said.append(
                say("{title}: {which} are left out of the index.", title=title, which=which)
            )
        if _weights(first.encoder) != _weights(second.encoder):
            said.append(say("{title}: the weights are not the same.", title=title))
        definitions = [
            each.definition.partition(" (")[0]  # the same paper may be cited in another way
            for each in (a.robustness_index, b.robustness_index)
            if isinstance(each, RobustnessIndex)
        ]
        if len(set(definitions)) > 1:
            said.append(say("{title}: the index is defined in another way.", title=title))
    return said


def _weights(facts: EncoderFacts) -> str:
    return facts.weights_sha256


def basis_text(basis: Basis) -> str:
    """How an interval of a difference was made, in words.

    >>> basis_text("unpaired")
    'unpaired'
    """
    words: dict[Basis, str] = {
        "paired": say("paired"),
        "unpaired": say("unpaired"),
        "none": say("none"),
        "different k": say("different k"),
        "different columns": say("different columns"),
    }
    return words[basis]
