"""The tiles of the slide that speak most against each encoder, in pictures."""

from __future__ import annotations

import numpy as np

from pathgui.core.explore.neighborhood import KnownTiles, kinds_of
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.pictures.palette import KIND_COLORS, center_letter, to_hex
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.report.render.document import (
    Block,
    Heading,
    Paragraph,
    TileImage,
    TileRow,
    Tiles,
)
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.kind_words import kind_titles
from pathgui.core.runs.record import EncoderResult


def worst_tiles(subject: Subject, shown: list[EncoderResult]) -> list[Block]:
    """Each encoder's worst tiles with their nearest reference tiles; none where none are kept."""
    evaluation = subject.evaluation
    known, tiles = evaluation.known, evaluation.tiles
    if not evaluation.pictures or known is None or tiles is None:
        return []
    with_kinds = any(result.encoder.name in tiles.kinds for result in shown)
    rule = (
        say(
            "Those with the most neighbors of other tissue from the slide’s own {center} (OS).",
            center=subject.center,
        )
        if with_kinds
        else say(
            "Those farthest from the reference set; the slide’s own {center} is not given.",
            center=subject.center,
        )
    )
    blocks: list[Block] = []
    for number, result in enumerate(shown):
        name = result.encoder.name
        by_row: dict[int, list[TilePicture]] = {}
        for picture in evaluation.pictures:
            if picture.encoder == name:
                by_row.setdefault(picture.row, []).append(picture)
        rows = [_row(subject, known, number, name, row, of) for row, of in by_row.items()]
        if rows:
            blocks += [Heading(result.encoder.title, level=3), Tiles(rows)]
    if not blocks:
        return []
    return [
        Heading(say("Tiles that speak most against each encoder")),
        Paragraph(
            say(
                "{rule} To the right stand the nearest reference tiles, the "
                "nearest first. Below a tile of the slide: the tissue that the "
                "encoder says. Below the others: {kind_and} {center}.",
                rule=rule,
                kind_and=say("kind and") if with_kinds else say("the letter of the"),
                center=subject.center,
            ),
            sticky=True,
        ),
        *blocks,
    ]


def _row(
    subject: Subject,
    known: KnownTiles,
    number: int,
    encoder: str,
    row: int,
    pictures: list[TilePicture],
) -> TileRow:
    tiles, run = subject.tiles, subject.run
    assert tiles is not None
    assert run.slide is not None
    said = int(tiles.tissue[encoder][row])
    tissue = run.reference.tissues[said]
    own_tissue = run.slide.given_tissue or tissue
    own_center = run.slide.given_center
    images, titles = [], kind_titles(subject.columns)
    for picture in sorted(pictures, key=lambda each: each.rank):
        file = f"tile-{number}-{row}-{picture.rank}.jpg"
        subject.files[file] = picture.jpeg
        if picture.rank == 0:
            images.append(
                TileImage(
                    file,
                    say("Tile of the slide, said to be {tissue}.", tissue=tissue),
                    _short(tissue),
                )
            )
            continue
        center = int(known.center[picture.reference])
        name = run.reference.tissues[int(known.tissue[picture.reference])]
        letter = center_letter(center)
        alt = say(
            "Reference tile: {name}, {center} {letter} {centers}.",
            name=name,
            center=subject.center,
            letter=letter,
            centers=run.reference.centers[center],
        )
        if own_center is None or encoder not in tiles.kinds:
            images.append(TileImage(file, alt, letter))
            continue
        kind = KINDS[
            int(
                kinds_of(
                    np.array([[picture.reference]]),
                    np.array([_index(run.reference.tissues, own_tissue)]),
                    np.array([_index(run.reference.centers, own_center)]),
                    known,
                )[0, 0]
            )
        ]
        images.append(
            TileImage(file, f"{alt} {titles[kind]}.", f"{kind} {letter}", to_hex(KIND_COLORS[kind]))
        )
    return TileRow(images[0], images[1:])


def _index(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _short(name: str) -> str:
    """What of a name fits below a small picture, in two lines."""
    return fmt.shortened(name, 26)
