"""Results on the reference set, and the slide's pages."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import NeighborCounts, RobustnessIndex
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.pictures.overlay import dominant_kind
from pathgui.core.pictures.palette import KIND_COLORS, to_hex
from pathgui.core.report.render import figures
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Image,
    Legend,
    LegendEntry,
    Note,
    Panel,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.render.overlays import overlay_svg
from pathgui.core.report.sections.classifiers import classifiers
from pathgui.core.report.sections.corrections import corrections
from pathgui.core.report.sections.cover_and_summary import support_cell
from pathgui.core.report.sections.decisions import decisions_of_many
from pathgui.core.report.sections.detail import ENCODERS, comparison
from pathgui.core.report.sections.encoders_compared import agreement, center_draw
from pathgui.core.report.sections.slide_layers import (
    composition_of,
    layer_panels,
    layer_title,
    overlay_panels,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.trust import outside, reliability
from pathgui.core.report.sections.values import name_of, value
from pathgui.core.report.sections.what_if import what_if
from pathgui.core.report.sections.worst_tiles import worst_tiles
from pathgui.core.results import formatting as fmt
from pathgui.core.results.charts import NeighborKinds, accuracy_points, neighbor_kinds
from pathgui.core.results.slide_verdict import slide_verdict
from pathgui.core.results.summary import sentence
from pathgui.core.runs.record import Composition, EncoderResult


def results(subject: Subject) -> list[Block]:
    """What was measured on the reference set."""
    if not subject.run.encoders:
        return [Note(say("No encoder could be run."), tone="absent")]
    blocks: list[Block] = [*decisions_of_many(subject), Heading(say("Who the neighbors are"))]
    rows = neighbor_kinds(subject.in_order)
    if any(row.counts for row in rows):
        subject.files["kinds.svg"] = figures.kinds_chart(rows)
        blocks += [
            _kind_legend(subject),
            Image(
                "kinds.svg",
                alt=_kinds_alt(rows),
                caption=say("Neighbors of the reference tiles by kind."),
            ),
        ]
    else:
        blocks.append(
            Note(
                say(
                    "The kinds of neighbors are not known: {why}.",
                    why=_why(subject.run.encoders[0]),
                ),
                title=say("Not assessable"),
                tone="warning",
            )
        )
    blocks += _accuracies(subject)
    blocks += comparison(subject)
    blocks += corrections(subject)
    blocks += what_if(subject)
    blocks += classifiers(subject)
    for result in subject.ranked:
        blocks += _of_encoder(subject, result)
    return blocks


def _why(result: EncoderResult) -> str:
    counts = result.reference.counts
    return (
        fmt.because(counts.reason)
        if isinstance(counts, NotAssessable)
        else say("no reason is given")
    )


def _kinds_alt(rows: list[NeighborKinds]) -> str:
    parts = []
    for row in rows:
        words = (
            ", ".join(f"{kind} {fmt.count(n)}" for kind, n in row.counts.items())
            if row.counts
            else fmt.NOT_ASSESSABLE
        )
        parts.append(f"{row.title}: {words}")
    return say("Neighbors by kind. {parts}.", parts="; ".join(parts))


def _kind_legend(subject: Subject) -> Legend:
    entries = figures.kind_legend(subject.columns)
    return Legend([LegendEntry(*entry) for entry in entries], sticky=True)


def _accuracies(subject: Subject) -> list[Block]:
    rows = accuracy_points(subject.in_order, "probe")
    subject.files["accuracy.svg"] = figures.accuracy_chart(rows)
    alt = "; ".join(
        say(
            "{row_title} tissue {words}, {center} {words2}",
            row_title=row.title,
            words=_words(row.tissue),
            center=subject.center,
            words2=_words(row.center),
        )
        for row in rows
    )
    return [
        Heading(say("What probes read from the embeddings")),
        Image(
            "accuracy.svg",
            alt=say("Balanced accuracy of probes: {alt}.", alt=alt),
            caption=say(
                "Balanced accuracy of probes for tissue (square) and {center} "
                "(triangle). The dashed lines are the chance values: {accuracy} "
                "for tissue (open square above), {accuracy2} for {center} (open "
                "triangle below).",
                center=subject.center,
                accuracy=fmt.accuracy(rows[0].tissue_chance),
                accuracy2=fmt.accuracy(rows[0].center_chance),
            ),
        ),
    ]


def _words(value: float | None) -> str:
    return fmt.NOT_ASSESSABLE if value is None else fmt.accuracy(value)


def _of_encoder(subject: Subject, result: EncoderResult) -> list[Block]:
    reference = result.reference
    index = reference.robustness_index
    blocks: list[Block] = [Heading(result.encoder.title)]
    if isinstance(index, NotAssessable):
        blocks.append(
            Note(
                say("Because {because}.", because=fmt.because(index.reason)),
                title=say("Robustness index not assessable"),
                tone="warning",
            )
        )
    else:
        blocks.append(Paragraph(sentence(result), sticky=True))
    blocks.append(Facts(_index_facts(result), columns=2))
    basis = reference.interval_basis
    if basis is not None and basis.caution:
        blocks.append(Note(subject.told(basis.caution), tone="warning", title=say("Few slides")))
    blocks += [Note(subject.told(text), tone="warning") for text in reference.notices]
    return blocks


def _index_facts(result: EncoderResult) -> list[tuple[str, Cell]]:
    reference = result.reference
    index, earlier = reference.robustness_index, reference.robustness_index_2025
    facts: list[tuple[str, Cell]] = []
    if isinstance(index, RobustnessIndex):
        facts += [
            (name_of("robustness_index"), Cell(fmt.index(index.value), "strong")),
            (
                say("95 % interval"),
                Cell(
                    fmt.interval(index.low, index.high),
                    detail=index.no_interval or _sampled(index),
                ),
            ),
            (say("Chance value"), Cell(fmt.index(index.null))),
            (name_of("support"), support_cell(index)),
            ("k", Cell(str(index.k))),
            (say("Tiles counted"), Cell(fmt.count(index.n_anchors))),
        ]
    if isinstance(earlier, NotAssessable):
        facts.append((name_of("robustness_index_2025"), Cell(fmt.NOT_ASSESSABLE, "muted")))
    else:
        facts.append(
            (
                name_of("robustness_index_2025"),
                Cell(
                    fmt.index(earlier.value),
                    detail=say(
                        "{interval}; chance value {index}",
                        interval=fmt.interval(earlier.low, earlier.high),
                        index=fmt.index(earlier.null),
                    ),
                ),
            )
        )
    if isinstance(reference.counts, NeighborCounts):
        counted = [f"{kind} {fmt.count(getattr(reference.counts, kind))}" for kind in KINDS]
        facts.append((say("Neighbors"), Cell(", ".join(counted))))
    for judge, group in (("knn", reference.knn), ("probe", reference.probe)):
        for what in ("tissue", "center"):
            key = f"{what}_{judge}"
            cell = value(result, key)
            if cell.tone != "muted":
                chance = fmt.accuracy(getattr(group, f"{what}_chance"))
                cell = replace(
                    cell, text=say("{value}, chance value {chance}", value=cell.text, chance=chance)
                )
            facts.append((name_of(key, reference.columns), cell))
    if reference.n_used and reference.n_used != reference.n_tiles:
        facts.append((say("Tiles used"), Cell(fmt.count(reference.n_used))))
    return facts


def _sampled(index: RobustnessIndex) -> str:
    if index.anchors_of is None:
        return ""
    whole = fmt.plural(index.anchors_of, "tile")
    return say(
        "from a sample of {n_anchors} of {whole}", n_anchors=fmt.count(index.n_anchors), whole=whole
    )


def slide_pages(subject: Subject) -> list[Block]:
    """The overlays, layer by layer, all encoders at one scale."""
    slide, tiles = subject.slide, subject.tiles
    shown = [result for result in subject.run.encoders if result.slide is not None]
    if slide is None or tiles is None or not shown:
        return [
            Note(
                say("No slide was evaluated in this run."),
                tone="absent",
            )
        ]
    if subject.base not in subject.files:
        overview: list[Block] = [Note(say("The run holds no picture of the slide."), tone="absent")]
    else:
        overview = []
    blocks = [
        *overview,
        Heading(say("What the encoders say of the slide")),
        Bullets([f"{result.encoder.title}: {slide_verdict(result)}" for result in shown]),
        *_tiles_of_each(subject, shown),
        Heading(layer_title(subject, "tissue")),
        Paragraph(
            say(
                "The tissue that each encoder’s probe finds most probable, tile "
                "by tile. For tiles outside the reference set it only says which "
                "of the set’s tissues is nearest."
            ),
            sticky=True,
        ),
        layer_panels(subject, shown, "tissue"),
        Heading(layer_title(subject, "center")),
        Paragraph(
            say(
                "The {center} of the reference set that each encoder’s probe "
                "finds most probable. It does not say where the slide is from: "
                "the set need not have the slide’s own {center}.",
                center=subject.center,
            ),
            sticky=True,
        ),
        layer_panels(subject, shown, "center"),
        *_nearest_center(subject, shown),
        *_agreement(subject, shown),
        *reliability(subject, shown),
        *center_draw(subject, shown),
        *agreement(subject),
        *outside(subject, shown),
        *worst_tiles(subject, shown),
    ]
    return blocks


def slide_in_brief(subject: Subject) -> list[Block]:
    """One slide of several: verdicts, tissue and nearest center."""
    shown = [result for result in subject.run.encoders if result.slide is not None]
    if not shown or subject.tiles is None:
        return []
    return [
        Bullets([f"{result.encoder.title}: {slide_verdict(result)}" for result in shown]),
        Heading(layer_title(subject, "tissue"), level=3),
        layer_panels(subject, shown, "tissue"),
        *_nearest_center(subject, shown, level=3),
    ]


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A picture of a slide (h, w, 3) as it goes into the report."""
    from PIL import Image

    draft = io.BytesIO()
    Image.fromarray(picture).save(draft, "JPEG", quality=88, subsampling=0)
    return draft.getvalue()


