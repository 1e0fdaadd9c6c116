"""Encoders against each other, and the slide as a whole."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.pictures.palette import center_letter
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Heading,
    Note,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.references import cite
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import heading
from pathgui.core.results import formatting as fmt
from pathgui.core.results.earlier_runs import has_earlier_intervals
from pathgui.core.results.findings import same_tiles
from pathgui.core.runs.record import EncoderResult


def differences(subject: Subject) -> list[Block]:
    """Pairs of encoders: the difference of their indices, paired over slides."""
    comparison = subject.run.comparison
    if comparison is None:
        return []
    titles = {result.encoder.name: result.encoder.title for result in subject.run.encoders}
    rows = []
    for group in comparison.groups:
        for pair in sorted(group.differences, key=lambda pair: -abs(pair.difference)):
            one, other, sign = pair.one, pair.other, 1
            low, high = pair.low, pair.high
            if pair.difference < 0:  # the better one stands first
                one, other, sign = other, one, -1
                low, high = (None, None) if low is None or high is None else (-high, -low)
            rows.append(
                [
                    Cell(titles[one]),
                    Cell(titles[other]),
                    Cell(fmt.signed(sign * pair.difference)),
                    Cell(
                        say("no interval")
                        if low is None or high is None
                        else say(
                            "{signed} to {signed2}",
                            signed=fmt.signed(low),
                            signed2=fmt.signed(high),
                        )
                    ),
                    Cell("–" if pair.p_holm is None else fmt.probability(pair.p_holm)),
                ]
            )
    if not rows:
        return []
    earlier = has_earlier_intervals(subject.run)
    how = (
        say("and the same draws of slides")
        if earlier
        else say("with the same slides left out in turn")
    )
    return [
        Heading(say("Differences between encoders")),
        Paragraph(
            say(
                "The robustness index of one encoder less that of another, on "
                "the same tiles {how}. {explain} It is corrected for the number "
                "of pairs after Holm {cite}. Below {level}, two encoders have no "
                "letter in common.",
                how=how,
                explain=subject.explain("p"),
                cite=cite("holm"),
                level=fmt.number(comparison.level),
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), "less", say("Difference"), say("95 % interval"), "p"],
            rows=rows,
            align=["left", "left", "right", "right", "right"],
            widths=[1.6, 1.6, 1, 1.6, 0.8],
            small=True,
        ),
    ]


def split_note(subject: Subject) -> list[Block]:
    """Says so where the table is split."""
    if len(same_tiles(subject.run)) < 2:
        return []
    return [
        Note(
            say(
                "These encoders were not all measured on the same tiles. Their "
                "numbers stand in tables of their own and must not be ranked "
                "across them. Letters with different numbers before them were "
                "not compared."
            ),
            tone="warning",
        )
    ]


def agreement(subject: Subject) -> list[Block]:
    """How far encoders say the same of the slide's tiles."""
    titles = {result.encoder.name: result.encoder.title for result in subject.run.encoders}
    rows = []
    for pair in subject.run.agreement:
        row = [Cell(titles.get(pair.one, pair.one)), Cell(titles.get(pair.other, pair.other))]
        for found in (pair.tissue, pair.center):
            if found is None:
                row += [Cell(fmt.NOT_ASSESSABLE, "muted"), Cell("–", "muted")]
            else:
                kappa = (
                    Cell("–", "muted")
                    if found.kappa is None
                    else Cell(fmt.number(found.kappa).replace("-", "−"))
                )
                row += [Cell(fmt.percent(found.share)), kappa]
        rows.append(row)
    if not rows:
        return []
    return [
        Heading(say("Do the encoders agree on the slide?")),
        Paragraph(
            say(
                "The share of tiles of which two encoders say the same. {explain}",
                explain=subject.explain("kappa"),
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), "and", say("Tissue"), "kappa", subject.Center, "kappa"],
            rows=rows,
            align=["left", "left", "right", "right", "right", "right"],
            widths=[1.6, 1.6, 1, 0.8, 1, 0.8],
            small=True,
        ),
    ]


def center_draw(subject: Subject, shown: list[EncoderResult]) -> list[Block]:
    """Whether the slide as a whole is drawn to one center."""
    rows = []
    for result in shown:
        measured = result.slide
        draw = measured.center_draw if measured is not None else None
        if measured is None or draw is None:
            continue
        limit = measured.sharpness_of_reference
        strongest = draw.strongest
        high = limit is not None and draw.sharpness > limit
        rows.append(
            [
                Cell(result.encoder.title),
                Cell(
                    f"{center_letter(strongest)}  {subject.run.reference.centers[strongest]}",
                    detail=say(
                        "{observed} of the nearest tiles, {expected} by chance",
                        observed=fmt.percent(draw.observed[strongest]),
                        expected=fmt.percent(draw.expected[strongest]),
                    ),
                ),
                Cell(fmt.signed(draw.excess)),
                Cell(fmt.index(draw.sharpness), "warning" if high else "plain"),
                Cell(say("not measured") if limit is None else fmt.index(limit)),
            ]
        )
    if not rows:
        return []
    return [
        Heading(say("Is the slide as a whole drawn to one {center}?", center=subject.center)),
        Paragraph(
            say(
                "The share of {a_center} among the nearest reference tiles, less "
                "what the tissues of the slide explain (excess). {explain} The "
                "last column: 95 % of the set’s own slides stay below it.",
                a_center=subject.a_center,
                explain=subject.explain("sharpness"),
            ),
            sticky=True,
        ),
        Table(
            header=[
                say("Encoder"),
                say("Strongest"),
                say("Excess"),
                heading("center_sharpness", subject.columns),
                say("Reference\nslides"),
            ],
            rows=rows,
            align=["left", *name_and_numbers(3)],
            widths=[1.4, 2.6, 0.8, 0.9, 0.9],
            small=True,
        ),
    ]
