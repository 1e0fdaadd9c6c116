"""What a run says to whoever has to decide: per encoder, whether its answer may be relied on, why,
what is missing, and what to do next.

The decisions are those of docs/trust.md, step 7. None says more than the interval behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pathgui.core.encoders.catalog import NOT_VERIFIED
from pathgui.core.errors import agreeing
from pathgui.core.measurement.results import Part, RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.outside import FALSE_ALARMS
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_summary import slides_sentence
from pathgui.core.results.findings import (
    LOW_SUPPORT,
    in_short,
    is_control,
    ranked,
    scale_is_off,
    side_of,
    verdict,
)
from pathgui.core.results.judging import criterion_text, judgement_text
from pathgui.core.results.slide_verdict import slide_in_short
from pathgui.core.results.slides_answer import SlidesAnswer, slides_answer
from pathgui.core.results.unlike_slides import is_unlike
from pathgui.core.runs.criteria import Criterion, Judgement
from pathgui.core.runs.record import EncoderResult, Run, SlideMeasurement
from pathgui.core.runs.tile_columns import FAR

Tone = Literal["good", "caution", "bad", "muted"]

QUESTION = "May its answer be relied on?"
HEADINGS = ("Encoder", QUESTION, "Why", "What is missing", "What to do next")
FOR_THE_RUN = "What is missing for the whole run"


@dataclass(frozen=True)
class Answer:
    """What is to be said of one encoder."""

    encoder: str
    title: str
    tone: Tone
    decision: str  # in a few words
    why: tuple[str, ...]
    missing: tuple[str, ...]
    next: tuple[str, ...]
    slides: str = ""  # of the cohort's slides, as a sentence; "" for a run of no cohort

    @property
    def said(self) -> str:
        """The decision as a sentence, with what the slides of a cohort add."""
        return f"{self.decision}. {self.slides}".rstrip()


def opening(run: Run) -> list[str]:
    """What all encoders say together, before each is spoken of."""
    above = [*in_short(run), slide_in_short(run), slides_sentence(run)]
    return [text for text in above if text]


def decision_lines(run: Run) -> list[str]:
    """The decision on each encoder, a line each, as the terminal prints them."""
    return [f"{each.title}: {each.said}" for each in answers(run)]


def as_text(run: Run) -> str:
    """All of it as lines of text, to be put into a letter."""
    lines = [*opening(run), ""]
    for each in answers(run):
        lines.append(f"{each.title}: {each.said}")
        for heading, texts in zip(HEADINGS[2:], (each.why, each.missing, each.next), strict=True):
            lines += _listed(heading, texts, "  ")
        lines.append("")
    if missing := not_known(run):
        lines += _listed(FOR_THE_RUN, missing)
    return "\n".join(lines).strip() + "\n"


def _listed(heading: str, texts: Sequence[str], indent: str = "") -> list[str]:
    return [f"{indent}{heading}:", *(f"{indent}- {text}" for text in texts)] if texts else []


def answers(run: Run) -> list[Answer]:
    """One of each encoder that was measured, best first; those without an index at the end."""
    return [_answer(run, result) for result in ranked(run)]


def not_known(run: Run) -> list[str]:
    """What is missing for the whole run, whichever encoder."""
    lines = [f"{each.title} could not run: {each.reason}" for each in run.failures]
    if run.criteria is None:
        lines.append(
            "Nobody set acceptance criteria before the run, so no limit was met or missed."
        )
    if run.intended_use is None:
        lines.append("The intended use is not described, so nobody can say whether this suits it.")
    if run.slide is None and not run.slides:
        lines.append("No slide was evaluated: this is about the reference set alone.")
    return lines


def _answer(run: Run, result: EncoderResult) -> Answer:
    index, columns = result.reference.robustness_index, result.reference.columns
    failed = _failed_criteria(run, result.encoder.name)
    slides = slides_answer(run, result.encoder.name)
    tone, decision = _decision(result, failed, slides)
    why = [f"{verdict(index, columns).rstrip('.')}."]
    if isinstance(index, RobustnessIndex):
        why.append(_numbers(index))
    why += failed or _met_criteria(run, result.encoder.name)
    why += _of_slide(result.slide, columns)
    if slides is not None:
        why += slides.why
    return Answer(
        result.encoder.name,
        result.encoder.title,
        tone,
        decision,
        tuple(why),
        tuple(_missing(run, result, slides)),
        tuple(_next(result, tone, bool(failed), slides)),
        "" if slides is None else slides.in_short(columns),
    )


def _decision(
    result: EncoderResult, failed: list[str], slides: SlidesAnswer | None
) -> tuple[Tone, str]:
    index, columns = result.reference.robustness_index, result.reference.columns
    many = columns.of_center.many
    if is_control(result):
        return "muted", f"A control, not to be used: it sees no {columns.of_tissue}"
    if failed:
        return "bad", f"Do not use it for data of several {many}: a limit is not met"
    if isinstance(index, NotAssessable):
        return "caution", "No decision: the reference set does not answer the question"
    where = side_of(index)
    if where < 0:
        return "bad", f"Do not rely on it across {many}"
    if where == 0:
        return "caution", "No decision: the result can be chance"
    if index.support < LOW_SUPPORT:
        return "caution", f"No decision: the index rests on {fmt.percent(index.support)} of tiles"
    if is_unlike(result.slide):
        return "caution", "Not on this slide: it is unlike the reference set"
    if slides is not None and slides.unlike:
        n, of = len(slides.unlike), fmt.plural(slides.n_asked, "slide")
        if n == slides.n_asked:
            which = "this slide: it is" if n == 1 else f"these {of}: all are"
            return "caution", f"Not on {which} unlike the reference set"
        which = f"{fmt.count(n)} of {of}: {agreeing(n, 'it is', 'they are')}"
        return "caution", f"Go on, but without {which} unlike the reference set"
    return "good", "Go on: test your own task with it. This alone is no approval"


def _numbers(index: RobustnessIndex) -> str:
    return (
        f"Index {fmt.index(index.value)}, 95 % interval {fmt.interval(index.low, index.high)}; "
        f"chance value {fmt.index(index.null)}. It rests on {fmt.percent(index.support)} of the "
        f"tiles and on the {fmt.count(index.k)} nearest neighbors of each."
    )


def _judged(run: Run, encoder: str) -> Iterator[tuple[Criterion, Judgement]]:
    """Criteria that were set before the run, and what came of each for one encoder."""
    for item in [] if run.criteria is None else run.criteria.items:
        for judged in item.judgements:
            if judged.encoder == encoder:
                yield item.criterion, judged


def _failed_criteria(run: Run, encoder: str) -> list[str]:
    return [
        f"Limit not met: {criterion_text(criterion)}. Found: {judgement_text(criterion, judged)}."
        for criterion, judged in _judged(run, encoder)
        if judged.outcome == "fail"
    ]


def _met_criteria(run: Run, encoder: str) -> list[str]:
    found = [judged.outcome for _, judged in _judged(run, encoder)]
    if not found or set(found) != {"pass"}:
        return []
    limits = fmt.plural(len(found), "limit")
    return [f"It meets the {limits} that {agreeing(len(found), 'was', 'were')} set before the run."]


def _of_slide(slide: SlideMeasurement | None, columns: RoleColumns) -> list[str]:
    if slide is None:
        return []
    lines = []
    if slide.outside_share is not None:
        lines.append(
            f"{fmt.percent(slide.outside_share)} of the slide's tiles lie {FAR}; "
            f"{fmt.percent(FALSE_ALARMS)} of the set's own do."
        )
    if slide.outside is not None and slide.outside.no_known_center:
        lines.append(
            f"The slide as a whole is unlike the set: another {columns.of_center}, scanner or "
            "stain, or other material."
        )
    return lines


def _missing(run: Run, result: EncoderResult, slides: SlidesAnswer | None) -> list[str]:
    index, slide = result.reference.robustness_index, result.slide
    lines = [*result.warnings]
    if isinstance(index, RobustnessIndex) and index.low is None:
        lines.append("The index has no interval.")
    if slide is not None and slide.outside_share is None:
        lines.append("How much of the slide lies outside the reference set is not assessable.")
    if slides is not None and slides.n_asked < slides.n:
        n = slides.n - slides.n_asked
        lines.append(
            f"Whether {fmt.plural(n, 'slide')} {agreeing(n, 'lies', 'lie')} outside the reference "
            "set is not assessable."
        )
    lines += [
        f"Not assessable: {criterion_text(criterion)} ({fmt.because(judged.reason)})"
        for criterion, judged in _judged(run, result.encoder.name)
        if judged.outcome == "not assessable"
    ]
    if result.encoder.title.endswith(NOT_VERIFIED):
        lines.append("Nobody knows whether its weights are the published ones.")
    return lines


def _next(
    result: EncoderResult, tone: Tone, failed: bool, slides: SlidesAnswer | None
) -> list[str]:
    index, columns = result.reference.robustness_index, result.reference.columns
    center = columns.of_center
    if tone == "muted":
        return [f"Compare the others with it: what {columns.of_tissue}-blind numbers reach."]
    lines = []
    if failed:
        lines.append("Choose another encoder, or a use that the limit is not for.")
    elif isinstance(index, NotAssessable):
        lines.append(f"Change the reference set: {fmt.because(index.reason)}.")
    elif side_of(index) < 0:
        lines.append(f"Choose another encoder, or use it at one {center} only.")
    elif side_of(index) == 0:
        lines.append("Add slides, not tiles, and measure again.")
    elif index.support < LOW_SUPPORT:
        lines.append(
            f"Add {columns.of_tissue.many} that several {center.many} have, and measure again."
        )
    else:
        lines.append(f"Test your own task at {center.a} that it was not trained on.")
    if slides is not None and slides.unlike:
        lines.append(
            "Look at the slides that are unlike the reference set: another scanner or stain, or "
            "other material? Add tiles like theirs to the set, then evaluate again."
        )
    if slides is not None and slides.tells_centers:
        lines.append(
            f"Split your own data by {center}, never at random: it tells the {center.many} of "
            "whole slides apart."
        )
    if is_unlike(result.slide):
        lines.append("Add tiles like this slide's to the reference set, then evaluate it again.")
    worst = _lowest_apart(result.reference.by_center, index)
    if worst is not None:
        lines.append(
            f"Find out what differs at {worst.center}: its index is "
            f"{fmt.index(worst.value or 0.0)}, {fmt.interval(worst.low, worst.high)}."
        )
    if scale_is_off(result.encoder):
        lines.append("Evaluate it at the scale that it was made for.")
    return lines


def _lowest_apart(parts: list[Part], index: RobustnessIndex | NotAssessable) -> Part | None:
    """The center whose whole interval lies below the index of all; None if there is none."""
    if isinstance(index, NotAssessable):
        return None
    apart = [each for each in parts if each.high is not None and each.high < index.value]
    return min(apart, key=lambda each: each.value or 0.0, default=None)
