"""Cover, how to read the report, summary, intended use."""

from __future__ import annotations

from typing import Literal

from pathgui.core.language.texts import localized, say
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import CENTER
from pathgui.core.report.render import figures
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Contents,
    Cover,
    Facts,
    Heading,
    Image,
    Legend,
    LegendEntry,
    Note,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.decisions import decisions
from pathgui.core.report.sections.encoders_compared import split_note
from pathgui.core.report.sections.glossary import FIRST, THEN, facts
from pathgui.core.report.sections.options import at
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import heading, interval_detail, value
from pathgui.core.results import formatting as fmt
from pathgui.core.results.charts import INDEX_MARKS, IndexBar, index_bars
from pathgui.core.results.cohort_summary import slides_sentence
from pathgui.core.results.earlier_runs import (
    EARLIER_INTERVALS,
    JUDGED_BY_THEM,
    has_earlier_intervals,
)
from pathgui.core.results.findings import (
    LOOKED_AT_FIRST,
    LOW_SUPPORT,
    NOTHING_STOOD_OUT,
    findings,
    in_short,
    letters_of,
    same_tiles,
)
from pathgui.core.results.judging import outcome_sentence
from pathgui.core.results.readings import croma_of
from pathgui.core.results.unlike_slides import unlike_sentence
from pathgui.core.runs.intended_use import PARTS, IntendedUse
from pathgui.core.runs.k_words import k_caution
from pathgui.core.runs.record import EncoderResult


def cover(subject: Subject) -> Cover:
    """What the report is about, in half a minute."""
    run, options = subject.run, subject.options
    outcome, detail, tone = _outcome(subject)
    facts = [
        (say("Slide") if run.cohort is None else say("Slides"), Cell(subject.slide_name)),
        (
            say("Encoders"),
            Cell(fmt.listing([r.encoder.title for r in run.encoders]) or say("none")),
        ),
        (
            say("Reference set"),
            Cell(
                say(
                    "{reference_name}, version {version}",
                    reference_name=run.reference.name,
                    version=run.reference.version,
                ),
                detail=(
                    say(
                        "{tiles} of {slides}, {tissues}, {count}",
                        tiles=fmt.plural(run.reference.n_tiles, "tile"),
                        slides=fmt.plural(run.reference.n_slides, "slide"),
                        tissues=fmt.plural(len(run.reference.tissues), "tissue"),
                        count=subject.columns.of_center.counted(len(run.reference.centers)),
                    )
                ),
            ),
        ),
        (say("Evaluated"), Cell(fmt.moment(run.finished))),
        (
            say("Operator"),
            Cell(options.operator or say("not stated"), "plain" if options.operator else "muted"),
        ),
        (
            say("Site"),
            Cell(options.site or say("not stated"), "plain" if options.site else "muted"),
        ),
        (say("Run"), Cell(run.id, "mono")),
        (say("Report"), Cell(subject.report_id, "mono")),
        (say("Program"), Cell(say("pathgui {pathgui}", pathgui=run.pathgui))),
    ]
    picture = subject.base if subject.base in subject.files else None
    return Cover(
        title=say("Robustness report"),
        subtitle=say(
            "Do the encoders follow the tissue, or the {center} of the slides?",
            center=subject.center,
        )
        if subject.columns.center != CENTER
        else say("Do the encoders follow the tissue, or the center that made the slides?"),
        outcome=outcome,
        outcome_detail=detail,
        outcome_tone=tone,
        facts=facts,
        picture=picture,
        picture_alt=say(
            "The slide {slide_name} as a whole, reduced.", slide_name=subject.slide_name
        ),
    )


Tone = Literal["neutral", "good", "warning"]


def _outcome(subject: Subject) -> tuple[str, str, Tone]:
    if not subject.run.encoders:
        return (
            say("Not assessable"),
            say("No encoder could be run. {at} says why.", at=fmt.opening(at("failures"))),
            "warning",
        )
    judged = subject.run.criteria
    if judged is not None:
        detail = say(
            "{outcome_sentence}. {at} has each.",
            outcome_sentence=fmt.opening(outcome_sentence(judged)),
            at=fmt.opening(at("criteria")),
        )
        earlier = has_earlier_intervals(subject.run)
        if earlier:
            detail += f" {JUDGED_BY_THEM}"
        match judged.outcome:
            case "pass":
                return say("Acceptance criteria met"), detail, "warning" if earlier else "good"
            case "fail":
                return say("Acceptance criteria not met"), detail, "warning"
        return say("Acceptance criteria not assessable"), detail, "warning"
    if not subject.measured:
        return (
            say("Not assessable"),
            say(
                "The reference set does not allow the main number. {at} says why.",
                at=fmt.opening(at("summary")),
            ),
            "warning",
        )
    if subject.evaluation.later:
        return (
            say("No acceptance criteria were set before the run"),
            say(
                "Criteria were set after results were seen, and do not decide. {at} has them.",
                at=fmt.opening(at("criteria")),
            ),
            "neutral",
        )
    return (
        say("No acceptance criteria were set"),
        say("The report describes what was measured. It does not say whether that is enough."),
        "neutral",
    )