def _nearest_center(subject: Subject, shown: list[EncoderResult], level: int = 2) -> list[Block]:
    """Not of runs of earlier versions."""
    tiles = subject.tiles
    assert tiles is not None
    having = [result for result in shown if result.encoder.name in tiles.nearest_center]
    if not having:
        return []
    return [
        Heading(layer_title(subject, "nearest_center"), level=level),
        Paragraph(
            say(
                "{meaning}. It may differ from what the probe says, and it does "
                "not say where the slide is from.",
                meaning=subject.meaning("nearest reference tile’s center"),
            ),
            sticky=True,
        ),
        layer_panels(subject, having, "nearest_center"),
    ]


def _tiles_of_each(subject: Subject, shown: list[EncoderResult]) -> list[Block]:
    """The counts of all layers, before their pictures: two of these go on a page.

    With its table below each, a page held one layer, and a third of it was empty.
    """
    tiles = subject.tiles
    assert tiles is not None
    nearest = [result for result in shown if result.encoder.name in tiles.nearest_center]
    of_layers = (("tissue", shown), ("center", shown), ("nearest_center", nearest))
    tables = [
        table
        for layer, having in of_layers
        if having
        for table in _composition_tables(subject, having, layer)
    ]
    return [Heading(say("How many tiles of each")), *tables] if tables else []


