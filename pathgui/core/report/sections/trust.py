"""How far what is said of the slide's tiles can be trusted: calibration, and what lies outside."""

from __future__ import annotations

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import localized, say
from pathgui.core.metrics.calibration import Reliability
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.outside import FALSE_ALARMS, Detection, SlideOutside
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Heading,
    Note,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import heading
from pathgui.core.results import formatting as fmt
from pathgui.core.results.findings import MANY_FAR
from pathgui.core.results.readings import NOTHING_OUTSIDE
from pathgui.core.results.slide_verdict import NOT_CALIBRATED, detection_words
from pathgui.core.runs.record import EncoderResult, SlideMeasurement
from pathgui.core.runs.tile_columns import FAR


def reliability(subject: Subject, shown: list[EncoderResult]) -> list[Block]:
    """Whether the probabilities come true."""
    blocks: list[Block] = [Heading(say("Do the probabilities come true?"))]
    known: list[tuple[str, Reliability]] = []
    rows: list[list[Cell]] = []
    for result in shown:
        measured, columns = _slide_of(result), result.reference.columns
        for what, found in (
            (columns.of_tissue, measured.tissue_reliability),
            (columns.of_center, measured.center_reliability),
        ):
            name = f"{result.encoder.title}, {what}"
            if isinstance(found, Reliability):
                known.append((name, found))
                rows.append(
                    [
                        Cell(name),
                        Cell(fmt.count(found.n)),
                        Cell(fmt.count(found.n_groups)),
                        Cell(fmt.number(found.temperature)),
                        Cell(fmt.index(found.probability)),
                        Cell(fmt.index(found.accuracy)),
                        Cell(fmt.index(found.error)),
                        Cell(fmt.index(found.error_before)),
                    ]
                )
            elif isinstance(found, NotAssessable):
                missing = [Cell("–", "muted") for _ in range(7)]
                rows.append([Cell(name, detail=fmt.because(found.reason)), *missing])
    if not rows:
        return [*blocks, Note(NOT_CALIBRATED, title=say("Not calibrated"), tone="warning")]
    blocks += [
        Paragraph(
            say("Each probe answers for reference slides (patients) that it has "
                "not seen. On these answers its probabilities are made right "
                "(calibrated). {explain} Error: how far probability and share of "
                "right answers differ, on average over 15 steps of probability. "
                "This holds for new slides of the set’s own {centers} and "
                "{of_tissue_many}, not beyond.", explain=subject.explain('calibrated',
                    'temperature'), centers=subject.centers,
                    of_tissue_many=subject.columns.of_tissue.many),
            sticky=True,
        ),
        Table(
            header=[
                say("Probe"), say("Tiles"), say("Slides"), say("Temper-\nature"),
                say("Mean prob-\nability"), say("Share\nright"),
                say("Error"), say("Error\nbefore"),
            ],
            rows=rows,
            align=name_and_numbers(7),
            widths=[2.6, *[1.0] * 7],
            small=True,
        ),
    ]  # fmt: skip
    if known:
        blocks.append(_bins(known))
    return blocks


def _bins(known: list[tuple[str, Reliability]]) -> Table:
    """Of each bin of probability: how many are right, of how many."""
    used = [
        number
        for number in range(len(known[0][1].bins))
        if any(found.bins[number].n for _, found in known)
    ]
    rows = []
    for name, found in known:
        row = [Cell(name)]
        for number in used:
            each = found.bins[number]
            row.append(
                Cell(fmt.number(each.accuracy), detail=say("of {n}", n=fmt.count(each.n)))
                if each.n
                else Cell("–", "muted")
            )
        rows.append(row)
    edges = [found.high for found in (known[0][1].bins[number] for number in used)]
    return Table(
        header=[say("Probe"), *(f"≤ {fmt.number(edge)}" for edge in edges)],
        rows=rows,
        align=name_and_numbers(len(used)),
        widths=[2.2, *[1.0] * len(used)],
        caption=say(
            "Share of right answers, by probability: up to the number above, in "
            "steps of 1/15. Below, of how many tiles."
        ),
        small=True,
    )


