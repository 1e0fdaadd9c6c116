"""A run as maps and the neighbor explorer show it: points, labels, words. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.explore.neighborhood import Explorer, KeptNeighbors, KnownTiles, TileId
from pathgui.core.language.texts import filled, say
from pathgui.core.pictures.palette import Color, center_colors, center_letter, tissue_colors
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.private_names import named_for_the_desk
from pathgui.core.runs.record import Evaluation, TileTable
from pathgui.core.slides.tiling import TileGrid

LABELS = ("tissue", "center")


@dataclass(frozen=True)
class Selection:
    """Tiles chosen on a map: rows of the slide's tile grid, and of the reference set."""

    slide: frozenset[int] = frozenset()
    reference: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.slide) + len(self.reference)

    def __or__(self, other: Selection) -> Selection:
        return Selection(self.slide | other.slide, self.reference | other.reference)

    @property
    def tiles(self) -> list[TileId]:
        """Those of the slide first, by row."""
        return [
            *(TileId("slide", row) for row in sorted(self.slide)),
            *(TileId("reference", row) for row in sorted(self.reference)),
        ]


@dataclass(frozen=True, eq=False)
class MapPoints:
    """The points of one encoder's map, those of the reference set first; all of shape (n,)."""

    positions: NDArray[np.float32]  # (n, 2)
    rows: NDArray[np.int32]
    of_slide: NDArray[np.bool_]
    tissue: NDArray[np.int16]  # of the slide's tiles: what the encoder says
    center: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.rows)

    def tile(self, index: int) -> TileId:
        """The tile that a point stands for."""
        return TileId("slide" if self.of_slide[index] else "reference", int(self.rows[index]))

    def index(self, tile: TileId) -> int:
        """The point of a tile; -1 where the map has none."""
        found = np.flatnonzero((self.rows == tile.row) & (self.of_slide == (tile.part == "slide")))
        return int(found[0]) if len(found) else -1

    def chosen(self, selection: Selection) -> NDArray[np.bool_]:
        """Which points are selected."""
        return np.where(
            self.of_slide,
            np.isin(self.rows, list(selection.slide)),
            np.isin(self.rows, list(selection.reference)),
        )

    def selection(self, chosen: NDArray[np.bool_]) -> Selection:
        """The tiles of points."""
        return Selection(
            frozenset(self.rows[chosen & self.of_slide].tolist()),
            frozenset(self.rows[chosen & ~self.of_slide].tolist()),
        )


@dataclass(frozen=True)
class TileWords:
    """What is said of a tile."""

    title: str
    place: str  # of which slide, and where
    tissue: int  # index; -1: unknown
    center: int
    how: str  # how tissue and center are known