def _composition_tables(subject: Subject, shown: list[EncoderResult], layer: str) -> list[Block]:
    """Tiles per tissue or center (rows) and encoder (columns, six to a table)."""
    cell = subject.tissue_cell if layer == "tissue" else subject.center_cell
    title = layer_title(subject, layer)
    counts, found_of = {}, {}
    for result in shown:
        assert result.slide is not None
        found = composition_of(result.slide, layer)
        if found is None:  # a run of an earlier version
            return []
        counts[result.encoder.name] = found.counts
        found_of[result.encoder.name] = found
    everything = range(len(next(iter(counts.values()))))
    used = [i for i in everything if any(tiles[i] for tiles in counts.values())]
    caption = say("Tiles of the slide by {title}.", title=fmt.within(title))
    if any(found.low is not None for found in found_of.values()):
        caption += say(
            " Below, the 95 % interval of the share, from drawing blocks of "
            "8 × 8 tiles anew. It is about this slide alone."
        )
    if len(used) < len(everything):
        caption += say(
            " {n_everything} of the set have none and are left out.",
            n_everything=fmt.count(len(everything) - len(used)),
        )
    blocks: list[Block] = []
    for start in range(0, len(shown), ENCODERS):
        part = shown[start : start + ENCODERS]
        rows = []
        for i in used:
            row = [cell(i)]
            for result in part:
                tiles = counts[result.encoder.name][i]
                total = sum(counts[result.encoder.name]) or 1
                interval = _share_interval(found_of[result.encoder.name], i)
                row.append(Cell(fmt.count(tiles), shade=tiles / total, detail=interval))
            rows.append(row)
        blocks.append(
            Table(
                header=[title, *(result.encoder.title for result in part)],
                rows=rows,
                align=name_and_numbers(len(part)),
                widths=[2.6, *(1.0 for _ in part)],
                caption=caption,
                small=True,
            )
        )
    return blocks


