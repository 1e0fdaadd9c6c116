"""Is the index too high at the k that the encoders choose?

    python -m tests.benchmarks.shared_k --rounds 1000

Each round draws new slides and tiles, and embeddings of one or more encoders on them. k is chosen
as in an evaluation; the bias is the index at that k less the mean index of all rounds at the same
k, so that neither the make-up of the set nor a curve that rises with k counts as one. After it
stands how far it is known from so many rounds (95 %). Beside it: the k with the highest accuracy
of the tissue vote, as other programs take it. Encoders of one round see the same slides; ``same``
is the share of their noise that they have in common.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.neighbors.shared_k import KVote, share_k

DIMENSIONS = 16


@dataclass(frozen=True)
class Design:
    """What is drawn; effects are next to noise of 1."""

    tissues: int
    centers: int
    slides: int  # of each cell, or of each center where slides hold all tissues
    tiles: int  # of each tissue on a slide
    mixed: bool = False  # each slide holds all tissues
    encoders: int = 1
    tissue: float = 0.0
    center: float = 0.0
    slide: float = 0.0
    same: float = 0.5
    least: int = 0  # tiles of the smallest slide, where slides differ in size; 0: they do not


DESIGNS = [
    Design(2, 2, 8, 8),
    Design(2, 2, 16, 8),
    Design(2, 2, 3, 8),
    Design(6, 3, 8, 5),
    Design(2, 2, 5, 8, mixed=True),
    Design(4, 3, 6, 6, mixed=True),
    Design(2, 40, 1, 2),
    Design(2, 40, 2, 2, mixed=True),
    Design(2, 2, 8, 60, least=1),
    Design(2, 2, 8, 8, slide=0.5),
    Design(2, 2, 5, 8, mixed=True, slide=0.5),
    Design(2, 2, 8, 8, encoders=3),
    Design(6, 3, 8, 5, encoders=3),
    Design(2, 2, 8, 8, tissue=0.5, center=0.5, slide=0.5),
    Design(2, 2, 5, 8, mixed=True, tissue=0.5, center=0.5, slide=0.5),
    Design(2, 2, 8, 8, tissue=0.0, center=0.5, slide=0.5),
]


@dataclass(frozen=True)
class Curves:
    """One encoder in one round."""

    vote: KVote
    highest: int  # the k with the highest accuracy
    index: dict[int, float]  # over k; where it is defined


def labels_of(design: Design, rng: np.random.Generator) -> tuple[NDArray[np.intp], ...]:
    """Tissue, center and slide of each tile."""
    cells = np.indices((design.tissues, design.centers, design.slides)).reshape(3, -1)
    tissue, center, number = cells
    slide = center * design.slides + number
    if not design.mixed:
        slide = np.arange(cells.shape[1])
    counts = np.full(cells.shape[1], design.tiles)
    if design.least:
        counts = rng.integers(design.least, design.tiles + 1, cells.shape[1])
    return tuple(np.repeat(each, counts).astype(np.intp) for each in (tissue, center, slide))


def draw(design: Design, seed: int) -> list[Curves]:
    """Every encoder of one round."""
    fixed, rng = np.random.default_rng(5), np.random.default_rng(seed)
    tissue, center, slide = labels_of(design, rng)
    d = DIMENSIONS
    mean = design.tissue * fixed.standard_normal((design.tissues, d))[tissue]
    mean += design.center * fixed.standard_normal((design.centers, d))[center]
    mean += design.slide * rng.standard_normal((slide.max() + 1, d))[slide]
    shared = rng.standard_normal((len(tissue), d))
    found = []
    for number in range(design.encoders):
        own = rng.standard_normal((len(tissue), d))
        part = design.same if design.encoders > 1 else 0.0
        values = mean + np.sqrt(part) * shared + np.sqrt(1 - part) * own
        found.append(curves(f"encoder {number}", values, tissue, center, slide))
    return found


def curves(
    name: str,
    values: NDArray[np.float64],
    tissue: NDArray[np.intp],
    center: NDArray[np.intp],
    slide: NDArray[np.intp],
) -> Curves:
    """What pathgui's functions make of one encoder; neighbors by sorting all distances."""
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    distance = 1 - unit @ unit.T
    distance[slide[:, None] == slide] = np.inf
    admissible = np.isfinite(distance).sum(axis=1)
    limit = min(knn.AUTO_LIMIT, int(np.median(admissible)))
    order = np.argsort(distance, axis=1)[:, : min(limit + 1, int(admissible.max()))]
    near = np.take_along_axis(distance, order, axis=1)
    neighbors = Neighbors(np.where(np.isfinite(near), order, -1), near)
    kinds = ri.kinds_of(neighbors, tissue, center)
    totals = ri.counts_by_rank(kinds).cumsum(axis=0)
    index = {
        k: value
        for k in range(1, len(totals) + 1)
        if (value := ri.robustness_index(totals[k - 1])) is not None
    }
    votes = knn.votes_by_k(neighbors, tissue, knn.k_candidates(limit))
    accuracy = {k: knn.balanced_accuracy(tissue, said) or 0.0 for k, said in votes.items()}
    vote = KVote(name, knn.best_k(neighbors, tissue, slide, limit), ri.least_k(kinds), limit)
    return Curves(vote, max(accuracy, key=lambda k: (round(accuracy[k], 12), -k)), index)


def bias(rounds: list[dict[int, float]], chosen: list[int]) -> tuple[float, float]:
    """Mean of the index at the chosen k less the mean index there; and 1.96 standard errors."""
    mean = {
        k: float(np.mean([index[k] for index in rounds if k in index])) for k in sorted(set(chosen))
    }
    apart = [index[k] - mean[k] for index, k in zip(rounds, chosen, strict=True) if k in index]
    return float(np.mean(apart)), float(1.96 * np.std(apart, ddof=1) / np.sqrt(len(apart)))


def row(design: Design, rounds: int) -> list[Any]:
    """One line of the table: of the first encoder, at the k of all and at its highest accuracy."""
    done = [draw(design, seed) for seed in range(rounds)]
    first = [encoders[0] for encoders in done]
    shared = [share_k([each.vote for each in encoders]).k for encoders in done]
    ours = bias([each.index for each in first], shared)
    highest = bias([each.index for each in first], [each.highest for each in first])
    low, middle, high = np.percentile(shared, (10, 50, 90)).astype(int)
    return [
        f"{design.tissues} x {design.centers}",
        f"{design.slides} a {'center' if design.mixed else 'cell'}",
        f"{design.least} to {design.tiles}" if design.least else design.tiles,
        f"{design.tissue:g}, {design.center:g}, {design.slide:g}",
        design.encoders,
        f"{low}, {middle}, {high}",
        f"{ours[0]:+.4f} ± {ours[1]:.4f}",
        f"{highest[0]:+.4f} ± {highest[1]:.4f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--designs", type=int, nargs="+", help="numbers from 0; all by default")
    given = parser.parse_args()
    print(
        "| tissues x centers | slides | tiles | effects: tissue, center, slide | encoders "
        "| k: 10 %, middle, 90 % | bias at the shared k | bias at the highest accuracy |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for design in [DESIGNS[i] for i in given.designs or range(len(DESIGNS))]:
        print(f"| {' | '.join(str(cell) for cell in row(design, given.rounds))} |", flush=True)


if __name__ == "__main__":
    main()
