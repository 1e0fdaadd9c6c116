"""What encoders say of the tiles of a slide, as layers: of the window and of exported files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.pictures import fading
from pathgui.core.pictures.overlay import NO_TILE, class_image, dominant_kind, scalar_image
from pathgui.core.pictures.palette import (
    KIND_COLORS,
    Color,
    center_codes,
    center_colors,
    center_letter,
    tissue_codes,
    tissue_colors,
)
from pathgui.core.pictures.tile_layer import OverlayLayer
from pathgui.core.progress import TileAnswers, TilePlan
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.kind_words import kind_titles
from pathgui.core.results.slide_verdict import is_calibrated
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.tile_columns import outside_reason
from pathgui.core.slides.tiling import TileGrid
from pathgui.core.what_if.results import WhatIf


# {center} and {tissue} stand for the words of the columns that play them.
def _in_roles() -> dict[str, str]:
    """Of each kind. It is asked for anew, since a file that is written has them in English."""
    return {
        "tissue": say("{tissue}, probe"),
        "center": say("{center}, probe"),
        "nearest_center": say("nearest reference tile's {center}"),
        "agreement": say("agreement of neighbors"),
        "confidence": say("probability of the {tissue}"),
        "distance": say("distance"),
    }


KIND_NAMES = {kind: USUAL.say(name) for kind, name in _in_roles().items()}


_CODES = {"tissue": tissue_codes, "center": center_codes, "nearest_center": center_codes}


@dataclass(frozen=True)
class Answers:
    """What one encoder says of the tiles, by row of the grid; all of shape (n,)."""

    tissue: NDArray[np.int16]  # -1: nothing yet, or unreadable
    tissue_probability: NDArray[np.float32]  # NaN outside the reference set
    center: NDArray[np.int16]
    center_probability: NDArray[np.float32]
    distance: NDArray[np.float32]
    outside: NDArray[np.bool_]  # of the reference set
    nearest_center: NDArray[np.int16]  # of the nearest reference tile; -1 in earlier runs
    far: NDArray[np.bool_]  # why outside: far from every reference tile
    no_known_center: NDArray[np.bool_]  # why outside; known when the run has finished

    def why_outside(self, row: int, columns: RoleColumns) -> str:
        """In words; "" if the tile is not outside."""
        if not self.outside[row]:
            return ""
        far, no_known_center = bool(self.far[row]), bool(self.no_known_center[row])
        return outside_reason(far, no_known_center, columns) or say("outside")


class TileLayers:
    """The layers of one evaluation of one slide: filled while it runs, or all at once."""

    def __init__(
        self,
        plan: TilePlan,
        encoders: Sequence[tuple[str, str]],
        mpp: float,
        *,
        with_nearest_center: bool = True,
        calibrated: bool = True,
    ) -> None:
        """``encoders`` are (name, title), in the order of the request.

        Runs of earlier versions do not have the nearest tile's center, nor calibrated
        probabilities.
        """
        self.encoders = tuple(encoders)
        self.plan = plan
        self.called = RoleColumns(plan.center_column, plan.tissue_column)
        self.grid = TileGrid(
            cells=plan.cells,
            shape=plan.shape,
            size_l0=plan.size_l0,
            stride_l0=plan.stride_l0,
            origin_l0=plan.origin_l0,
            mpp_l0=mpp,
        )
        self.with_kinds: frozenset[str] = frozenset()
        self.with_nearest_center = with_nearest_center
        self.calibrated = calibrated
        self._layers: dict[tuple[str, str], OverlayLayer] = {}
        n = len(plan.cells)
        self._answers = {
            name: Answers(
                np.full(n, -1, np.int16),
                np.zeros(n, np.float32),
                np.full(n, -1, np.int16),
                np.zeros(n, np.float32),
                np.full(n, np.nan, np.float32),
                np.zeros(n, bool),
                np.full(n, -1, np.int16),
                np.zeros(n, bool),
                np.zeros(n, bool),
            )
            for name, _ in self.encoders
        }
        for name, title in self.encoders:
            self._add(name, title, "tissue", plan.tissues, tissue_colors(len(plan.tissues)))
            letters = [f"{center_letter(i)}  {each}" for i, each in enumerate(plan.centers)]
            self._add(name, title, "center", letters, center_colors(len(plan.centers)))
            if with_nearest_center:
                colors = center_colors(len(plan.centers))
                self._add(name, title, "nearest_center", letters, colors)
            for kind in ("confidence", "distance"):
                self._add(name, title, kind)

    @classmethod
    def of(cls, evaluation: Evaluation) -> Self | None:
        """The layers of a finished evaluation; None if it had no slide."""
        run, tiles = evaluation.run, evaluation.tiles
        if run.slide is None or tiles is None:
            return None
        plan = TilePlan(
            cells=tiles.cells,
            shape=(run.slide.lattice[0], run.slide.lattice[1]),
            size_l0=run.slide.tile_size_l0,
            stride_l0=run.slide.tile_stride_l0,
            origin_l0=(run.slide.tile_origin_l0[0], run.slide.tile_origin_l0[1]),
            tissues=tuple(run.reference.tissues),
            centers=tuple(run.reference.centers),
            center_column=run.reference.columns.center,
            tissue_column=run.reference.columns.tissue,
        )
        named = [(each.encoder.name, each.encoder.title) for each in run.encoders if each.slide]
        layers = cls(
            plan,
            named,
            run.slide.mpp,
            with_nearest_center=bool(tiles.nearest_center),
            calibrated=is_calibrated(run),
        )
        nothing, nowhere = np.full(len(tiles.cells), -1, np.int16), np.zeros(len(tiles.cells), bool)
        for name, _ in named:
            layers.set_answers(
                name,
                Answers(
                    tiles.tissue[name],
                    tiles.tissue_probability[name],
                    tiles.center[name],
                    tiles.center_probability[name],
                    tiles.distance[name],
                    tiles.outside[name],
                    tiles.nearest_center.get(name, nothing),
                    tiles.far.get(name, nowhere),
                    tiles.no_known_center.get(name, nowhere),
                ),
            )
            if name in tiles.kinds:
                layers.add_kinds(name, tiles.kinds[name])
        return layers

    @property
    def layers(self) -> tuple[OverlayLayer, ...]:
        """All of them, encoder by encoder."""
        return tuple(self._layers.values())

    def layer(self, encoder: str, kind: str) -> OverlayLayer | None:
        """The layer of that encoder and kind."""
        return self._layers.get((encoder, kind))

    def take(self, answers: TileAnswers) -> list[OverlayLayer]:
        """Fill in what an encoder says of some tiles. Returns the layers that changed."""
        kept = self._answers.get(answers.encoder)
        if kept is None:
            return []
        for field in (
            "tissue", "tissue_probability", "center", "center_probability", "distance",
            "nearest_center", "far",
        ):  # fmt: skip
            getattr(kept, field)[answers.rows] = getattr(answers, field)
        kept.outside[answers.rows] = answers.far  # of its center the whole slide decides
        cells = self.plan.cells[answers.rows]
        changed = []
        for kind, values in (
            ("tissue", as_classes(answers.tissue)),
            ("center", as_classes(answers.center)),
            ("nearest_center", as_classes(answers.nearest_center)),
            ("confidence", _known(answers.tissue_probability, answers.tissue)),
            ("distance", _known(answers.distance, answers.tissue)),
        ):
            layer = self._layers[answers.encoder, kind]
            layer.image[cells[:, 1], cells[:, 0]] = values
            changed.append(layer)
        self._fade(answers.encoder, cells, answers)
        return changed

    def _fade(self, name: str, cells: NDArray[np.int32], answers: Answers | TileAnswers) -> None:
        """The less probable, the fainter; NaN, outside the reference set, is no probability."""
        for kind, probability in (
            ("tissue", answers.tissue_probability),
            ("center", answers.center_probability),
        ):
            fades = self._layers[name, kind].fades
            assert fades is not None
            fades[cells[:, 1], cells[:, 0]] = fading.steps(probability)

    def set_answers(self, name: str, answers: Answers) -> None:
        """All that an encoder says, when the run has finished."""
        self._answers[name] = answers
        shape, cells = self.plan.shape, self.plan.cells
        for kind, values in (
            ("tissue", answers.tissue),
            ("center", answers.center),
            ("nearest_center", answers.nearest_center),
        ):
            if (name, kind) in self._layers:
                self._layers[name, kind].image[:] = class_image(shape, cells, values)
        for kind, numbers in (
            ("confidence", answers.tissue_probability),
            ("distance", answers.distance),
        ):
            known = _known(numbers, answers.tissue)
            self._layers[name, kind].image[:] = scalar_image(shape, cells, known)
        self._fade(name, cells, answers)

    def measurements(self, name: str) -> dict[str, NDArray[np.float32]]:
        """The numbers of an encoder by their names, as (rows, columns) images; NaN: no tile."""
        if name not in self._answers:
            return {}
        said = self._answers[name]
        return {
            title: scalar_image(self.plan.shape, self.plan.cells, _known(numbers, said.tissue))
            for title, numbers in (
                (
                    say(
                        "{probe}: probability{doubt}",
                        probe=self._probe("Tissue"),
                        doubt=self._doubt,
                    ),
                    said.tissue_probability,
                ),
                (
                    say(
                        "{probe}: probability{doubt}",
                        probe=self._probe("Center"),
                        doubt=self._doubt,
                    ),
                    said.center_probability,
                ),
                (say("Distance to the nearest reference tile"), said.distance),
            )
        }

    def remarks(self, name: str) -> dict[tuple[int, int], dict[str, str]]:
        """What is to be said in words of a tile, by (row, column) of the lattice and by name."""
        if name not in self._answers:
            return {}
        said = self._answers[name]
        found: dict[tuple[int, int], dict[str, str]] = {}
        for row in np.flatnonzero(said.tissue >= 0):
            column, line = self.plan.cells[row]
            words = {}
            if said.nearest_center[row] >= 0:
                nearest = self.called.say(say("Nearest reference tile's {center}"))
                words[nearest] = self.plan.centers[said.nearest_center[row]]
            if why := said.why_outside(int(row), self.called):
                words[self.called.say(say("No {tissue} probability"))] = why
            if words:
                found[int(line), int(column)] = words
        return found

    def _probe(self, role: str) -> str:
        """The probe of a role at the start of a line."""
        return self.called.say(say("{{{role}}}, probe", role=role))

    @property
    def _doubt(self) -> str:
        return "" if self.calibrated else say(", not calibrated")

    def _add(
        self,
        name: str,
        title: str,
        kind: str,
        names: Sequence[str] = (),
        colors: Sequence[Color] = (),
    ) -> None:
        """A layer of classes; without ``names``, one of numbers."""
        columns, rows = self.plan.shape
        image: NDArray[np.uint8] | NDArray[np.float32]
        if names:
            image = np.full((rows, columns), NO_TILE, np.uint8)
        else:
            image = np.full((rows, columns), np.nan, np.float32)
        doubt = self._doubt if kind == "confidence" else ""
        self._layers[name, kind] = OverlayLayer(
            title=f"{title}: {self.called.say(_in_roles()[kind])}{doubt}",
            image=image,
            colors=colors,
            names=names,
            origin_l0=(float(self.plan.origin_l0[0]), float(self.plan.origin_l0[1])),
            stride_l0=float(self.plan.stride_l0),
            kind=kind,
            encoder=name,
            codes=_CODES[kind](len(names)) if kind in _CODES else [],
            fades=np.zeros((rows, columns), np.uint8) if kind in ("tissue", "center") else None,
        )

    def add_kinds(self, name: str, kinds: NDArray[np.int16]) -> None:
        """Add the agreement layer of an encoder, from its (n, 4) counts of SS, SO, OS, OO."""
        title = dict(self.encoders)[name]
        titles = list(kind_titles(self.called).values())
        self._add(name, title, "agreement", titles, [KIND_COLORS[kind] for kind in KINDS])
        image = class_image(self.plan.shape, self.plan.cells, dominant_kind(kinds))
        self._layers[name, "agreement"].image[:] = image
        self.with_kinds |= {name}

    def add_what_if(self, name: str, found: WhatIf) -> None:
        """Add the layers of what recoloring does to tiles: how many flip, how far they move, and
        how many are named as the color they have.
        """
        if found.tiles is None:
            return
        tiles, title = found.tiles, dict(self.encoders)[name]
        cells = np.column_stack([tiles.column, tiles.row]).astype(np.int32)
        others = sum(each.center != found.own_center for each in found.centers)
        share = np.array(tiles.flipped, np.float32) / max(1, others)
        for kind, words, numbers in (
            ("what_if_flipped", say("what if: share of {centers} that flip the {tissue}"), share),
            ("what_if_moved", say("what if: embedding moved"), np.array(tiles.moved, np.float32)),
            (
                "what_if_followed",
                say("what if: share of {centers} whose color the answer follows"),
                np.array(tiles.followed, np.float32) / max(1, others),
            ),
        ):
            self._layers[name, kind] = OverlayLayer(
                title=f"{title}: {self.called.say(words)}",
                image=scalar_image(self.plan.shape, cells, numbers),
                colors=(),
                origin_l0=(float(self.plan.origin_l0[0]), float(self.plan.origin_l0[1])),
                stride_l0=float(self.plan.stride_l0),
                kind=kind,
                encoder=name,
                value_range=(0.0, max(1.0, float(numbers.max(initial=0.0)))),
            )


def joined(parts: Sequence[TileAnswers]) -> TileAnswers:
    """What one encoder said in several batches, as one."""
    if len(parts) == 1:
        return parts[0]

    def together(field: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, field) for part in parts])

    return TileAnswers(
        parts[0].encoder,
        *(together(field.name) for field in fields(TileAnswers) if field.name != "encoder"),
    )


def as_classes(values: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Class indices as a layer wants them: -1 becomes "no tile"."""
    return np.where(values < 0, NO_TILE, values).astype(np.uint8)


def _known(numbers: NDArray[np.float32], tissue: NDArray[np.int16]) -> NDArray[np.float32]:
    """``numbers`` of the tiles that have an answer; NaN for the others."""
    return np.where(tissue < 0, np.float32(np.nan), numbers).astype(np.float32)
