"""Center, scanner, stain and period apart: what goes with what, and paired tiles split by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.measurement.confounders import Association, associations_of
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Concordance, PairedTiles, Shared
from pathgui.core.reference.roles import noun_of
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Heading,
    Note,
    Paragraph,
    Table,
)
from pathgui.core.report.sections.side_by_side import side_by_side
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.confounders import TOGETHER, has_confounders
from pathgui.core.runs.record import EncoderResult

_MOST_SLIDE_COLUMNS = 6  # of a cohort, beside center and tissue


def factors(subject: Subject) -> list[Block]:
    """The factors of the set and of the cohort, the index of each, and concordance of pairs."""
    return [*_of_set(subject), *_of_cohort(subject), *_measured(subject), *_pairs(subject)]


def _of_set(subject: Subject) -> list[Block]:
    reference = subject.run.reference
    blocks: list[Block] = [Heading(say("What goes with what: the reference set"))]
    if not reference.factors:
        text = say("A version of pathgui made this run that did not look for further columns.")
        return [*blocks, Note(text, tone="absent")]
    names = [each.column for each in reference.factors]
    rows = [
        [
            Cell(noun_of(each.column).one),
            Cell(fmt.count(each.n_values)),
            Cell(fmt.count(each.n_slides)),
            Cell("–" if each.with_tissue is None else fmt.number(each.with_tissue)),
            *_with_others(each.column, names, reference.factors_together),
        ]
        for each in reference.factors
    ]
    header = [
        say("Column"),
        say("Values"),
        say("Slides"),
        say("V with {tissue}", tissue=subject.columns.of_tissue),
        *(say("V with {column}", column=noun_of(name).one) for name in names[:-1]),
    ]
    blocks += [
        Paragraph(
            say(
                "Cramér’s V is 0 where two columns are independent and 1 where one tells the "
                "other. With {tissue} it is over tiles, else over slides; below it stands what "
                "chance gives with so few slides.",
                tissue=subject.columns.of_tissue,
            ),
            sticky=True,
        ),
        Table(
            header,
            rows,
            ["left", *["right"] * (len(header) - 1)],  # type: ignore[list-item]
            [1.4, 0.7, 0.7, *[1.0] * (len(header) - 3)],
            small=True,
        ),
    ]
    if len(names) == 1:
        blocks.append(
            Note(
                say(
                    "The set has no further column, as scanner, stain or year, that differs "
                    "between slides. What is measured of {a_center} may be due to any of them.",
                    a_center=subject.a_center,
                ),
                tone="absent",
            )
        )
    return [*blocks, *_said(reference.factors_together)]


def _with_others(column: str, names: Sequence[str], found: Sequence[Association]) -> list[Cell]:
    """V with each column before, and what chance gives; blank with itself and those after."""
    by_pair = {frozenset((each.one, each.other)): each for each in found}
    cells = []
    for other in names[:-1]:
        each = by_pair.get(frozenset((column, other)))
        if each is None or names.index(other) >= names.index(column):
            cells.append(Cell(""))
        else:
            cells.append(_association(each))
    return cells


def _association(found: Association) -> Cell:
    if found.cramers_v is None or found.by_chance is None:
        return Cell("–", "muted")
    chance = say("chance value {v}", v=fmt.number(found.by_chance))
    return Cell(fmt.number(found.cramers_v), detail=chance)


def _said(found: Sequence[Association]) -> list[Block]:
    """Which columns cannot be told apart, and which go together by more than chance."""
    whole, more = [], []
    for each in found:
        if each.cramers_v is None or each.by_chance is None:
            continue
        pair = say("{one} and {one2}", one=noun_of(each.one).one, one2=noun_of(each.other).one)
        if each.cramers_v >= TOGETHER:
            whole.append(pair)
        elif each.cramers_v > each.by_chance:
            more.append(pair)
    blocks: list[Block] = []
    if whole:
        text = say(
            "One tells the other on every slide, so what is measured of one may be due to the "
            "other: {pairs}.",
            pairs="; ".join(whole),
        )
        blocks.append(Note(text, tone="warning", title=say("Confounded")))
    if more:
        text = say("They go together by more than chance gives: {pairs}.", pairs="; ".join(more))
        blocks.append(Paragraph(text))
    return blocks


def _of_cohort(subject: Subject) -> list[Block]:
    """How far the columns of the cohort's slides go together."""
    cohort, done = subject.run.cohort, [e for e in subject.run.slides if e.state == "done"]
    if cohort is None or not done:
        return []
    center, tissue = subject.columns.of_center.one, subject.columns.of_tissue.one
    columns = {
        center: [each.center or "" for each in done],
        tissue: [each.tissue or "" for each in done],
    }
    further = dict.fromkeys(name for each in done for name in each.columns)
    for name in list(further)[:_MOST_SLIDE_COLUMNS]:
        columns.setdefault(noun_of(name).one, [each.columns.get(name, "") for each in done])
    known = {name: np.array(values, np.str_) for name, values in columns.items() if any(values)}
    found = associations_of(known)
    if not found:
        return []
    rows = [
        [
            Cell(say("{one} and {one2}", one=each.one, one2=each.other)),
            Cell("–" if each.cramers_v is None else fmt.number(each.cramers_v)),
            Cell("–" if each.by_chance is None else fmt.number(each.by_chance)),
            Cell(fmt.count(each.n_slides)),
        ]
        for each in found
    ]
    return [
        Heading(say("What goes with what: the slides of the cohort")),
        Table(
            [say("Columns"), say("Cramér’s V"), say("Chance value"), say("Slides")],
            rows,
            ["left", "right", "right", "right"],
            [2.4, 1, 1, 1],
            small=True,
        ),
        *_said(found),
    ]