def summary(subject: Subject) -> list[Block]:
    """One page that stands alone."""
    blocks: list[Block] = earlier_intervals(subject) + different_k(subject)
    blocks += [Paragraph(text, "lead") for text in _sentences(subject)]
    if subject.run.cohort is not None:
        words = f"{slides_sentence(subject.run)} {unlike_sentence(subject.run)}"
        blocks.append(
            Paragraph(say("{words} {at} has them.", words=words, at=fmt.opening(at("slide"))))
        )
    if subject.measured:
        bars = index_bars(subject.in_order)
        subject.files["index.svg"] = figures.index_chart(bars, columns=subject.columns)
        blocks += [
            Image(
                "index.svg",
                alt=_index_alt(bars),
                caption=f"{fmt.opening(INDEX_MARKS)}.",
            ),
        ]
    blocks += decisions(subject)
    blocks += split_note(subject)
    for group in same_tiles(subject.run):
        if group:
            blocks.append(_table(subject, group))
    blocks += _few_slides(subject)
    blocks += [Heading(say("What to look at first")), Bullets(_findings(subject), numbered=True)]
    return blocks


def earlier_intervals(subject: Subject) -> list[Block]:
    """Says so where the intervals are those of an earlier version; nothing where they are not."""
    if not has_earlier_intervals(subject.run):
        return []
    return [Note(EARLIER_INTERVALS, tone="warning", title=say("Intervals of an earlier version"))]


def _few_slides(subject: Subject) -> list[Block]:
    """The caution beside intervals that rest on few slides; each once."""
    bases = [result.reference.interval_basis for result in subject.run.encoders]
    said = dict.fromkeys(each.caution for each in bases if each is not None and each.caution)
    return [Note(text, tone="warning", title=say("Few slides")) for text in said]


def different_k(subject: Subject) -> list[Block]:
    """Says so where an earlier version measured each encoder at a k of its own."""
    caution = k_caution(subject.run.encoders)
    return [Note(caution, tone="warning", title=say("Encoders at different k"))] if caution else []


def _index_alt(bars: list[IndexBar]) -> str:
    parts = [
        f"{bar.title} {fmt.NOT_ASSESSABLE}"
        if bar.value is None
        else f"{bar.title} {fmt.index(bar.value)} ({fmt.interval(bar.low, bar.high)})"
        for bar in bars
    ]
    return say("Robustness index per encoder: {parts}.", parts="; ".join(parts))


def _table(subject: Subject, group: list[EncoderResult]) -> Table:
    tails = any(croma_of(result) for result in group)
    marks = letters_of(subject.run)
    lettered = any(result.encoder.name in marks for result in group)
    rows = []
    for result in group:
        reference = result.reference
        index = reference.robustness_index
        row = [Cell(result.encoder.title, "strong")]
        if isinstance(index, RobustnessIndex):
            row += [
                Cell(fmt.index(index.value), "strong"),
                *([Cell(marks.get(result.encoder.name, ""))] if lettered else []),
                Cell(fmt.interval(index.low, index.high)),
                Cell(fmt.index(index.null)),
                support_cell(index),
                Cell(str(index.k)),
            ]
        else:
            row += [
                Cell(fmt.NOT_ASSESSABLE, "muted"),
                *(Cell("–", "muted") for _ in range(5 if lettered else 4)),
            ]
        row += [
            value(result, "tissue_probe", why=False),
            value(result, "center_probe", why=False),
            *([_tail(result)] if tails else []),
            Cell(
                "–"
                if result.tiles_per_second is None
                else localized(result.tiles_per_second, ".1f")
            ),
        ]
        rows.append(row)
    columns = [
        (say("Encoder"), 2.4),
        (heading("robustness_index", subject.columns), 1.3),
        *([(say("Group"), 0.9)] if lettered else []),
        ("95 %\ninterval", 1.9),
        (say("Chance\nvalue"), 1.1),
        (heading("support", subject.columns), 1.4),
        ("k", 0.5),
        (heading("tissue_probe", subject.columns), 1.5),
        (heading("center_probe", subject.columns), 1.5),
        *([(heading("croma_tail", subject.columns), 2.0)] if tails else []),
        (say("Tiles\nper s"), 0.9),
    ]
    return Table(
        header=[title for title, _ in columns],
        rows=rows,
        align=name_and_numbers(len(columns) - 1),
        widths=[width for _, width in columns],
        caption=" ".join(
            [
                say(
                    "Accuracies are balanced accuracies of a probe, with the 95 "
                    "% interval of this probe. ▲ marks support under {LOW_SUPPORT}.",
                    LOW_SUPPORT=fmt.percent(LOW_SUPPORT),
                ),
                *([f"{subject.meaning('group')}."] if lettered else []),
                *([subject.explain("CRoMa margin", "worst tenth of the margin")] if tails else []),
            ]
        ),
        small=True,
    )


def _tail(result: EncoderResult) -> Cell:
    return value(result, "croma_tail") if croma_of(result) else Cell("–", "muted")


