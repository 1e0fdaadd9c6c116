"""A reference set while it is looked through: what is thrown out and relabeled, not yet written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.set_editing import Edits

OF_SLIDE = ("center", "patient")  # labels that all tiles of a slide share
COLUMNS = ("tissue", *OF_SLIDE)


@dataclass(frozen=True)
class SetDraft:
    """A reference set as it would be with some edits; each change is another draft."""

    reference: ReferenceSet
    edits: Edits = field(default_factory=Edits)

    def without(self, rows: Iterable[int]) -> SetDraft:
        """With these tiles thrown out, too."""
        return self._with(dropped=self.edits.dropped | frozenset(rows))

    def with_back(self, rows: Iterable[int]) -> SetDraft:
        """With these tiles in the set again, and with the labels that they came with."""
        back = frozenset(rows)
        kept = {row: new for row, new in self.edits.relabeled.items() if row not in back}
        return self._with(dropped=self.edits.dropped - back, relabeled=kept)

    def labeled(self, rows: Iterable[int], column: str, label: str) -> SetDraft:
        """With another label on these tiles.

        A center or patient is one for all tiles of a slide, so all tiles of their slides get it.

        Raises
        ------
        ValueError
            If ``column`` is none of :data:`COLUMNS`, or ``label`` is empty.
        """
        if column not in COLUMNS:
            raise ValueError(f"column must be one of {', '.join(COLUMNS)}, not {column}")
        if not label.strip():
            raise ValueError("a label needs a name")
        labels = self.reference.labels
        meant: Sequence[int] = sorted(set(rows))
        if column in OF_SLIDE:
            slides = np.unique(labels.slide[meant])
            meant = np.flatnonzero(np.isin(labels.slide, slides)).tolist()
        before = _column(labels, column)
        relabeled = {row: dict(new) for row, new in self.edits.relabeled.items()}
        for row in meant:
            if before[row] == label:
                relabeled.get(row, {}).pop(column, None)
            else:
                relabeled.setdefault(row, {})[column] = label
        return self._with(relabeled={row: new for row, new in relabeled.items() if new})

    def _with(
        self,
        dropped: frozenset[int] | None = None,
        relabeled: Mapping[int, Mapping[str, str]] | None = None,
    ) -> SetDraft:
        edits = Edits(
            self.edits.dropped if dropped is None else dropped,
            self.edits.relabeled if relabeled is None else relabeled,
        )
        return replace(self, edits=edits)

    @property
    def is_changed(self) -> bool:
        """Whether there is something to be written."""
        return bool(self.edits.dropped or self._relabeled)

    @property
    def n_relabeled(self) -> int:
        """Tiles that stay, with another label."""
        return len(self._relabeled)

    @property
    def _relabeled(self) -> frozenset[int]:
        return frozenset(self.edits.relabeled) - self.edits.dropped

    @cached_property
    def labels(self) -> TileLabels:
        """Of all tiles, in the order of the set; of those that are thrown out, too."""
        labels = self.reference.labels
        patient = self._relabeled_column("patient")
        return replace(
            labels,
            tissue=self._relabeled_column("tissue"),
            center=self._relabeled_column("center"),
            patient=None if labels.patient is None and not patient.any() else patient,
        )

    def _relabeled_column(self, column: str) -> TextArray:
        before = _column(self.reference.labels, column)
        new = {row: each[column] for row, each in self.edits.relabeled.items() if column in each}
        if not new:
            return before
        texts = before.astype(object)  # a longer text would be cut in an array of texts
        texts[list(new)] = list(new.values())
        return texts.astype(np.str_)

    @cached_property
    def kept(self) -> NDArray[np.bool_]:
        """Which tiles stay, shape (n,)."""
        kept = np.ones(len(self.reference), bool)
        kept[list(self.edits.dropped)] = False
        return kept

    def tiles_of(self, tissue: str | None = None, center: str | None = None) -> list[int]:
        """Rows with these labels, thrown out or not; None: with any."""
        chosen = np.ones(len(self.reference), bool)
        if tissue is not None:
            chosen &= self.labels.tissue == tissue
        if center is not None:
            chosen &= self.labels.center == center
        found: list[int] = np.flatnonzero(chosen).tolist()
        return found


@dataclass(frozen=True)
class DraftTable:
    """Tissues (rows) by centers (columns) of the tiles that stay."""

    tissues: tuple[str, ...]
    centers: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[int, int]]  # tiles and slides; a pair without is not here

    def cell(self, tissue: str, center: str) -> tuple[int, int]:
        """Tiles and slides."""
        return self.cells.get((tissue, center), (0, 0))


def table_of(draft: SetDraft) -> DraftTable:
    """What a set would hold. Tissues and centers of which nothing is left stay in the table."""
    labels = draft.labels
    tissues, centers = labels.tissue.tolist(), labels.center.tolist()
    tiles: Counter[tuple[str, str]] = Counter()
    slides: dict[tuple[str, str], set[str]] = defaultdict(set)
    for tissue, center, slide, stays in zip(
        tissues, centers, labels.slide.tolist(), draft.kept.tolist(), strict=True
    ):
        if stays:
            tiles[tissue, center] += 1
            slides[tissue, center].add(slide)
    return DraftTable(
        tuple(sorted(set(tissues))),
        tuple(sorted(set(centers))),
        {pair: (n, len(slides[pair])) for pair, n in tiles.items()},
    )


def _column(labels: TileLabels, column: str) -> TextArray:
    if column == "patient" and labels.patient is None:
        return np.full(len(labels), "", np.str_)
    found: TextArray = getattr(labels, column)
    return found


class TileTexts:
    """What each tile is found by: name, slide, tissue, center and patient, without case.

    Joined once, since a search is asked for with each letter that is typed.
    """

    def __init__(self, reference: ReferenceSet) -> None:
        labels = reference.labels
        columns = [reference.tiles, labels.slide, labels.tissue, labels.center]
        if labels.patient is not None:
            columns.append(labels.patient)
        self._texts = ["\n".join(cells).casefold() for cells in zip(*columns, strict=True)]

    def find(self, text: str, draft: SetDraft, rows: Sequence[int]) -> list[int]:
        """Those of ``rows`` that have ``text``, as they were read or as the draft labels them."""
        wanted = text.strip().casefold()
        if not wanted:
            return list(rows)
        texts, new = self._texts, draft.edits.relabeled
        return [
            row
            for row in rows
            if wanted in texts[row]
            or (row in new and any(wanted in label.casefold() for label in new[row].values()))
        ]
