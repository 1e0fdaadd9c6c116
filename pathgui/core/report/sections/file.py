"""What a laboratory's own file needs beside the numbers: labels, sample size, risks."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Note,
    Paragraph,
    Table,
)
from pathgui.core.report.sections.options import at
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.set_appraisal import power_lines
from pathgui.core.runs.kept_appraisal import APPRAISAL_FILE
from pathgui.core.runs.record import EncoderResult


def file(subject: Subject) -> list[Block]:
    """What the laboratory typed or fills in by hand, and what is known beside it."""
    return [
        *_labels(subject),
        *_sample_size(subject),
        *_enough(subject),
        *_trained_on(subject),
        *_risks(subject),
    ]


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


def _enough(subject: Subject) -> list[Block]:
    """Sentences that argue with the numbers of each encoder; how to get them, where there are none.

    What is decided is on which side of its chance value the index lies, and of the limits that were
    set for it.
    """
    kept = subject.evidence.appraisal
    of_encoder = {} if kept is None else {each.name: each.power for each in kept.found.encoders}
    blocks: list[Block] = []
    for result in subject.ranked:
        said = _decided(subject, result)
        power = of_encoder.get(result.encoder.name)
        if power is not None:
            said += [line.whole for line in power_lines(power, subject.columns)]
        if said:
            blocks += [Heading(result.encoder.title, level=3), Bullets(said)]
    if kept is None and APPRAISAL_FILE in subject.evidence.problem:
        text = subject.private(subject.evidence.problem)
        blocks.append(Note(text, tone="warning", title=say("Not shown")))
    elif kept is None:
        blocks.append(
            Note(
                say(
                    "What more slides would bring was not computed. pathgui reference check "
                    "SET.pgref --run RUN.pgrun does, and the next report has it here."
                ),
                tone="absent",
            )
        )
    return blocks


def _decided(subject: Subject, result: EncoderResult) -> list[str]:
    """Whether the decision were the same anywhere in the interval of the index."""
    index = result.reference.robustness_index
    if not isinstance(index, RobustnessIndex) or index.low is None or index.high is None:
        return []
    bounds = fmt.interval(index.low, index.high)
    null = fmt.index(index.null)
    if index.low <= index.null <= index.high:
        said = [
            say(
                "The interval of the index, {bounds}, holds the chance value {null}. So these "
                "slides are not enough to say whether it follows {tissue} or {center}.",
                bounds=bounds, null=null, tissue=subject.columns.of_tissue, center=subject.center,
            )
        ]  # fmt: skip
    else:
        said = [
            say(
                "The whole interval of the index, {bounds}, lies on one side of the chance value "
                "{null}. So these slides are enough to say which of {tissue} and {center} it "
                "follows more.",
                bounds=bounds, null=null, tissue=subject.columns.of_tissue, center=subject.center,
            )
        ]  # fmt: skip
    judged = subject.run.criteria
    for each in () if judged is None else judged.items:
        criterion = each.criterion
        if criterion.metric != "robustness_index" or criterion.encoder not in (
            "", result.encoder.name,
        ):  # fmt: skip
            continue
        limit = fmt.index(criterion.threshold)
        open_ = index.low <= criterion.threshold <= index.high
        said.append(
            say("The limit {limit} lies within the interval, so more slides may change whether it "
                "is met.", limit=limit)
            if open_
            else say("The limit {limit} lies outside of the interval, so whether it is met does "
                     "not hang on the number of slides.", limit=limit)
        )  # fmt: skip
    return list(dict.fromkeys(said))


_FACTS = {
    "verified": say("verified"),
    "second-hand": say("as others report"),
    "unverified": say("not verified"),
}


def _trained_on(subject: Subject) -> list[Block]:
    """Which encoders may have seen slides of the reference set in training."""
    heading = Heading(say("Whether the encoders were trained on these slides"))
    found = subject.run.reference.appraisal
    if found is None:
        text = say("A version of pathgui made this run that did not look for it.")
        return [heading, Note(text, tone="absent")]
    saw = {"yes": say("yes"), "not named": say("not named"), "unknown": say("not known")}
    collections = found.collections
    titles = [
        each.name
        if each.slides is None
        else say("{name} ({slides})", name=each.name, slides=fmt.plural(each.slides, "slide"))
        for each in collections
    ]
    rows = [
        [
            Cell(each.title),
            Cell(each.training.text or say("not known")),
            Cell(_FACTS[each.training.facts] if each.training.text else "–"),
            *(
                Cell(saw[answer], "warning" if answer != "not named" else "plain")
                for answer in map(each.training.saw, collections)
            ),
        ]
        for each in found.encoders
    ]
    n = len(collections)
    blocks: list[Block] = [
        heading,
        Table(
            header=[say("Encoder"), say("Trained on"), say("This is"), *titles],
            rows=rows,
            align=["left"] * (3 + n),
            widths=[1.3, 3.0, 1.0, *[1.0] * n],
            small=True,
        ),
    ]
    if not collections:
        blocks.append(
            Paragraph(
                say(
                    "No name tells that slides of the set are of TCGA, CPTAC or GTEx. Whether an "
                    "encoder saw them in training cannot be told otherwise."
                ),
                "small",
            )
        )
    return blocks


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