def outside(subject: Subject, shown: list[EncoderResult]) -> list[Block]:
    """Which tiles are unlike the reference set, and whether the slide's center is in it."""
    columns = subject.columns
    of_center = columns.of_center
    blocks: list[Block] = [
        Heading(say("Tiles {FAR}", FAR=retold(FAR))),
        Paragraph(
            say(
                "{explain} Some 5 % are far by chance. Many more mean tissue "
                "that the set lacks, several tissues on a tile, or artifacts. "
                "Far tiles get no tissue probability.",
                explain=subject.explain("far"),
            ),
            sticky=True,
        ),
        Table(
            header=[
                say("Encoder"),
                say("Tiles read"),
                heading("outside_share"),
                say("Threshold (cosine distance)"),
            ],
            rows=[_far(result) for result in shown],
            align=["left", "right", "right", "right"],
            widths=[2.4, 1, 1, 1.4],
            small=True,
        ),
    ]
    judged = [
        (result, found) for result in shown if (found := _slide_of(result).outside) is not None
    ]
    if not judged:
        return blocks
    blocks += [
        Heading(say("Is the slide of {a} that the set has?", a=of_center.a)),
        Paragraph(
            say(
                "The mean of the slide’s tiles, less what their tissues explain, "
                "is compared with the means of the reference slides. {explain} "
                "Such a slide may also be of material unlike the set’s. It gets "
                "no tissue probability. How much this finds was measured by "
                "leaving out each {of_center} of the set in turn.",
                explain=subject.explain("no known center"),
                of_center=of_center,
            ),
            sticky=True,
        ),
        Table(
            header=[
                say("Encoder"),
                say("Of a known\n{of_center}?", of_center=of_center),
                say("Distance"),
                say("Threshold"),
            ],
            rows=[_center(result, found) for result, found in judged],
            align=["left", "left", "right", "right"],
            widths=[2.0, 2.4, 1, 1],
            small=True,
        ),
    ]
    rows = [
        [Cell(result.encoder.title), Cell(what), *_left_out(each)]
        for result, found in judged
        for what, parts in (
            (of_center.one, found.rule.centers_left_out),
            (columns.of_tissue.one, found.rule.tissues_left_out),
        )
        for each in parts
    ]
    if rows:
        blocks.append(
            Table(
                header=[
                    say("Encoder"),
                    say("Left out"),
                    "",
                    say("Tiles"),
                    say("Share far"),
                    say("Slides"),
                    say("Share found"),
                ],
                rows=rows,
                align=["left", "left", "left", "right", "right", "right", "right"],
                widths=[1.7, 0.8, 1.9, 0.7, 0.9, 0.7, 0.7],
                caption=say(
                    "Each {of_center} and each {of_tissue} was left out of the "
                    "reference set in turn. Of its tiles, the share found to be "
                    "far; of its slides, the share found to be of no known "
                    "{of_center}. {FALSE_ALARMS} of the set’s own are found too "
                    "(false alarms).",
                    of_center=of_center,
                    of_tissue=columns.of_tissue,
                    FALSE_ALARMS=fmt.percent(FALSE_ALARMS),
                ),
                small=True,
            )
        )
    blocks += [
        Paragraph(f"{result.encoder.title}: {words}")
        for result, found in judged
        if (words := detection_words(found.rule, columns))
    ]
    return blocks


def _slide_of(result: EncoderResult) -> SlideMeasurement:
    assert result.slide is not None
    return result.slide


def _far(result: EncoderResult) -> list[Cell]:
    measured = _slide_of(result)
    share, threshold = measured.outside_share, measured.outside_threshold
    unknown = Cell(say("not assessable"), detail=retold(NOTHING_OUTSIDE))
    return [
        Cell(result.encoder.title),
        Cell(fmt.count(measured.n_tiles)),
        unknown
        if share is None
        else Cell(fmt.percent(share), "warning" if share > MANY_FAR else "plain"),
        Cell("–" if threshold is None else fmt.index(threshold)),
    ]


def _center(result: EncoderResult, found: SlideOutside) -> list[Cell]:
    if found.no_known_center is None:
        said = Cell(fmt.NOT_ASSESSABLE, "muted", detail=fmt.because(found.reason))
    elif found.no_known_center:
        said = Cell(
            say("no known {of_center}", of_center=result.reference.columns.of_center), "warning"
        )
    else:
        said = Cell(say("nothing speaks against it"))
    return [
        Cell(result.encoder.title),
        said,
        *(
            Cell("–", "muted")
            if isinstance(value, NotAssessable)
            else Cell(localized(value, ".1f"))
            for value in (found.distance, found.rule.slide_threshold)
        ),
    ]


def _left_out(each: Detection) -> list[Cell]:
    return [
        Cell(each.name),
        Cell(fmt.count(each.n_tiles)),
        Cell(fmt.percent(each.tiles)),
        Cell(fmt.count(each.n_slides) if each.slides is not None else "–"),
        Cell(fmt.percent(each.slides) if each.slides is not None else "–"),
    ]
