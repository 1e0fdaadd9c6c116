"""What a run says to whoever has to decide: per encoder, whether its answer may be relied on, why,
what is missing, and what to do next.

The decisions are those of docs/trust.md, step 7. None says more than the interval behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pathgui.core.encoders.catalog import LAYOUT_NOT_VERIFIED, NOT_VERIFIED
from pathgui.core.language.retelling import retold, retold_all
from pathgui.core.language.texts import counted, say
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

QUESTION = say("May its answer be relied on?")
HEADINGS = (say("Encoder"), QUESTION, say("Why"), say("What is missing"), say("What to do next"))
FOR_THE_RUN = say("What is missing for the whole run")


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
    lines = [
        say("{title} could not run: {reason}", title=each.title, reason=retold(each.reason))
        for each in run.failures
    ]
    if run.criteria is None:
        lines.append(
            say("Nobody set acceptance criteria before the run, so no limit was met or missed.")
        )
    if run.intended_use is None:
        lines.append(
            say("The intended use is not described, so nobody can say whether this suits it.")
        )
    if run.slide is None and not run.slides:
        lines.append(say("No slide was evaluated: this is about the reference set alone."))
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
        return "muted", say(
            "A control, not to be used: it sees no {of_tissue}", of_tissue=columns.of_tissue
        )
    if failed:
        return "bad", say("Do not use it for data of several {many}: a limit is not met", many=many)
    if isinstance(index, NotAssessable):
        return "caution", say("No decision: the reference set does not answer the question")
    where = side_of(index)
    if where < 0:
        return "bad", say("Do not rely on it across {many}", many=many)
    if where == 0:
        return "caution", say("No decision: the result can be chance")
    if index.support < LOW_SUPPORT:
        return "caution", say(
            "No decision: the index rests on {support} of tiles", support=fmt.percent(index.support)
        )
    if is_unlike(result.slide):
        return "caution", _unlike(1)
    if slides is not None and slides.unlike:
        n, of = len(slides.unlike), fmt.plural(slides.n_asked, "slide")
        if n == slides.n_asked:
            return "caution", _unlike(n)
        return "caution", counted(
            n,
            "Go on, but without {n:,} of {of}: it is unlike the reference set",
            "Go on, but without {n:,} of {of}: they are unlike the reference set",
            of=of,
        )
    return "good", say("Go on: test your own task with it. This alone is no approval")


def _unlike(n: int) -> str:
    return counted(
        n,
        "Not on this slide: it is unlike the reference set",
        "Not on these {n:,} slides: all are unlike the reference set",
    )


def _numbers(index: RobustnessIndex) -> str:
    return say(
        "Index {index}, 95 % interval {interval}; chance value {index2}. It "
        "rests on {support} of the tiles and on the {k} nearest neighbors of "
        "each.",
        index=fmt.index(index.value),
        interval=fmt.interval(index.low, index.high),
        index2=fmt.index(index.null),
        support=fmt.percent(index.support),
        k=fmt.count(index.k),
    )


def _judged(run: Run, encoder: str) -> Iterator[tuple[Criterion, Judgement]]:
    """Criteria that were set before the run, and what came of each for one encoder."""
    for item in [] if run.criteria is None else run.criteria.items:
        for judged in item.judgements:
            if judged.encoder == encoder:
                yield item.criterion, judged


def _failed_criteria(run: Run, encoder: str) -> list[str]:
    return [
        say(
            "Limit not met: {criterion_text}. Found: {judgement_text}.",
            criterion_text=criterion_text(criterion),
            judgement_text=judgement_text(criterion, judged),
        )
        for criterion, judged in _judged(run, encoder)
        if judged.outcome == "fail"
    ]


def _met_criteria(run: Run, encoder: str) -> list[str]:
    found = [judged.outcome for _, judged in _judged(run, encoder)]
    if not found or set(found) != {"pass"}:
        return []
    return [
        counted(
            len(found),
            "It meets the {n:,} limit that was set before the run.",
            "It meets the {n:,} limits that were set before the run.",
        )
    ]


def _of_slide(slide: SlideMeasurement | None, columns: RoleColumns) -> list[str]:
    if slide is None:
        return []
    lines = []
    if slide.outside_share is not None:
        lines.append(
            say(
                "{outside_share} of the slide's tiles lie {FAR}; {FALSE_ALARMS} "
                "of the set's own do.",
                outside_share=fmt.percent(slide.outside_share),
                FAR=retold(FAR),
                FALSE_ALARMS=fmt.percent(FALSE_ALARMS),
            )
        )
    if slide.outside is not None and slide.outside.no_known_center:
        lines.append(
            say(
                "The slide as a whole is unlike the set: another {of_center}, "
                "scanner or stain, or other material.",
                of_center=columns.of_center,
            )
        )
    return lines


def _missing(run: Run, result: EncoderResult, slides: SlidesAnswer | None) -> list[str]:
    index, slide = result.reference.robustness_index, result.slide
    lines = retold_all(result.warnings)
    if isinstance(index, RobustnessIndex) and index.low is None:
        lines.append(say("The index has no interval."))
    if slide is not None and slide.outside_share is None:
        lines.append(say("How much of the slide lies outside the reference set is not assessable."))
    if slides is not None and slides.n_asked < slides.n:
        n = slides.n - slides.n_asked
        lines.append(
            counted(
                n,
                "Whether {n:,} slide lies outside the reference set is not assessable.",
                "Whether {n:,} slides lie outside the reference set is not assessable.",
            )
        )
    lines += [
        say(
            "Not assessable: {criterion_text} ({because})",
            criterion_text=criterion_text(criterion),
            because=fmt.because(judged.reason),
        )
        for criterion, judged in _judged(run, result.encoder.name)
        if judged.outcome == "not assessable"
    ]
    if result.encoder.title.endswith(NOT_VERIFIED):
        lines.append(say("Nobody knows whether its weights are the published ones."))
    if LAYOUT_NOT_VERIFIED in result.encoder.title:
        lines.append(
            say(
                "Its layout is not verified: how its model is built was supposed, not read. "
                "Compare one tile with its authors’ own code."
            )
        )
    return lines


def _next(
    result: EncoderResult, tone: Tone, failed: bool, slides: SlidesAnswer | None
) -> list[str]:
    index, columns = result.reference.robustness_index, result.reference.columns
    center = columns.of_center
    if tone == "muted":
        return [
            say(
                "Compare the others with it: what {of_tissue}-blind numbers reach.",
                of_tissue=columns.of_tissue,
            )
        ]
    lines = []
    if failed:
        lines.append(say("Choose another encoder, or a use that the limit is not for."))
    elif isinstance(index, NotAssessable):
        lines.append(say("Change the reference set: {because}.", because=fmt.because(index.reason)))
    elif side_of(index) < 0:
        lines.append(say("Choose another encoder, or use it at one {center} only.", center=center))
    elif side_of(index) == 0:
        lines.append(say("Add slides, not tiles, and measure again."))
    elif index.support < LOW_SUPPORT:
        lines.append(
            say(
                "Add {of_tissue_many} that several {center_many} have, and measure again.",
                of_tissue_many=columns.of_tissue.many,
                center_many=center.many,
            )
        )
    else:
        lines.append(say("Test your own task at {a} that it was not trained on.", a=center.a))
    if slides is not None and slides.unlike:
        lines.append(
            say(
                "Look at the slides that are unlike the reference set: another "
                "scanner or stain, or other material? Add tiles like theirs to "
                "the set, then evaluate again."
            )
        )
    if slides is not None and slides.tells_centers:
        lines.append(
            say(
                "Split your own data by {center}, never at random: it tells the "
                "{center_many} of whole slides apart.",
                center=center,
                center_many=center.many,
            )
        )
    if is_unlike(result.slide):
        lines.append(
            say("Add tiles like this slide's to the reference set, then evaluate it again.")
        )
    worst = _lowest_apart(result.reference.by_center, index)
    if worst is not None:
        lines.append(
            say(
                "Find out what differs at {center}: its index is {index}, {interval}.",
                center=worst.center,
                index=fmt.index(worst.value or 0.0),
                interval=fmt.interval(worst.low, worst.high),
            )
        )
    if scale_is_off(result.encoder):
        lines.append(say("Evaluate it at the scale that it was made for."))
    return lines


def _lowest_apart(parts: list[Part], index: RobustnessIndex | NotAssessable) -> Part | None:
    """The center whose whole interval lies below the index of all; None if there is none."""
    if isinstance(index, NotAssessable):
        return None
    apart = [each for each in parts if each.high is not None and each.high < index.value]
    return min(apart, key=lambda each: each.value or 0.0, default=None)