def _share_interval(found: Composition, index: int) -> str:
    if found.low is None or found.high is None:
        return ""
    if found.low[index] == found.high[index]:
        return ""  # none or all of the tiles, whichever squares are drawn: that is no interval
    return say(
        "{low} to {high}", low=fmt.percent(found.low[index]), high=fmt.percent(found.high[index])
    )


def _agreement(subject: Subject, shown: list[EncoderResult]) -> list[Block]:
    tiles, slide = subject.tiles, subject.slide
    assert tiles is not None
    assert slide is not None
    blocks: list[Block] = [Heading(say("Neighbors by kind"))]
    having = [result for result in shown if result.encoder.name in tiles.kinds]
    if not having:
        basis = shown[0].slide.counts_basis if shown[0].slide is not None else ""
        blocks.append(
            Note(
                say(
                    "Whether a tile’s neighbors share its {center} is known only "
                    "where the slide’s own {center} is given. Here {basis}.",
                    center=subject.center,
                    basis=basis,
                ),
                title=say("Not assessable"),
                tone="absent",
            )
        )
        return blocks
    colors = [to_hex(KIND_COLORS[kind]) for kind in KINDS]
    panels: list[Panel] = []
    for result in having:
        file = f"kinds-{len(panels)}.svg"
        kinds = dominant_kind(tiles.kinds[result.encoder.name])
        subject.files[file] = overlay_svg(slide, tiles.cells, kinds, colors, KINDS)
        panels.append(
            Panel(
                result.encoder.title,
                file,
                alt=say(
                    "Most frequent kind of neighbor per tile after {encoder_title}.",
                    encoder_title=result.encoder.title,
                ),
            )
        )
    basis = next(r.slide.counts_basis for r in having if r.slide is not None)
    blocks += [
        Paragraph(
            say(
                "The kind that most of a tile’s nearest reference tiles have. "
                "“Same” refers to {basis}. In a draw, the kind counts that "
                "speaks worse of the encoder.",
                basis=basis,
            ),
            sticky=True,
        ),
        overlay_panels(
            subject, panels, [LegendEntry(*each) for each in figures.kind_legend(subject.columns)]
        ),
    ]
    rows = []
    for result in having:
        counts = result.slide.counts if result.slide is not None else None
        if counts:
            rows.append([Cell(result.encoder.title), *(Cell(fmt.count(counts[k])) for k in KINDS)])
    if rows:
        blocks.append(
            Table(
                header=[say("Encoder"), *KINDS],
                rows=rows,
                align=["left", "right", "right", "right", "right"],
                widths=[2.4, 1, 1, 1, 1],
                caption=say("Neighbors of the slide’s tiles among the reference tiles."),
                small=True,
            )
        )
    return blocks
