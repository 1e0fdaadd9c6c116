"""Judging a run by acceptance criteria, and saying what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pathgui.core.errors import CriteriaError
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import in_english, localized, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import MEASURES, measure
from pathgui.core.runs.criteria import (
    Comparison,
    Criterion,
    JudgedCriteria,
    JudgedCriterion,
    Judgement,
    Outcome,
    load_criteria,
)
from pathgui.core.runs.record import EncoderFailure, EncoderResult, Run
from pathgui.core.runs.run_files import load_run
from pathgui.core.system import times
from pathgui.core.system.endings import RUN_ENDING

OUTCOME_WORDS: dict[Outcome, str] = {
    "pass": say("met"),
    "fail": say("not met"),
    "not assessable": say("not assessable"),
}
OUTCOME_MARKS: dict[Outcome, str] = {"pass": "✓", "fail": "✗", "not assessable": "▲"}


def read_criteria(path: Path, now: str) -> tuple[Criterion, ...]:
    """The criteria in a TOML file, or those that a run (NAME.pgrun) was made with.

    Those that do not say when they were set are set ``now``.

    Raises
    ------
    CriteriaError
        If the file cannot be read or makes no sense, or the run has no criteria.
    RecordError
        If the run cannot be read.
    """
    if path.suffix == RUN_ENDING:
        judged = load_run(path).criteria
        if judged is None:
            raise CriteriaError(
                say("{path} was made without criteria. Give a TOML file of criteria.", path=path)
            )
        return tuple(item.criterion for item in judged.items)
    return load_criteria(path, metrics=[each.key for each in MEASURES], set_at=now)


def check_criteria(criteria: Sequence[Criterion], encoders: Sequence[str], *, slide: bool) -> None:
    """Refuse, before the work, criteria that this run could not be judged by.

    Raises
    ------
    CriteriaError
        If a criterion names an encoder that is not evaluated, or needs a slide and there is none.
    """
    for each in criteria:
        known = measure(each.metric)
        if known is None:
            raise CriteriaError(
                say("There is no metric {metric!r} to set a criterion for.", metric=each.metric)
            )
        if each.encoder and each.encoder not in encoders:
            raise CriteriaError(
                say(
                    "A criterion is about the encoder {encoder}, which is not "
                    "evaluated. Evaluate it too, or take the criterion out: "
                    "{criterion_text}.",
                    encoder=each.encoder,
                    criterion_text=criterion_text(each),
                )
            )
        if known.needs_slide and not slide:
            raise CriteriaError(
                say(
                    "A criterion needs a slide, and none is evaluated: {criterion_text}.",
                    criterion_text=criterion_text(each),
                )
            )
        if each.by == "interval" and not known.has_interval:
            raise CriteriaError(
                say(
                    "{known_title} has no interval to judge by; judge it by its value.",
                    known_title=known.title,
                )
            )


@in_english()
def judge(
    criteria: Sequence[Criterion],
    results: Sequence[EncoderResult],
    failures: Sequence[EncoderFailure],
    *,
    frozen_at: str,
    after_results: bool = False,
) -> JudgedCriteria | None:
    """Each criterion on each encoder that it is about; None without criteria.

    An encoder that could not run, or is not in the run, is not assessable.
    """
    if not criteria:
        return None
    by_name = {result.encoder.name: result for result in results}
    failed = {failure.name: failure for failure in failures}
    items = []
    for each in criteria:
        names = [each.encoder] if each.encoder else list(dict.fromkeys([*by_name, *failed]))
        judgements = []
        for name in names:
            if name in by_name:
                judgements.append(_judge(each, by_name[name]))
            elif name in failed:
                failure = failed[name]
                judgements.append(
                    Judgement(
                        name,
                        failure.title,
                        "not assessable",
                        reason=say("the encoder could not run: {reason}", reason=failure.reason),
                    )
                )
            else:
                why = say("the encoder is not in this run")
                judgements.append(Judgement(name, name, "not assessable", reason=why))
        items.append(JudgedCriterion(each, judgements))
    return JudgedCriteria(frozen_at, items, after_results)


@in_english()
def judge_later(run: Run, criteria: Sequence[Criterion], *, now: str = "") -> JudgedCriteria:
    """Judge a finished run by criteria that were set when its results could be seen."""
    at = now or times.now()
    judged = judge(criteria, run.encoders, run.failures, frozen_at=at, after_results=True)
    if judged is None:
        raise CriteriaError(say("There is no criterion to judge by. Add one."))
    return judged


def _judge(criterion: Criterion, result: EncoderResult) -> Judgement:
    name, title = result.encoder.name, result.encoder.title
    known = measure(criterion.metric)
    if known is None:
        why = say("this version of the program has no metric {metric}", metric=criterion.metric)
        return Judgement(name, title, "not assessable", reason=why)
    k = result.reference.k
    if criterion.k is not None and criterion.k != k:
        why = say(
            "the criterion is set for k = {k}, and this was measured at k = {k2}",
            k=criterion.k,
            k2=k,
        )
        return Judgement(name, title, "not assessable", reason=why)
    found = known.read(result)
    if isinstance(found, NotAssessable):
        return Judgement(name, title, "not assessable", reason=found.reason)
    if criterion.by == "interval" and (found.low is None or found.high is None):
        why = say("it has no interval on these slides, and the criterion asks for the interval")
        if found.no_interval:
            why += f": {found.no_interval}"
        return Judgement(name, title, "not assessable", found.value, reason=why)
    met = criterion.holds(found.value, found.low, found.high)
    return Judgement(name, title, "pass" if met else "fail", found.value, found.low, found.high)


def criterion_text(criterion: Criterion) -> str:
    """A criterion in words, without encoder and reason.

    >>> criterion_text(Criterion("support", "at least", 0.2))
    'Support at least 0.2'
    >>> criterion_text(Criterion("support", "at least", 0.2, k=11))
    'Support at least 0.2 at k = 11'
    """
    known = measure(criterion.metric)
    title = known.title if known else criterion.metric
    whole = say(", whole interval,") if criterion.by == "interval" else ""
    at = "" if criterion.k is None else say(" at k = {k}", k=criterion.k)
    compared = comparison_text(criterion.comparison)
    return f"{title}{whole} {compared} {threshold_text(criterion.threshold)}{at}"


def comparison_text(comparison: Comparison) -> str:
    """How a value is to lie to a threshold, in words.

    >>> comparison_text("at least")
    'at least'
    """
    words: dict[Comparison, str] = {
        "at least": say("at least"),
        "at most": say("at most"),
        "above": say("above"),
        "below": say("below"),
    }
    return words[comparison]


def threshold_text(threshold: float) -> str:
    """A threshold as it was typed.

    >>> threshold_text(0.8), threshold_text(-0.25), threshold_text(1.0)
    ('0.8', '−0.25', '1')
    """
    return localized(threshold, ".10g").replace("-", "−")


def judgement_text(criterion: Criterion, judgement: Judgement) -> str:
    """The value with its interval, or why there is none."""
    if judgement.value is None:
        return retold(judgement.reason)
    text = _number(judgement.value, criterion)
    if judgement.low is not None and judgement.high is not None:
        text += f" [{_number(judgement.low, criterion)}, {_number(judgement.high, criterion)}]"
    return text if not judgement.reason else f"{text}; {retold(judgement.reason)}"


def _number(value: float, criterion: Criterion) -> str:
    """As many digits as everywhere, and more where rounding would hide on which side it lies."""
    plain = replace(criterion, by="value")
    known = measure(criterion.metric)
    digits = known.digits if known else 3
    while digits < 9 and plain.holds(round(value, digits)) != plain.holds(value):
        digits += 1
    return localized(value, f".{digits}f").replace("-", "−")


def outcome_sentence(judged: JudgedCriteria) -> str:
    """All criteria in one sentence."""
    total = sum(len(item.judgements) for item in judged.items)
    passed, failed = judged.count("pass"), judged.count("fail")
    open_ = judged.count("not assessable")
    parts = [say("{passed} of {total} met", passed=passed, total=total)]
    if failed:
        parts.append(say("{failed} not met", failed=failed))
    if open_:
        parts.append(say("{open} not assessable", open=open_))
    return ", ".join(parts)
