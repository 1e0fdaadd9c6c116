"""What a set will be, before anything is written: counts, places, examples, what is thrown out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.sampling.cutting import Rgb, over_tiles
from pathgui.core.cohort.sampling.drawing import tile_name
from pathgui.core.cohort.sampling.inspection import ThrownOut
from pathgui.core.cohort.sampling.sample import Sample


@dataclass(frozen=True)
class Place:
    """A tile on its slide; its picture is read when it is asked for."""

    row: int  # of slides.csv, from 0
    slide_id: str
    tissue: str
    origin: tuple[int, int]  # x, y, level-0 pixels
    size_l0: int  # its side, level-0 pixels

    @property
    def name(self) -> str:
        """What the tile is called in the set."""
        return tile_name(self.slide_id, self.origin)


@dataclass(frozen=True)
class PairPreview:
    """A tissue-center pair as it will be in the set."""

    tissue: str
    center: str
    tiles: int
    slides: int
    examples: tuple[Place, ...]  # of as many slides as there are


@dataclass(frozen=True)
class Preview:
    """A sample, as window and terminal show it."""

    tissues: tuple[str, ...]  # sorted, as the rows of the table
    centers: tuple[str, ...]  # sorted, as its columns
    pairs: tuple[PairPreview, ...]  # those that have tiles, row by row
    places: dict[str, tuple[Place, ...]]  # every tile, by slide_id
    thrown_out: tuple[tuple[Place, ThrownOut], ...]
    faults: tuple[Fault, ...]

    def __len__(self) -> int:
        return sum(pair.tiles for pair in self.pairs)

    def pair(self, tissue: str, center: str) -> PairPreview | None:
        """A cell of the table; None if it will be empty."""
        found = (pair for pair in self.pairs if (pair.tissue, pair.center) == (tissue, center))
        return next(found, None)


def preview_of(sample: Sample, examples: int = 8) -> Preview:
    """What will be written of a sample, with so many examples of each tissue-center pair."""
    places = {
        slide.slide_id: tuple(
            Place(slide.row, slide.slide_id, tissue, origin, slide.size_l0)
            for tissue, origin in zip(slide.tissues, slide.origins, strict=True)
        )
        for slide in sample.slides
    }
    pairs = []
    for tissue in sample.tissues:
        for center in sample.centers:
            of_slides = [
                [place for place in places[slide.slide_id] if place.tissue == tissue]
                for slide in sample.slides
                if slide.center == center
            ]
            of_slides = [each for each in of_slides if each]
            if of_slides:
                tiles = sum(map(len, of_slides))
                some = tuple(_spread(of_slides, examples))
                pairs.append(PairPreview(tissue, center, tiles, len(of_slides), some))
    sizes = {slide.row: slide.size_l0 for slide in sample.looked_at}
    thrown_out = tuple(
        (Place(each.row, each.slide_id, each.tissue, each.origin, sizes[each.row]), each)
        for each in sample.thrown_out
    )
    return Preview(
        tuple(sample.tissues), tuple(sample.centers), tuple(pairs), places, thrown_out,
        sample.faults,
    )  # fmt: skip


def read_places(
    sample: Sample, places: Iterable[Place], beat: Callable[[], None], side_px: int | None = None
) -> Generator[tuple[Place, Rgb | None]]:
    """Pictures of places as they will be stored, slide by slide; None where none can be read.

    Parameters
    ----------
    beat
        Called now and then; stops it by raising. Close the iterator where it is not used up.
    side_px
        Of the pictures; by default that of the plan.
    """
    slides = {slide.row: slide for slide in sample.looked_at}
    wanted: dict[int, list[Place]] = {}
    for place in places:
        wanted.setdefault(place.row, []).append(place)
    taken = [
        replace(
            slides[row],
            tissues=tuple(place.tissue for place in each),
            origins=tuple(place.origin for place in each),
        )
        for row, each in sorted(wanted.items())
    ]
    pieces = over_tiles(taken, side_px or sample.plan.side_px, lambda pixels: pixels, beat)
    with closing(pieces):
        for piece in pieces:
            waiting = wanted[piece.slide.row]
            for tile in piece.tiles:
                yield waiting.pop(0), None if tile is None else tile.made
            if piece.error is not None:
                while waiting:
                    yield waiting.pop(0), None


def _spread(of_slides: list[list[Place]], count: int) -> list[Place]:
    """So many places, of each slide in turn, and on each from far apart."""
    per_slide = -(-count // len(of_slides))
    chosen = [each[:: max(1, len(each) // per_slide)][:per_slide] for each in of_slides]
    turns = [each[turn] for turn in range(per_slide) for each in chosen if turn < len(each)]
    return turns[:count]
