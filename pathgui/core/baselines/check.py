"""Holding a run against a baseline: each number within its tolerance, outside, or not compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from pathgui.core.baselines.baseline import Baseline, load_baseline, verify
from pathgui.core.baselines.numbers import OWN_CENTER, HeldNumber, held_numbers
from pathgui.core.baselines.tolerance import Tolerance
from pathgui.core.errors import BaselineError, agreeing, os_errors_as, plural
from pathgui.core.language.texts import in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import measure
from pathgui.core.results.readings import Reading
from pathgui.core.results.run_diff import NumberChange, RunDiff, diff_runs, independent_interval
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.record import Evaluation, Run
from pathgui.core.runs.run_files import CHECK_FILE, CHECKS_FILE, load_evaluation
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json
from pathgui.core.system.plain_files import read_bytes
from pathgui.core.system.times import now

FORMAT = 1
Record = TypeVar("Record")
Outcome = Literal["within", "outside", "not compared"]


@dataclass(frozen=True)
class CheckedNumber:
    """One number with a tolerance, in the baseline and now."""

    encoder: str  # its title
    measure: str
    title: str
    digits: int
    tolerance: Tolerance
    outcome: Outcome
    before: Reading | None = None  # null: not assessable
    after: Reading | None = None
    change: float | None = None  # after less before; null: not compared
    low: float | None = None  # 95 % interval of the change
    high: float | None = None
    paired: bool = False  # whether that interval is over the same slides, not as of two samples
    reason: str = ""  # why it was not compared

    @property
    def open(self) -> bool:
        """Whether the interval of the change reaches over a limit of the tolerance.

        An interval that is not paired is too wide for the same slides, and leaves nothing open.
        """
        if self.low is None or self.high is None or not self.paired:
            return False
        if self.outcome == "within":
            return not (self.tolerance.holds(self.low) and self.tolerance.holds(self.high))
        return self.low <= self.tolerance.up and self.high >= -self.tolerance.down


@dataclass(frozen=True)
class BaselineCheck:
    """How a run stands to a baseline. It lies beside the run, as ``check.json``."""

    format: int
    run_id: str  # of the run that was held against it
    baseline_id: str  # of the run that was filed
    baseline_name: str  # of its folder, without its ending
    baseline_sha256: str  # the content checksum that it was filed with
    filed_at: str  # ISO 8601 with zone
    checked_at: str
    numbers: list[CheckedNumber]
    cautions: list[str]  # why numbers may differ for other reasons than the one looked for
    without_tolerance: int = 0  # numbers that both runs have and no tolerance is set for
    plan: MonitoringPlan = field(default_factory=MonitoringPlan)

    def count(self, outcome: Outcome) -> int:
        """How many numbers have that outcome."""
        return sum(each.outcome == outcome for each in self.numbers)

    @property
    def outcome(self) -> Outcome:
        """Outside if one is; else not compared if one is not; else within."""
        if self.count("outside"):
            return "outside"
        return "not compared" if self.count("not compared") or not self.numbers else "within"

    @property
    def sentence(self) -> str:
        """What came out, in one sentence.

        Says of how many numbers; what could not be compared is never counted as within.
        """
        outside, missing = self.count("outside"), self.count("not compared")
        said = say(
            "{within} of {numbers} ",
            within=self.count("within"),
            numbers=plural(len(self.numbers), "number"),
        )
        said += say("{is_} within tolerance", is_=agreeing(self.count("within")))
        if outside:
            said += say(", {outside} outside", outside=outside)
        if missing:
            said += say(", {missing} not compared", missing=missing)
        return said + "."

    @property
    def next_check(self) -> str:
        """The day by which the next check is due, ISO 8601; "" where no interval was set."""
        return self.plan.next_after(self.checked_at)


@dataclass(frozen=True)
class KeptCheck:
    """One line of what a baseline knows of its checks."""

    checked_at: str
    run_id: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True)
class KeptChecks:
    """All of them, the first one first. Apart from ``baseline.json``, which never changes."""

    baseline_id: str
    checks: list[KeptCheck] = field(default_factory=list)


@in_english()
def check(
    baseline: Baseline, before: Evaluation, after: Evaluation, name: str, *, at: str = ""
) -> BaselineCheck:
    """Hold ``after`` against ``before``, the run that was filed as ``baseline`` under ``name``.

    A number counts as outside where its change is larger than its tolerance; the interval of the
    change stands beside it. Numbers of another reference set, slide, k or columns are not compared.

    Raises
    ------
    BaselineError
        If both are the same run, or the other one is older.
    """
    one, other = before.run, after.run
    if one.id == other.id:
        raise BaselineError(say("A baseline is not held against itself. Choose a later run."))
    if _older(other, one):
        raise BaselineError(say("This run is older than the baseline. Choose a later run."))
    found = diff_runs(before, after)
    was = {(each.encoder, each.measure): each for each in held_numbers(one)}
    now_ = {(each.encoder, each.measure): each for each in held_numbers(other)}
    changes = {(each.encoder, each.measure): each for each in found.numbers}
    return BaselineCheck(
        format=FORMAT,
        run_id=other.id,
        baseline_id=one.id,
        baseline_name=name,
        baseline_sha256=baseline.content_sha256,
        filed_at=baseline.filed_at,
        checked_at=at or now(),
        numbers=[
            _checked(each, was, now_, changes, found, one, other) for each in baseline.tolerances
        ],
        cautions=[*found.cautions, *_others(one, other)],
        without_tolerance=len(
            was.keys()
            & now_.keys() - {(each.encoder, each.measure) for each in baseline.tolerances}
        ),
        plan=baseline.plan,
    )


def _older(run: Run, than: Run) -> bool:
    """Whether a run was finished before another; False where one of them does not say when."""
    try:
        return datetime.fromisoformat(run.finished) < datetime.fromisoformat(than.finished)
    except (ValueError, TypeError):  # a time without a zone has no order with one that has it
        return False


def _others(one: Run, other: Run) -> Iterator[str]:
    """What else is not the same: slides of a cohort, and failures of encoders."""
    for each in other.failures:
        yield say("{title} could not run: {reason}", title=each.title, reason=each.reason)
    if one.slide is not None and other.slide is None:
        yield say("The slide of the baseline was not evaluated now.")
    if one.cohort is None or other.cohort is None:
        return
    was = {slide.slide.content_id for slide in one.slides if slide.slide is not None}
    is_ = {slide.slide.content_id for slide in other.slides if slide.slide is not None}
    if gone := len(was - is_):
        yield say(
            "{slides} of the baseline {is_} not among those of now.",
            slides=plural(gone, "slide"),
            is_=agreeing(gone),
        )
    if new := len(is_ - was):
        yield say(
            "{slides} of now {is_} not among those of the baseline.",
            slides=plural(new, "slide"),
            is_=agreeing(new),
        )


def _checked(
    tolerance: Tolerance,
    was: dict[tuple[str, str], HeldNumber],
    now_: dict[tuple[str, str], HeldNumber],
    changes: dict[tuple[str, str], NumberChange],
    diff: RunDiff,
    one: Run,
    other: Run,
) -> CheckedNumber:
    key = tolerance.encoder, tolerance.measure
    first, second = was.get(key), now_.get(key)
    if first is None:  # the numbers of the run are those that were filed; this program reads others
        why = say("this version of the program does not have the number")
        return CheckedNumber(
            tolerance.encoder, tolerance.measure, tolerance.measure, 3, tolerance, "not compared",
            reason=why,
        )  # fmt: skip
    change = changes.get((first.encoder_title, tolerance.measure))
    before, after = _reading(first), None if second is None else _reading(second)
    why = _why_not(first, second, change, one, other)
    if why or before is None or after is None:
        return CheckedNumber(
            first.encoder_title, first.measure, first.title, first.digits, tolerance,
            "not compared", before, after, reason=why,
        )  # fmt: skip
    moved = after.value - before.value
    low, high = (change.low, change.high) if change else _over_slides(first, before, after, diff)
    return CheckedNumber(
        encoder=first.encoder_title,
        measure=first.measure,
        title=first.title,
        digits=first.digits,
        tolerance=tolerance,
        outcome="within" if tolerance.holds(moved) else "outside",
        before=before,
        after=after,
        change=moved,
        low=low,
        high=high,
        paired=change is not None and change.basis == "paired",
    )


def _why_not(
    first: HeldNumber,
    second: HeldNumber | None,
    change: NumberChange | None,
    one: Run,
    other: Run,
) -> str:
    """Why a number is not compared; "" where it is."""
    if second is None:
        failed = {each.name: each.reason for each in other.failures}
        ran = {result.encoder.name for result in other.encoders}
        if first.encoder in failed:
            return say("the encoder could not run: {failed}", failed=failed[first.encoder])
        return (
            say("it was not measured now")
            if first.encoder in ran
            else say("the encoder was not run")
        )
    if one.reference.sha256 != other.reference.sha256:
        return say("the reference sets differ")
    if one.reference.columns != other.reference.columns:
        return say("other columns play center and tissue")
    known = measure(first.measure)
    if known is not None and known.needs_slide and not _same_slide(one, other):
        return say("the slides differ")
    if known is None and (one.cohort is None or other.cohort is None):
        return say("one of the runs is of no cohort")
    for what, each in ((say("in the baseline"), first), ("now", second)):
        if isinstance(each.found, NotAssessable):
            return say("not assessable {what}: {reason}", what=what, reason=each.found.reason)
    if change is not None and change.basis == "different k":
        return say("the runs have different k")
    return ""


def _same_slide(one: Run, other: Run) -> bool:
    if one.slide is None or other.slide is None:
        return False
    return one.slide.content_id == other.slide.content_id


def _over_slides(
    number: HeldNumber, before: Reading, after: Reading, diff: RunDiff
) -> tuple[float, float] | tuple[None, None]:
    """The interval of a change over the slides of a cohort: over patients, where there is one."""
    if number.measure == OWN_CENTER and diff.slides is not None:
        for each in diff.slides.encoders:
            found = each.own_change
            if each.encoder == number.encoder_title and found is not None:
                low, high = found.interval.low, found.interval.high
                if low is not None and high is not None:
                    return low, high
    return independent_interval(before, after)


def _reading(number: HeldNumber) -> Reading | None:
    return None if isinstance(number.found, NotAssessable) else number.found


def keep_check(found: BaselineCheck, run: Path, baseline: Path) -> None:
    """Keep what came out beside the run, and a line of it beside the baseline.

    Raises
    ------
    BaselineError
        If one of the files cannot be written, or what lies there is damaged.
    """
    kept = load_checks(baseline, found.baseline_id)
    line = KeptCheck(found.checked_at, found.run_id, found.outcome, found.sentence)
    refused = say(
        "What came out could not be kept beside {run} and {baseline}", run=run, baseline=baseline
    )
    with os_errors_as(BaselineError, refused, advice=say("Make room, or the folders writable.")):
        write_file(run / CHECK_FILE, to_json(found))
        write_file(baseline / CHECKS_FILE, to_json(KeptChecks(found.baseline_id, [*kept, line])))


def load_checks(folder: Path, run_id: str) -> list[KeptCheck]:
    """The checks against the baseline in ``folder``, whose run has that id; none at first.

    Raises
    ------
    BaselineError
        If the file is damaged or of another run.
    """
    path = folder / CHECKS_FILE
    kept = _read(KeptChecks, path, say("Move it away; the baseline is whole."))
    if kept is None:
        return []
    if kept.baseline_id != run_id:
        raise BaselineError(say("{path} is of another baseline. Move it away.", path=path))
    return kept.checks


def load_check(folder: Path, run: Run) -> BaselineCheck | None:
    """How the run in ``folder`` stands to a baseline; None where it was held against none.

    Raises
    ------
    BaselineError
        If the file is damaged, of a later version, or of another run.
    """
    path = folder / CHECK_FILE
    found = _read(BaselineCheck, path, say("Move it away to open the run."))
    if found is None:
        return None
    if found.format > FORMAT or found.run_id != run.id:
        of = say("a later version") if found.format > FORMAT else say("another run")
        raise BaselineError(
            say("{path} is of {of}. Move it away to open this one.", path=path, of=of)
        )
    return found


def _read(kind: type[Record], path: Path, advice: str) -> Record | None:
    """What a file holds; None where there is none. ``advice``: what to do with a damaged one."""
    try:
        return from_json(kind, read_bytes(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BaselineError(
            say("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror or error)
        ) from error
    except InvalidRecord as error:
        raise BaselineError(
            say("{path}: {error}. {advice}", path=path, error=error, advice=advice)
        ) from error


def opened_baseline(folder: Path) -> tuple[Baseline, Evaluation]:
    """The baseline in ``folder`` and its run, whose files are those that were filed.

    Raises
    ------
    BaselineError, RecordError
        If the run is not filed, or a file of it was changed since.
    """
    baseline = load_baseline(folder)
    verify(folder, baseline)
    return baseline, load_evaluation(folder)


def check_against(folder: Path, after: Evaluation, run: Path) -> BaselineCheck:
    """Hold a finished run against the baseline in ``folder``, and keep what came out.

    Raises
    ------
    BaselineError, RecordError
        If ``folder`` is not filed, or changed since; or what came out cannot be kept.
    """
    baseline, before = opened_baseline(folder)
    found = check(baseline, before, after, folder.name.removesuffix(RUN_ENDING))
    keep_check(found, run, folder)
    return found
