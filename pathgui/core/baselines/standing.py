"""What a list says of a filed run: when it was filed, checked, and when the next check is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pathgui.core.baselines.baseline import Baseline, is_filed, load_baseline, verify
from pathgui.core.baselines.check import (
    BaselineCheck,
    KeptCheck,
    load_check,
    load_checks,
    moved_at,
)
from pathgui.core.errors import BaselineError, RecordError
from pathgui.core.language.texts import say
from pathgui.core.runs.kept_appraisal import KeptAppraisal, belongs, load_appraisal
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.qualification import Qualification, load_qualification
from pathgui.core.runs.record import Run


@dataclass(frozen=True)
class Standing:
    """Of one filed run. Of a baseline that was changed, only ``problem``.

    Where the checks beside it cannot be read, ``problem`` says so, and the date counts from the
    filing: it may have moved, but no check is known to have moved it.
    """

    filed_at: str = ""  # ISO 8601
    last: KeptCheck | None = None  # None: it was not checked yet
    next_check: str = ""  # the day; "": no interval was set
    overdue: bool = False
    problem: str = ""

    @property
    def words(self) -> str:
        """For one line of a list.

        >>> Standing("2026-05-02T10:00:00+02:00", next_check="2026-11-02", overdue=True).words
        'Baseline since 2026-05-02 · check overdue since 2026-11-02'
        """
        if not self.filed_at:
            return say("Baseline that cannot be read as it was filed")
        said = [say("Baseline since {filed_at}", filed_at=self.filed_at[:10])]
        if self.problem:
            said.append(say("its checks cannot be read"))
        if self.last is not None:
            said.append(
                say(
                    "checked {checked_at}: {OUTCOMES}",
                    checked_at=self.last.checked_at[:10],
                    OUTCOMES=_OUTCOMES[self.last.outcome],
                )
            )
        if self.overdue:
            said.append(say("check overdue since {next_check}", next_check=self.next_check))
        elif self.next_check:
            said.append(say("next check by {next_check}", next_check=self.next_check))
        return " · ".join(said)


_OUTCOMES = {
    "within": say("within tolerance"),
    "outside": say("outside tolerance"),
    "not compared": say("not all compared"),
}


def next_check(baseline: Baseline, checks: Sequence[KeptCheck]) -> str:
    """The day by which the next check is due, counted from the last whole one, or the filing."""
    return baseline.plan.next_after(moved_at(checks) or baseline.filed_at)


def standing_of(folder: Path, today: date | None = None) -> Standing | None:
    """How a run stands as a baseline; None where it is not filed."""
    if not is_filed(folder):
        return None
    try:
        baseline = load_baseline(folder)
    except BaselineError as error:
        return Standing(problem=str(error))
    checks, problem = _kept(folder, baseline)
    due = next_check(baseline, checks)
    overdue = bool(due) and (today or date.today()).isoformat() > due
    return Standing(baseline.filed_at, checks[-1] if checks else None, due, overdue, problem)


def _kept(folder: Path, baseline: Baseline) -> tuple[list[KeptCheck], str]:
    """The checks against a baseline, and why they cannot be read."""
    try:
        return load_checks(folder, baseline.run_id), ""
    except BaselineError as error:
        return [], str(error)


@dataclass(frozen=True)
class Evidence:
    """All that stands beside a run of evidence over time: what a report prints of it."""

    baseline: Baseline | None = None  # None: the run is not filed
    checks: tuple[KeptCheck, ...] = ()  # against it
    check: BaselineCheck | None = None  # None: it was held against none
    problem: str = ""  # why some of it is not shown: files were changed or are damaged
    plan: MonitoringPlan = field(default_factory=MonitoringPlan)
    due: str = ""  # the day of the next check, ISO 8601; "": no interval was set
    qualification: Qualification | None = None  # None: the program was not tried for this run
    appraisal: KeptAppraisal | None = None  # None: the set was not looked at after the run

    @property
    def seal(self) -> str:
        """Differs where a report would say something else; "" where there is nothing."""
        said = [each.checked_at for each in self.checks]
        if self.baseline is not None:
            said.append(self.baseline.content_sha256)
        if self.check is not None:
            said.append(self.check.checked_at)
        said += [each.at for each in (self.qualification, self.appraisal) if each is not None]
        if self.problem:
            said.append(self.problem)
        return " ".join(said)


def evidence_of(folder: Path, run: Run) -> Evidence:
    """What lies beside a run. A file that is damaged is said, and what it holds is not shown.

    The plan and its date stand also where the run that was filed is no longer as it was.
    """
    problems: list[str] = []
    check: BaselineCheck | None = None
    filed: Baseline | None = None
    checks: list[KeptCheck] = []
    try:
        check = load_check(folder, run)
    except BaselineError as error:
        problems.append(str(error))
    try:
        filed = load_baseline(folder) if is_filed(folder) else None
    except BaselineError as error:
        problems.append(str(error))
    plan = MonitoringPlan() if run.intended_use is None else run.intended_use.plan
    due = "" if problems else plan.next_after(run.finished)  # what is damaged may plan otherwise
    shown = filed
    if filed is not None:
        checks, why = _kept(folder, filed)
        plan, due = filed.plan, next_check(filed, checks)
        try:
            verify(folder, filed)
        except BaselineError as error:
            shown, checks, why = None, [], f"{why} {error}".strip()
        if why:
            problems.append(why)
    elif check is not None:
        plan, due = check.plan, check.next_check
    tried: Qualification | None = None
    looked: KeptAppraisal | None = None
    try:
        tried = load_qualification(folder, run)
    except RecordError as error:
        problems.append(str(error))
    try:
        looked = load_appraisal(folder, run)
    except RecordError as error:
        problems.append(str(error))
    if looked is not None and not belongs(looked.found, run):
        looked = None
    return Evidence(shown, tuple(checks), check, " ".join(problems), plan, due, tried, looked)
