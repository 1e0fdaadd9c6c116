"""What labels alone rule out: designs from which no encoder's embeddings give an index."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import first_few
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.reference.labels import TileLabels

SingleCells = Literal["drop", "keep"]

FEW_TILES = 30  # in all; below, every number turns on single tiles
FEW_OF_A_LABEL = 5  # tiles of a tissue or center; below, its recall moves in steps of a fifth
UNEQUAL = 10  # times as many tiles, beyond which the index is one of the larger label


@dataclass(frozen=True)
class Obstacle:
    """Why something cannot be measured, and what would make it possible."""

    reason: str
    remedy: str


def identifiable(
    labels: TileLabels, single_cells: SingleCells
) -> tuple[NDArray[np.intp], list[str], list[str]]:
    """Rows whose tissue is at two centers or more and whose center has two tissues or more.

    Beside them the names of tissues and of centers that are left out. Judged by the table as it
    was given, once: leaving out a center can leave a tissue with one center alone, and to go on
    from there would peel whole tables away. The null, which counts the candidates that are left,
    takes account of such a tissue, and a notice names it.
    """
    if single_cells == "keep":
        return np.arange(len(labels)), [], []
    lone_tissues, lone_centers = single(labels)
    keep = ~np.isin(labels.tissue, lone_tissues) & ~np.isin(labels.center, lone_centers)
    if len(np.unique(labels.tissue[keep])) < 2 or len(np.unique(labels.center[keep])) < 2:
        keep[:] = False
    return np.flatnonzero(keep), lone_tissues, lone_centers


def single(labels: TileLabels) -> tuple[list[str], list[str]]:
    """Tissues that one center alone has, and centers that have one tissue alone."""
    cells = set(zip(labels.tissue.tolist(), labels.center.tolist(), strict=True))
    centers_with = Counter(tissue for tissue, _ in cells)
    tissues_at = Counter(center for _, center in cells)
    return (
        sorted(tissue for tissue, n in centers_with.items() if n < 2),
        sorted(center for center, n in tissues_at.items() if n < 2),
    )


def obstacle_to_index(labels: TileLabels, used: NDArray[np.intp]) -> Obstacle | None:
    """Why these labels give no index, whatever the embeddings; None where they do.

    ``used``: the rows of which :func:`identifiable` says that they are measured.
    """
    named = labels.columns.say
    if len(np.unique(labels.center)) < 2:
        return Obstacle(
            named(say("all tiles are from one {center}, so nothing tells {center} from {tissue}")),
            named(say("Add slides of the same {tissues} from a second {center}.")),
        )
    if len(np.unique(labels.tissue)) < 2:
        return Obstacle(
            named(say("all tiles are of one {tissue}, so nothing tells {tissue} from {center}")),
            named(say("Add tiles of a second {tissue} from the same {centers}.")),
        )
    having = dict.fromkeys(labels.center.tolist(), 0)
    for center, _ in set(zip(labels.center.tolist(), labels.tissue.tolist(), strict=True)):
        having[center] += 1
    if not len(used) or max(having.values()) < 2:
        return Obstacle(
            named(
                say(
                    "{tissue} and {center} cannot be told apart: no two "
                    "{tissues} are found at the same two {centers}, directly or "
                    "by way of others"
                )
            ),
            named(say("Add tiles so that two {tissues} are both found at the same two {centers}.")),
        )
    return _impossible_kind(labels.take(used))


def _impossible_kind(labels: TileLabels) -> Obstacle | None:
    """Why one kind of telling neighbor cannot exist: the index is 0 or 1 for every encoder."""
    possible = candidates(labels).sum(axis=0)
    of = say("slide") if labels.patient is None else say("slide or patient")
    tissue, center = labels.columns.of_tissue, labels.columns.of_center
    if not possible.any():
        return Obstacle(
            say("all tiles are from one {of}, so none has an admissible neighbor", of=of),
            say("Add tiles of another {of}.", of=of),
        )
    if not possible[OS]:
        return Obstacle(
            say(
                "no {center} has two {tissue_many} on different slides: tiles of "
                "the own {of} never count, so no tile of another {tissue} from "
                "the same {center} (OS) can be a neighbor; the index would be 1 "
                "for every encoder",
                center=center,
                tissue_many=tissue.many,
                of=of,
                tissue=tissue,
            ),
            say("Add a second {of} at two {center_many} or more.", of=of, center_many=center.many),
        )
    if not possible[SO]:
        return Obstacle(
            say(
                "no {tissue} comes from two {center_many} on different slides: "
                "tiles of the own {of} never count, so no tile of the same "
                "{tissue} from another {center} (SO) can be a neighbor; the "
                "index would be 0 for every encoder",
                tissue=tissue,
                center_many=center.many,
                of=of,
                center=center,
            ),
            say(
                "Add another {of} of each {tissue} at a second {center}.",
                of=of,
                tissue=tissue,
                center=center,
            ),
        )
    return None


def codes(labels: TileLabels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Tissue and center of each tile as 0-based codes, in the order of their names."""
    tissue = np.unique(labels.tissue, return_inverse=True)[1]
    center = np.unique(labels.center, return_inverse=True)[1]
    return tissue.astype(np.intp), center.astype(np.intp)


def candidates(labels: TileLabels) -> NDArray[np.int64]:
    """Tiles of each kind (SS, SO, OS, OO) that each tile can have as neighbors, shape (n, 4)."""
    return ri.admissible_counts(*codes(labels), labels.groups)


def sizes_to_mention(labels: TileLabels) -> list[str]:
    """Sentences on few tiles, and on labels that have far fewer than others."""
    said = []
    if len(labels) < FEW_TILES:
        said.append(
            say(
                "There are only {n_labels} tiles: every number here turns on single tiles.",
                n_labels=len(labels),
            )
        )
    columns = labels.columns
    for names, what in ((labels.tissue, columns.of_tissue), (labels.center, columns.of_center)):
        label, sizes = np.unique(names, return_counts=True)
        if len(label) < 2:
            continue
        few = [f"{name} ({n})" for name, n in zip(label, sizes, strict=True) if n < FEW_OF_A_LABEL]
        if few and len(labels) >= FEW_TILES:
            said.append(
                say(
                    "Few tiles of {a}: {few}. Its accuracy moves in great steps.",
                    a=what.a,
                    few=first_few(few),
                )
            )
        if sizes.max() > UNEQUAL * sizes.min():
            most, least = label[sizes.argmax()], label[sizes.argmin()]
            said.append(
                say(
                    "{Many} are unequal: {max} tiles of {most}, {min} of "
                    "{least}. The index is mostly one of {most}; read balanced "
                    "accuracies and the parts beside it.",
                    Many=what.Many,
                    max=sizes.max(),
                    most=most,
                    min=sizes.min(),
                    least=least,
                )
            )
    return said
