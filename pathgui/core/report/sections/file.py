"""What a laboratory's own file needs beside the numbers: labels, sample size, risks."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Facts,
    Heading,
    Paragraph,
    Table,
)
from pathgui.core.report.sections.options import at
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt


def file(subject: Subject) -> list[Block]:
    """What the laboratory typed or fills in by hand, and what is known beside it."""
    return [*_labels(subject), *_sample_size(subject), *_risks(subject)]


def _by_hand(text: str) -> Cell:
    return Cell(text) if text else Cell(say("to be filled in by the laboratory"), "muted")


def _labels(subject: Subject) -> list[Block]:
    options = subject.options
    return [
        Heading(say("Where the labels come from")),
        Paragraph(
            say("Every number rests on the tissue and the {center} that somebody gave each tile. "
                "The run does not know who did.", center=subject.center),
            sticky=True,
        ),
        Facts(
            [
                (say("Who labeled"), _by_hand(options.labels_by)),
                (say("How"), _by_hand(options.labels_how)),
                (say("Where they disagreed"), _by_hand(options.labels_disagreement)),
            ]
        ),
    ]  # fmt: skip


def _sample_size(subject: Subject) -> list[Block]:
    reference = subject.run.reference
    columns = subject.columns
    filled = [n for row in reference.slides_by_cell for n in row if n]
    empty = sum(not n for row in reference.slides_by_cell for n in row)
    rows = []
    for result in subject.run.encoders:
        index, basis = result.reference.robustness_index, result.reference.interval_basis
        value, interval = fmt.NOT_ASSESSABLE, "–"
        if isinstance(index, RobustnessIndex):
            value, interval = fmt.index(index.value), fmt.interval(index.low, index.high)
        rows.append(
            [
                Cell(result.encoder.title),
                Cell(value),
                Cell(interval),
                Cell(basis.caution if basis is not None and basis.caution else say("none")),
            ]
        )
    return [
        Heading(say("Whether there are enough slides")),
        Facts(
            [
                (say("Slides"), Cell(fmt.count(reference.n_slides))),
                (
                    say("Slides of the smallest pair of {tissue} and {center}",
                        tissue=columns.of_tissue, center=columns.of_center),
                    Cell(fmt.count(min(filled)) if filled else "–"),
                ),
                (say("Pairs without a slide"), Cell(fmt.count(empty))),
                (say("Why these are enough"), _by_hand("")),
            ]
        ),
        Table(
            header=[say("Encoder"), say("Robustness index"), say("95 % interval"), say("Caution")],
            rows=rows,
            align=["left", "right", "right", "left"],
            widths=[2.0, 1.2, 1.4, 3.4],
            caption=say(
                "A set is large enough if the decision were the same anywhere in the interval. How "
                "many slides make it half as wide is drawn from a model of the set, in the window "
                "when the set is checked, or with pathgui reference check."
            ),
            small=True,
        ),
    ]  # fmt: skip


def _risks(subject: Subject) -> list[Block]:
    center, tissue = subject.center, subject.columns.of_tissue
    failures = [
        (
            say(
                "The encoder follows the {center}, not the {tissue}.", center=center, tissue=tissue
            ),
            at("results"),
        ),
        (
            say(
                "A slide comes from {a_center} that the set does not have.",
                a_center=subject.a_center,
            ),
            at("slide", "limits"),
        ),
        (say("A slide holds tissue or artifacts that the set does not have."), at("slide")),
        (say("Scanner or stain change, and nobody notices."), at("change")),
        (say("Weights or a version change, and nobody notices."), at("change", "reproduction")),
        (say("Labels of the reference set are wrong."), at("file")),
        (say("The set has too few slides for the decision."), at("file")),
    ]
    blank = Cell(" ", detail=" ")
    return [
        Heading(say("Risks")),
        Paragraph(
            say("What can fail, and where this report speaks of it. The laboratory fills in what "
                "follows from it in the intended use, and what is done about it."),
            sticky=True,
        ),
        Table(
            header=[say("What can fail"), say("See"), say("Consequence in the intended use"),
                    say("What is done about it")],
            rows=[[Cell(text), Cell(where, "muted"), blank, blank] for text, where in failures],
            align=["left", "left", "left", "left"],
            widths=[2.3, 1.1, 2.3, 2.3],
            small=True,
        ),
    ]  # fmt: skip
