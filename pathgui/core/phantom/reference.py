"""Tiles of every tissue at every virtual center: the phantom's reference set.

At each center every tissue is on ``n_slides`` slides of as many patients. A slide holds two
tissues, as a section does, so what is peculiar to a slide or patient is seen in both; only where
``n_slides`` is odd, the last round of slides holds one. Pairs are the same at every center, so
the table of tissues by centers is balanced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.phantom.brushes import Patient
from pathgui.core.phantom.optics import Center, Preparation, centers, from_jpeg, jpeg, scan
from pathgui.core.phantom.tissues import TISSUES, paint
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Piece:
    """One tissue on one slide: the unit that is drawn at once and cut into tiles."""

    center: Center
    slide: str
    patient: str
    tissue: str
    seed: tuple[int, ...]  # of the patient and the preparation; of the tissue with one more
    round: int  # 0 for the first tissue of the slide, 1 for the second


@dataclass(frozen=True)
class PhantomTile:
    """A tile as its center's scanner stored it."""

    piece: Piece
    data: bytes  # JPEG
    origin_px: tuple[int, int]  # on its slide, x and y


def pieces(
    center_effect: float, n_slides: int, seed: int, tissues: tuple[str, ...] = TISSUES
) -> list[Piece]:
    """What is to be drawn, center by center and slide by slide."""
    plan = []
    for c, center in enumerate(centers(center_effect)):
        number = 0
        for done in range(0, n_slides, 2):
            single = n_slides - done == 1 or len(tissues) == 1
            for _ in range(2 if len(tissues) == 1 and n_slides - done > 1 else 1):
                for t, first in enumerate(tissues):
                    second = tissues[(t + 1 + done // 2 % max(len(tissues) - 1, 1)) % len(tissues)]
                    number += 1
                    short = center.name.split()[-1].lower()
                    for half, tissue in enumerate([first] if single else [first, second]):
                        plan.append(
                            Piece(
                                center,
                                f"{short}-{number:02}",
                                f"{short}-patient-{number:02}",
                                tissue,
                                (seed, c, number),
                                half,
                            )
                        )
    return plan


def draw(piece: Piece, n_tiles: int, size_px: int) -> list[PhantomTile]:
    """Draw a piece, scan it and cut it into ``n_tiles`` adjoining tiles."""
    rng = np.random.default_rng(piece.seed)
    patient, preparation = Patient.draw(rng), Preparation.draw(rng)
    rng = np.random.default_rng((*piece.seed, piece.round, TISSUES.index(piece.tissue)))
    columns = int(np.ceil(np.sqrt(n_tiles * 4 / 3)))
    rows = -(-n_tiles // columns)
    size = (columns * size_px, rows * size_px)
    left, top = int(rng.integers(500, 2500)) + piece.round * 4000, int(rng.integers(500, 4000))
    field = paint(piece.tissue, size, patient, rng)
    picture = scan(
        field.hematoxylin, field.eosin, piece.center, preparation, rng, origin_px=(left, top)
    )
    tiles = []
    for i in range(n_tiles):
        x, y = i % columns * size_px, i // columns * size_px
        cut = np.ascontiguousarray(picture[y : y + size_px, x : x + size_px])
        data = jpeg(cut, piece.center.jpeg_quality)
        tiles.append(PhantomTile(piece, data, (left + x, top + y)))
    return tiles


def two_tiles(size_px: int) -> NDArray[np.uint8]:
    """Two tiles of unlike tissue, (2, size_px, size_px, 3) RGB bytes: to try a model out."""
    plan = pieces(0.0, 1, 0)[:2]
    return np.stack([from_jpeg(draw(piece, 1, size_px)[0].data) for piece in plan])


def reference_tiles(
    center_effect: float = 0.8,
    *,
    n_slides: int = 4,
    n_tiles: int = 12,
    size_px: int = 224,
    seed: int = 0,
    tissues: tuple[str, ...] = TISSUES,
    report: ProgressFn = ignore_progress,
) -> tuple[NDArray[np.uint8], TileLabels]:
    """The reference set in memory.

    The same seed draws the same patients and tissues whatever the center effect, so sets that
    differ in it alone can be compared.

    Parameters
    ----------
    center_effect
        0: all centers alike; 1: as different as real ones may be.
    n_slides
        Slides on which each tissue lies at each of the four centers.
    n_tiles
        Tiles of each tissue on each of its slides.
    size_px
        Edge of a tile at 0.5 µm/px.

    Returns
    -------
    (n, size_px, size_px, 3) uint8 array, TileLabels
        The tiles, as decoded from their center's JPEG files, and what is known of them;
        n = 4 x len(tissues) x n_slides x n_tiles.
    """
    plan = pieces(center_effect, n_slides, seed, tissues)
    drawn = []
    for i, part in enumerate(in_parallel(lambda piece: draw(piece, n_tiles, size_px), plan)):
        report(Progress(say("Drawing tissue"), i + 1, len(plan)))
        drawn += part
    labels = TileLabels(
        tissue=np.array([tile.piece.tissue for tile in drawn]),
        center=np.array([tile.piece.center.name for tile in drawn]),
        slide=np.array([tile.piece.slide for tile in drawn]),
        patient=np.array([tile.piece.patient for tile in drawn]),
    )
    return np.stack([from_jpeg(tile.data) for tile in drawn]), labels


def in_parallel(work: Callable[[T], R], items: list[T]) -> Iterator[R]:
    """``work`` of each item, in order, on a few threads; stops all when the caller stops."""
    threads = min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, thread_name_prefix="phantom") as pool:
        try:
            yield from pool.map(work, items)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