def support_cell(index: RobustnessIndex) -> Cell:
    """Support, marked where it is low."""
    low = index.support < LOW_SUPPORT
    return Cell(
        fmt.percent(index.support) + (" ▲" if low else ""),
        "warning" if low else "plain",
        detail=interval_detail(index.support_interval, fmt.percent),
    )


def _reason(result: EncoderResult) -> str:
    index = result.reference.robustness_index
    reason = index.reason if isinstance(index, NotAssessable) else ""
    return (
        say("The robustness index cannot be given: {because}.", because=fmt.because(reason))
        if reason
        else ""
    )


def _sentences(subject: Subject) -> list[str]:
    """Three sentences for a reader who reads nothing else."""
    if not subject.run.encoders:
        return [say("No encoder could be run, so nothing was measured.")]
    if not subject.measured:
        return [
            say(
                "The robustness index is {NOT_ASSESSABLE} with this reference set.",
                NOT_ASSESSABLE=fmt.NOT_ASSESSABLE,
            ),
            _reason(subject.run.encoders[0]),
            say(
                "It needs a reference set with at least two tissues, each at two "
                "{centers}. {at} says what this one holds.",
                centers=subject.centers,
                at=fmt.opening(at("materials")),
            ),
        ]
    return in_short(subject.run)


def _findings(subject: Subject) -> list[str]:
    """The worst three, worst first."""
    found = findings(subject.run)[:LOOKED_AT_FIRST]
    return [subject.told(each.text) for each in found] or [
        say("{NOTHING_STOOD_OUT}: see {at}.", NOTHING_STOOD_OUT=NOTHING_STOOD_OUT, at=at("limits"))
    ]


def intended_use(subject: Subject) -> list[Block]:
    """What was set before the run; apart from it, what was typed when the report was made."""
    options, frozen = subject.options, subject.run.intended_use
    typed = [
        (say("Intended use"), options.intended_use),
        (say("Question"), options.question),
        (say("Out of scope"), options.out_of_scope),
    ]
    late = any(text for _, text in typed)
    blocks: list[Block] = []
    if frozen is not None:
        blocks += [
            Paragraph(f"{set_before_the_run(frozen)}.", sticky=True),
            Facts([(title, _said(subject.private(text))) for title, text in frozen.said()]),
        ]
        if late:
            blocks += [
                Heading(say("Typed when the report was made")),
                Note(
                    say(
                        "The following was typed when this report was made, when "
                        "the results could be seen. It stands beside what was "
                        "set before the run, not in its place."
                    )
                ),
                Facts([(title, _said(text)) for title, text in typed if text]),
            ]
    elif late:
        blocks += [
            Note(
                say(
                    "No intended use was set before this run. The following was "
                    "typed when this report was made, when the results could be "
                    "seen."
                ),
                tone="absent",
                title=say("Typed when the report was made"),
            ),
            Facts([(title, _said(text)) for title, text in typed]),
        ]
    else:
        blocks += [
            Note(
                say("No intended use was set before this run."),
                tone="absent",
                title=say("Not stated"),
            ),
            Facts([(title, _by_hand()) for _, title in PARTS]),
        ]
    blocks.append(
        Note(
            say(
                "This report supports a laboratory’s own file. It is made for "
                "research. It says nothing about diagnostic performance, and no "
                "conformity with a standard follows from it."
            ),
        )
    )
    return blocks


def set_before_the_run(use: IntendedUse) -> str:
    """By whom and when, and from when on it could not be changed."""
    by = say(" by {who}", who=use.who) if use.who else ""
    at_ = say(" at {moment}", moment=fmt.moment(use.set_at)) if use.set_at else ""
    return say(
        "Set before the run{by}{at}, and fixed when it began, {moment}",
        by=by,
        at=at_,
        moment=fmt.moment(use.frozen_at),
    )


def _said(text: str) -> Cell:
    return Cell(text) if text else Cell(say("not stated"), "muted")


def _by_hand() -> Cell:
    return Cell(say("to be filled in by the laboratory"), "muted")


def contents() -> list[Block]:
    """The sections."""
    return [Contents()]


def reading(subject: Subject) -> list[Block]:
    """The few ideas that the numbers rest on, before the first of them."""
    return [
        Paragraph(
            say(
                "These terms come first, since all numbers rest on them. Others "
                "are explained where they first occur, and {at} has them all.",
                at=at("glossary"),
            )
        ),
        facts(subject.terms, FIRST),
        Legend([LegendEntry(*entry) for entry in figures.kind_legend(subject.columns)]),
        facts(subject.terms, THEN),
        Paragraph(
            say(
                "Only SO and OS neighbors tell the encoder’s choice: an SO "
                "neighbor was found through the tissue, an OS neighbor through "
                "the {center}. Read an index together with its chance value, its "
                "interval and its support.",
                center=subject.center,
            )
        ),
        Paragraph(
            say(
                "Each tissue has a color and a small letter, each {center} a "
                "color and a capital. They are the same on every page and in the "
                "program, and the tiles of a slide carry them, so they can be "
                "told apart in gray. A tile is the fainter, the less probable "
                "its class is.",
                center=subject.center,
            )
        ),
    ]
