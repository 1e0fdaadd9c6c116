"""Acceptance criteria: what is asked of an encoder, by whom and why, set before the run.

A file of criteria is TOML::

    who = "A. Rossi"
    k = 11                      # left out: whatever k the run has

    [[criterion]]
    metric = "robustness_index"
    at_least = 0.8              # or at_most, above, below
    by = "interval"             # the whole 95 % interval; left out: the value
    encoder = "uni2-h"          # left out: every encoder
    reason = "lowest that the tumor classifier was tested with"

Judging is in :mod:`pathgui.core.results.judging`; here is what a criterion is, and its file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pathgui.core.errors import CriteriaError, os_errors_as
from pathgui.core.language.texts import in_english, say
from pathgui.core.system.files import write_file
from pathgui.core.system.toml_files import quoted, read_toml, text_in

Comparison = Literal["at least", "at most", "above", "below"]
Basis = Literal["value", "interval"]
Outcome = Literal["pass", "fail", "not assessable"]
COMPARISONS: tuple[Comparison, ...] = ("at least", "at most", "above", "below")

_KEYS: dict[str, Comparison] = {each.replace(" ", "_"): each for each in COMPARISONS}


@dataclass(frozen=True)
class Criterion:
    """One demand. ``metric`` is a key of :data:`pathgui.core.results.measures.MEASURES`."""

    metric: str
    comparison: Comparison
    threshold: float
    encoder: str = ""  # its name; "": every encoder of the run
    by: Basis = "value"  # "interval": the whole 95 % interval has to meet it
    reason: str = ""
    who: str = ""
    set_at: str = ""  # ISO 8601 with zone
    k: int | None = None  # the number of neighbors it is set for; None: that of the run

    def holds(self, value: float, low: float | None = None, high: float | None = None) -> bool:
        """Whether a value, or the end of its interval that matters, meets the threshold.

        >>> Criterion("support", "at least", 0.2).holds(0.2)
        True
        >>> Criterion("support", "above", 0.2).holds(0.2)
        False
        >>> Criterion("robustness_index", "at least", 0.7, by="interval").holds(0.8, 0.66, 0.9)
        False
        """
        upward = self.comparison in ("at least", "above")
        if self.by == "interval":
            bound = low if upward else high
            if bound is None:
                raise ValueError("there is no interval to judge by")
            value = bound
        match self.comparison:
            case "at least":
                return value >= self.threshold
            case "above":
                return value > self.threshold
            case "at most":
                return value <= self.threshold
        return value < self.threshold


@dataclass(frozen=True)
class Judgement:
    """One criterion, one encoder. No value: not assessable, and why."""

    encoder: str
    title: str
    outcome: Outcome
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class JudgedCriterion:
    """A criterion with its result for each encoder that it is about."""

    criterion: Criterion
    judgements: list[Judgement]


@dataclass(frozen=True)
class JudgedCriteria:
    """Criteria and what came out. ``frozen_at``: from then on they could not be changed."""

    frozen_at: str  # ISO 8601 with zone
    items: list[JudgedCriterion]
    after_results: bool = False  # set when the results could be seen

    @property
    def outcome(self) -> Outcome:
        """Fail if one fails; else not assessable if one is; else pass."""
        found = {judged.outcome for item in self.items for judged in item.judgements}
        if "fail" in found:
            return "fail"
        return "not assessable" if "not assessable" in found or not found else "pass"

    def count(self, outcome: Outcome) -> int:
        """Judgments with that outcome."""
        return sum(j.outcome == outcome for item in self.items for j in item.judgements)


@dataclass(frozen=True)
class LaterCriteria:
    """What is kept beside a run: criteria that were set when its results could be seen."""

    run_id: str
    sets: list[JudgedCriteria] = field(default_factory=list)


def load_criteria(path: Path, *, metrics: Sequence[str], set_at: str) -> tuple[Criterion, ...]:
    """Read a file of criteria; every error names the file, the criterion and what to do.

    Parameters
    ----------
    metrics
        Keys that ``metric`` may be.
    set_at
        For criteria that do not say when they were set: the moment they are read.

    Raises
    ------
    CriteriaError
        If the file cannot be read or a criterion makes no sense.
    """
    stored = read_toml(path, CriteriaError)
    entries = stored.get("criterion")
    if not isinstance(entries, list) or not entries:
        raise CriteriaError(
            say("{path} holds no criterion. Begin each with a line [[criterion]].", path=path)
        )
    unknown = sorted(set(stored) - {"criterion", "who", "set_at", "k"})
    if unknown:
        raise CriteriaError(
            say("{path}: {unknown} is not known here.", path=path, unknown=", ".join(unknown))
        )
    shared = {name: text_in(stored, name, str(path), CriteriaError) for name in ("who", "set_at")}
    k = _k_in(stored, str(path))
    criteria = tuple(
        _criterion(
            entry,
            say("{path}, criterion {number}", path=path, number=number),
            shared,
            set(metrics),
            set_at,
            k,
        )
        for number, entry in enumerate(entries, 1)
    )
    if len(different := criteria_ks(criteria)) > 1:
        raise CriteriaError(
            say(
                "{path}: the criteria are set for different k: {different}. The "
                "encoders of a run share one k; set all criteria for the same one.",
                path=path,
                different=", ".join(map(str, different)),
            )
        )
    return criteria


def criteria_ks(criteria: Sequence[Criterion]) -> list[int]:
    """Every number of neighbors that some criterion is set for.

    >>> criteria_ks([Criterion("support", "at least", 0.2, k=11), Criterion("mari", "above", 0.5)])
    [11]
    """
    return sorted({each.k for each in criteria if each.k is not None})


@in_english()
def save_criteria(criteria: Sequence[Criterion], path: Path, *, times: bool = False) -> None:
    """Write criteria as the file that :func:`load_criteria` reads.

    Without ``times``, they are set anew when they are read, as is right for a preset.

    Raises
    ------
    CriteriaError
        If the file cannot be written.
    """
    lines = []
    shared = criteria[0].k if criteria and len({each.k for each in criteria}) == 1 else None
    if shared is not None:
        lines += [f"k = {shared}", ""]
    for each in criteria:
        lines += ["[[criterion]]", f"metric = {quoted(each.metric)}"]
        lines.append(f"{each.comparison.replace(' ', '_')} = {each.threshold!r}")
        if each.k != shared:
            lines.append(f"k = {each.k}")
        if each.by != "value":
            lines.append(f"by = {quoted(each.by)}")
        for name in ("encoder", "reason", "who", *(["set_at"] if times else [])):
            if text := getattr(each, name):
                lines.append(f"{name} = {quoted(text)}")
        lines.append("")
    with os_errors_as(
        CriteriaError, say("The criteria could not be written to {path}", path=path), advice=""
    ):
        write_file(path, "\n".join(lines).encode("utf-8"))


def _k_in(entry: dict[str, Any], where: str) -> int | None:
    k = entry.get("k")
    if k is None:
        return None
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise CriteriaError(
            say("{where}: k must be a whole number from 1, not {k!r}.", where=where, k=k)
        )
    return k


def _criterion(
    entry: Any,
    where: str,
    shared: dict[str, str],
    metrics: set[str],
    set_at: str,
    k: int | None,
) -> Criterion:
    if not isinstance(entry, dict):
        raise CriteriaError(
            say("{where}: a table is expected. Begin it with a line [[criterion]].", where=where)
        )
    known = {"metric", "encoder", "by", "reason", "who", "set_at", "k", *_KEYS}
    if unknown := sorted(set(entry) - known):
        raise CriteriaError(
            say(
                "{where}: {unknown} is not known. Known are: {known}.",
                where=where,
                unknown=", ".join(unknown),
                known=", ".join(sorted(known)),
            )
        )
    metric = text_in(entry, "metric", where, CriteriaError)
    if metric not in metrics:
        raise CriteriaError(
            say(
                "{where}: there is no metric {metric!r}. There are: {metrics}.",
                where=where,
                metric=metric,
                metrics=", ".join(sorted(metrics)),
            )
        )
    given = [key for key in _KEYS if key in entry]
    if len(given) != 1:
        raise CriteriaError(
            say("{where}: give exactly one of {KEYS}.", where=where, KEYS=", ".join(_KEYS))
        )
    threshold = entry[given[0]]
    if (
        isinstance(threshold, bool)
        or not isinstance(threshold, int | float)
        or not math.isfinite(threshold)
    ):
        raise CriteriaError(
            say(
                "{where}: {given} must be a number, not {threshold!r}.",
                where=where,
                given=given[0],
                threshold=threshold,
            )
        )
    by = text_in(entry, "by", where, CriteriaError) or "value"
    if by not in ("value", "interval"):
        raise CriteriaError(
            say('{where}: by must be "value" or "interval", not {by!r}.', where=where, by=by)
        )
    return Criterion(
        metric=metric,
        comparison=_KEYS[given[0]],
        threshold=float(threshold),
        encoder=text_in(entry, "encoder", where, CriteriaError),
        by="interval" if by == "interval" else "value",
        reason=text_in(entry, "reason", where, CriteriaError),
        who=text_in(entry, "who", where, CriteriaError) or shared["who"],
        set_at=text_in(entry, "set_at", where, CriteriaError) or shared["set_at"] or set_at,
        k=_k_in(entry, where) or k,
    )
