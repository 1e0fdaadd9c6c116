"""Holding a run against a baseline: each number within its tolerance, outside, or not compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from pathgui.core.baselines.baseline import Baseline, load_baseline, verify
from pathgui.core.baselines.numbers import HeldNumber, held_numbers
from pathgui.core.baselines.same_slides import (
    ComparedSlides,
    over_the_same_slides,
    same_tiles,
    slide_changes,
)
from pathgui.core.baselines.tolerance import Tolerance
from pathgui.core.errors import BaselineError, os_errors_as, plural
from pathgui.core.language.texts import counted, in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import measure
from pathgui.core.results.readings import Reading
from pathgui.core.results.run_diff import NumberChange, diff_runs, independent_interval
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
    # From when the next date counts where this check does not move it; "": the filing.
    moved_before: str = ""

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
        said = counted(
            self.count("within"),
            "{n} of {numbers} is within tolerance",
            "{n} of {numbers} are within tolerance",
            numbers=plural(len(self.numbers), "number"),
        )
        if outside:
            said += say(", {outside} outside", outside=outside)
        if missing:
            said += say(", {missing} not compared", missing=missing)
        return said + "."

    @property
    def moves_the_date(self) -> bool:
        """Whether every number was compared, so that the next date counts from this check."""
        return bool(self.numbers) and not self.count("not compared")

    @property
    def next_check(self) -> str:
        """The day by which the next check is due, ISO 8601; "" where no interval was set."""
        since = self.checked_at if self.moves_the_date else self.moved_before or self.filed_at
        return self.plan.next_after(since)


@dataclass(frozen=True)
class KeptCheck:
    """One line of what a baseline knows of its checks."""

    checked_at: str
    run_id: str
    outcome: Outcome
    sentence: str
    not_compared: int | None = None  # numbers; None: a version that did not count them kept it

    @property
    def moves_the_date(self) -> bool:
        """Whether every number was compared.

        Of an early version that did not count them, every check that found a number outside does.
        """
        return self.outcome != "not compared" and not self.not_compared


@dataclass(frozen=True)
class KeptChecks:
    """All of them, the first one first. Apart from ``baseline.json``, which never changes."""

    baseline_id: str
    checks: list[KeptCheck] = field(default_factory=list)


def moved_at(checks: Sequence[KeptCheck]) -> str:
    """The moment from which the next date counts, by the checks of a baseline; "": its filing.

    The last check that compared every number. Who checks a run again brings no new evidence, so
    the first such check of each run is what counts.
    """
    first: dict[str, str] = {}
    for each in checks:
        if each.moves_the_date:
            first.setdefault(each.run_id, each.checked_at)
    return max(first.values(), key=datetime.fromisoformat, default="")


@in_english()
def check(
    baseline: Baseline,
    before: Evaluation,
    after: Evaluation,
    name: str,
    *,
    earlier: Sequence[KeptCheck] = (),
    at: str = "",
) -> BaselineCheck:
    """Hold ``after`` against ``before``, the run that was filed as ``baseline`` under ``name``.

    A number counts as outside where its change is larger than its tolerance; the interval of the
    change stands beside it. Numbers of another reference set, slide, k or columns are not compared.
    ``earlier`` are the checks that were kept before.

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
        numbers=[_checked(each, was, now_, changes, one, other) for each in baseline.tolerances],
        cautions=[*found.cautions, *_others(one, other)],
        without_tolerance=len(
            was.keys()
            & now_.keys() - {(each.encoder, each.measure) for each in baseline.tolerances}
        ),
        plan=baseline.plan,
        moved_before=moved_at(earlier),
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
    if one.cohort is not None and other.cohort is not None:
        yield from slide_changes(one, other)


def _checked(
    tolerance: Tolerance,
    was: dict[tuple[str, str], HeldNumber],
    now_: dict[tuple[str, str], HeldNumber],
    changes: dict[tuple[str, str], NumberChange],
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
    slides: ComparedSlides | None = None
    if not why and before is not None and after is not None and change is None:
        found = over_the_same_slides(first.measure, first.encoder, before, after, one, other)
        if isinstance(found, str):
            why = found
        else:
            slides, after = found, found.after
    if why or before is None or after is None:
        return CheckedNumber(
            first.encoder_title, first.measure, first.title, first.digits, tolerance,
            "not compared", before, after, reason=why,
        )  # fmt: skip
    moved = after.value - before.value
    low, high, paired = _interval(change, slides, before, after)
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
        paired=paired,
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
    if known is not None and known.needs_slide and (differ := _other_slide(one, other)):
        return differ
    if known is None and (one.cohort is None or other.cohort is None):
        return say("one of the runs is of no cohort")
    if isinstance(first.found, NotAssessable):
        return say("not assessable in the baseline: {reason}", reason=first.found.reason)
    if isinstance(second.found, NotAssessable):
        return say("not assessable now: {reason}", reason=second.found.reason)
    if change is not None and change.basis == "different k":
        return say("the runs have different k")
    if known is not None and not known.needs_slide and _other_set_tiles(first.encoder, one, other):
        return say("other tiles of the reference set were measured")
    return ""


def _other_slide(one: Run, other: Run) -> str:
    """Why numbers of the slide are of something else; "" where they are of the same tiles."""
    if one.slide is None or other.slide is None or one.slide.content_id != other.slide.content_id:
        return say("the slides differ")
    if not same_tiles(one, one.slide, other, other.slide):
        return say("other tiles of the slide were evaluated")
    return ""


def _other_set_tiles(name: str, one: Run, other: Run) -> bool:
    """Whether the numbers of an encoder on the set are of other tiles of it."""
    first, second = (
        next(each.reference for each in run.encoders if each.encoder.name == name)
        for run in (one, other)
    )
    if first.n_used != second.n_used and first.n_used and second.n_used:  # 0: not known
        return True
    left_out = [(set(each.dropped_tissues), set(each.dropped_centers)) for each in (first, second)]
    return left_out[0] != left_out[1]


def _interval(
    change: NumberChange | None, slides: ComparedSlides | None, before: Reading, after: Reading
) -> tuple[float | None, float | None, bool]:
    """The interval of a change, and whether it is paired."""
    if change is not None:
        return change.low, change.high, change.basis == "paired"
    if slides is not None and slides.low is not None and slides.high is not None:
        return slides.low, slides.high, True
    return (*independent_interval(before, after), False)


def _reading(number: HeldNumber) -> Reading | None:
    return None if isinstance(number.found, NotAssessable) else number.found


@in_english()
def keep_check(found: BaselineCheck, run: Path, baseline: Path) -> None:
    """Keep what came out beside the run, and a line of it beside the baseline.

    Raises
    ------
    BaselineError
        If one of the files cannot be written, or what lies there is damaged.
    """
    kept = load_checks(baseline, found.baseline_id)
    line = KeptCheck(
        found.checked_at, found.run_id, found.outcome, found.sentence, found.count("not compared")
    )
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
    earlier = load_checks(folder, baseline.run_id)
    found = check(baseline, before, after, folder.name.removesuffix(RUN_ENDING), earlier=earlier)
    keep_check(found, run, folder)
    return found