def _measured(subject: Subject) -> list[Block]:
    """The index with each column in the center's place, or how it is asked for."""
    if has_confounders(subject.run):
        return side_by_side(subject)
    names = [each.column for each in subject.run.reference.factors]
    if len(names) < 2:
        return []
    options = " ".join(f"--center-column {name}" for name in names)
    return [
        Heading(say("The index of each")),
        Note(
            say(
                "It was measured of {center} alone. With {options} it is measured of each, on the "
                "same tiles.",
                center=noun_of(names[0]).one,
                options=options,
            ),
            tone="absent",
        ),
    ]


def _pairs(subject: Subject) -> list[Block]:
    heading = Heading(say("The same tissue twice: concordance of scanner and stain"))
    tables: list[Block] = []
    refused: list[str] = []
    for result in subject.ranked:
        geometry = result.reference.geometry
        found = None if geometry is None else geometry.pairs
        if isinstance(found, NotAssessable):
            reason = fmt.because(found.reason)
            refused.append(say("{encoder}: {reason}.", encoder=result.encoder.title, reason=reason))
        elif found is not None and found.by_difference:
            tables += _of_encoder(result, found)
        elif found is not None:
            refused.append(
                say(
                    "{encoder}: no two paired slides are known to differ, or an earlier version "
                    "did not look for it.",
                    encoder=result.encoder.title,
                )
            )
    if not tables and not refused:
        text = say(
            "The set has no column pair, which says of tiles that they show the same piece of "
            "tissue, scanned or stained twice. So concordance between scanners or stains was not "
            "measured."
        )
        return [heading, Note(text, tone="absent", title=say("Not measured"))]
    blocks: list[Block] = [heading]
    if tables:
        blocks.append(
            Paragraph(
                say(
                    "Tiles of the same piece of tissue on two slides. Same {tissue}: a probe that "
                    "saw neither slide gives both the same. Found: the tile is the nearest to its "
                    "match, or among the ten nearest, of the tiles of both slides. Below each "
                    "number stands its 95 % interval, and beside it what chance gives.",
                    tissue=subject.columns.of_tissue,
                ),
                sticky=True,
            )
        )
    blocks += tables
    if refused:
        blocks.append(Bullets(refused))
    return blocks


def _of_encoder(result: EncoderResult, found: PairedTiles) -> list[Block]:
    rows = [
        [
            Cell(_differ(each), detail=_counts(each)),
            *(
                [Cell(fmt.NOT_ASSESSABLE, "muted"), Cell("")]
                if each.same_tissue is None
                else _share(each.same_tissue, each.same_tissue_by_chance)
            ),
            *_share(each.found_first, each.first_by_chance),
            *_share(each.found_in_ten, each.ten_by_chance),
            Cell(fmt.number(each.cosine.value, 3), detail=_bounds(each.cosine)),
            Cell(fmt.number(each.cosine_unmatched, 3)),
        ]
        for each in found.by_difference
    ]
    reasons = dict.fromkeys(
        each.cosine.interval.reason
        for each in found.by_difference
        if each.cosine.interval.low is None and each.cosine.interval.reason
    )
    by_slides = any(each.left_out == "slides" for each in found.by_difference)
    caption = (
        say(
            "Means over pairs of slides. Intervals leave out slides in turn, as there are under "
            "six pieces of tissue: they hold for these pieces, scanners and stains."
        )
        if by_slides
        else say(
            "Means over pairs of slides. Intervals leave out pieces of tissue in turn. They hold "
            "for these scanners and stains."
        )
    )
    blocks: list[Block] = [
        Heading(result.encoder.title, level=3),
        Table(
            [
                say("Slides differ in"),
                say("Same tissue"), say("chance value"),
                say("Found, nearest"), say("chance value"),
                say("Found, ten nearest"), say("chance value"),
                say("Cosine"), say("of others"),
            ],
            rows,
            ["left", *["right"] * 8],  # type: ignore[list-item]
            [2.0, 1.2, 0.7, 1.2, 0.7, 1.2, 0.7, 1.3, 0.8],
            caption=caption,
            small=True,
        ),
    ]  # fmt: skip
    if reasons:
        text = say("Where there is no interval: {reasons}.", reasons="; ".join(reasons))
        blocks.append(Paragraph(text, "small"))
    return blocks


def _differ(found: Concordance) -> str:
    if not found.differ:
        return say("none of them")
    return fmt.listing([noun_of(name).one for name in found.differ])


def _counts(found: Concordance) -> str:
    return say(
        "{pairs}, {tiles}, {pieces}",
        pairs=plural(found.n_slide_pairs, "pair of slides", "pairs of slides"),
        tiles=plural(found.n_pairs, "pair of tiles", "pairs of tiles"),
        pieces=plural(found.n_pieces, "piece of tissue", "pieces of tissue"),
    )


def _share(found: Shared, chance: float | None) -> list[Cell]:
    return [
        Cell(fmt.number(found.value), detail=_bounds(found, 2)),
        Cell("–" if chance is None else fmt.number(chance), "muted"),
    ]


def _bounds(found: Shared, digits: int = 3) -> str:
    low, high = found.interval.low, found.interval.high
    if low is None or high is None:
        return say("no interval")
    return say("{low} to {high}", low=fmt.number(low, digits), high=fmt.number(high, digits))