class ExploreData:
    """What the run holds to be explored."""

    def __init__(self, evaluation: Evaluation) -> None:
        run = evaluation.run
        self.run = run
        self.tiles: TileTable | None = evaluation.tiles
        self.known: KnownTiles | None = evaluation.known  # with names for the screen
        self._kept = evaluation.known
        self.tissues, self.centers = run.reference.tissues, run.reference.centers
        self.columns = run.reference.columns  # that play tissue and center
        self.encoders = [(each.encoder.name, each.encoder.title) for each in run.encoders]
        self.colors: dict[str, list[Color]] = {
            "tissue": tissue_colors(len(self.tissues)),
            "center": center_colors(len(self.centers)),
        }
        self._maps = evaluation.maps
        self._points: dict[str, MapPoints] = {}
        self._facts = {each.encoder.name: each.map for each in run.encoders}
        self.grid = _grid_of(evaluation)
        self.explorer: Explorer | None = None
        if self.known is not None:
            self.explorer = self._make_explorer(self.known)

    def name_by(self, reference: ReferenceSet | None) -> bool:
        """Call tiles and slides as the run's reference set does, if it is the one given.

        Returns whether any are called something else now. Without it they have the names of the
        run, which are numbers and pseudonyms as a rule.
        """
        if self._kept is None:
            return False
        before = self.known
        self.known = named_for_the_desk(self._kept, self.run.reference.sha256, reference)
        return before is not self.known

    def _make_explorer(self, known: KnownTiles) -> Explorer:
        slide, tiles = self.run.slide, self.tiles
        kept, tissue, center = {}, {}, {}
        if tiles is not None:
            tissue, center = tiles.tissue, tiles.center
            kept = {
                name: KeptNeighbors(rows, tiles.neighbor_distance[name])
                for name, rows in tiles.neighbors.items()
            }
        return Explorer(
            known,
            kept,
            k={each.encoder.name: each.reference.k for each in self.run.encoders},
            predicted_tissue=tissue,
            predicted_center=center,
            given_tissue=_index(slide.given_tissue if slide else None, self.tissues),
            given_center=_index(slide.given_center if slide else None, self.centers),
        )

    def names(self, label: str) -> list[str]:
        """All tissues or centers, the centers with their letters."""
        if label == "tissue":
            return self.tissues
        return [f"{center_letter(i)}  {name}" for i, name in enumerate(self.centers)]

    def name(self, label: str, index: int) -> str:
        """One of them."""
        return self.names(label)[index] if index >= 0 else say("{label} not known", label=label)

    def points(self, encoder: str) -> MapPoints | None:
        """The encoder's map; None where the run has none."""
        made, known = self._maps.get(encoder), self.known
        if made is None or known is None:
            return None
        if encoder not in self._points:
            tissue, center = known.tissue[made.rows], known.center[made.rows]
            if self.tiles is not None and encoder in self.tiles.tissue:
                tissue = np.append(tissue, self.tiles.tissue[encoder][made.slide_rows])
                center = np.append(center, self.tiles.center[encoder][made.slide_rows])
            self._points[encoder] = MapPoints(
                positions=np.concatenate([made.positions, made.slide_positions]),
                rows=np.concatenate([made.rows, made.slide_rows]),
                of_slide=np.arange(len(tissue)) >= len(made.rows),
                tissue=tissue,
                center=center,
            )
        return self._points[encoder]

    def caution(self, encoder: str) -> str:
        """What must be known of a map to read it."""
        facts = self._facts.get(encoder)
        kept = ""
        if facts is not None:
            kept = say(
                ": this one keeps {neighbors_kept:.0%} of each tile's nearest neighbors",
                neighbors_kept=facts.neighbors_kept,
            )
        return say(
            "Maps bend distances{kept}. Gaps and sizes mean nothing; trust the neighbors.",
            kept=kept,
        )

    def words(self, encoder: str, tile: TileId) -> TileWords:
        """What is said of a tile, as that encoder sees it."""
        if tile.part == "reference":
            known = self.known
            assert known is not None
            x, y = known.places_l0[tile.row]
            at = "" if np.isnan(x) or np.isnan(y) else say(", x {x:,.0f}, y {y:,.0f} px", x=x, y=y)
            return TileWords(
                say("Reference tile {names}", names=known.names[tile.row]),
                say("slide {slides}{at}", slides=known.slides[tile.row], at=at),
                int(known.tissue[tile.row]),
                int(known.center[tile.row]),
                say("as the reference set says"),
            )
        assert self.tiles is not None
        assert self.grid is not None
        x, y = self.grid.origins_l0[tile.row]
        slide = self.run.slide
        assert slide is not None
        tissue, center = (
            _index(slide.given_tissue, self.tissues),
            _index(slide.given_center, self.centers),
        )
        asked = ((self.columns.of_tissue, tissue), (self.columns.of_center, center))
        said = [what.one for what, given in asked if given is None]
        return TileWords(
            say("Tile of the slide"),
            say("x {x:,}, y {y:,} px", x=x, y=y),
            int(self.tiles.tissue[encoder][tile.row]) if tissue is None else tissue,
            int(self.tiles.center[encoder][tile.row]) if center is None else center,
            say("{said} as the encoder says", said=say(" and ").join(said))
            if said
            else say("as given for the slide"),
        )

    def short(self, encoder: str, tile: TileId) -> str:
        """A tile in a line of a list; its tissue is shown by a color beside it."""
        words = self.words(encoder, tile)
        letter = center_letter(words.center) if words.center >= 0 else "–"
        assert self.known is not None
        if tile.part == "reference":
            return f"{letter} · {self.known.names[tile.row]}"
        assert self.grid is not None
        x, y = self.grid.origins_l0[tile.row]
        return filled("{letter} · {x:,}, {y:,}", letter=letter, x=x, y=y)

    def line(self, encoder: str, tile: TileId) -> str:
        """A tile in one line."""
        words = self.words(encoder, tile)
        parts = [words.title, words.place]
        parts += [self.name(label, getattr(words, label)) for label in LABELS]
        return " · ".join(parts)


def _index(given: str | None, names: list[str]) -> int | None:
    """Of what is given for the slide; -1: the reference set has it not; None: nothing is given."""
    if not given:
        return None
    return names.index(given) if given in names else -1


def _grid_of(evaluation: Evaluation) -> TileGrid | None:
    slide, tiles = evaluation.run.slide, evaluation.tiles
    if slide is None or tiles is None:
        return None
    return TileGrid(
        cells=tiles.cells,
        shape=(slide.lattice[0], slide.lattice[1]),
        size_l0=slide.tile_size_l0,
        stride_l0=slide.tile_stride_l0,
        origin_l0=(slide.tile_origin_l0[0], slide.tile_origin_l0[1]),
        mpp_l0=slide.mpp,
    )
