"""Tiles of the same piece of tissue, seen on two slides: how alike, and found again?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

RETRIEVAL_K = (1, 3, 5, 10)
MOST_SLIDE_PAIRS = 100
MOST_TILES = 1_000  # matched tiles of a pair of slides
FEWEST_TILES = 2  # with one alone there is nothing to be taken for

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class MatchedTiles:
    """The tiles that two slides share: row i of ``one`` and of ``other`` show the same."""

    slides: tuple[int, int]
    one: Codes  # (m,)
    other: Codes  # (m,)


@dataclass(frozen=True)
class PairScores:
    """Of two slides."""

    cosine: float  # mean over matched tiles
    cosine_unmatched: float  # mean over tiles of the two that do not match
    retrieval: NDArray[np.float64]  # (len(RETRIEVAL_K),)


def matched_tiles(
    pair: Sequence[str] | NDArray[np.str_], slides: Codes, rng: np.random.Generator
) -> tuple[list[MatchedTiles], int, int]:
    """All pairs of slides with two matched tiles or more: (the pairs, how many there are, double).

    ``pair`` (n,): tiles with the same text, other than "", show the same. A text that several
    tiles of one slide have matches none of them: ``double`` counts those tiles. Of very many
    pairs of slides, and of very many tiles of a pair, a sample is taken.
    """
    names, code = np.unique(np.asarray(pair), return_inverse=True)
    known = np.flatnonzero(names[code] != "")
    keys, first, times = np.unique(
        np.stack([slides[known], code[known]]), axis=1, return_index=True, return_counts=True
    )
    single = times == 1
    double = int(times[~single].sum())
    rows, slide, name = known[first[single]], keys[0, single], keys[1, single]
    of_slide: dict[int, dict[int, int]] = {}
    for row, one, text in zip(rows.tolist(), slide.tolist(), name.tolist(), strict=True):
        of_slide.setdefault(one, {})[text] = row
    shared = [
        (one, other)
        for one, other in itertools.combinations(sorted(of_slide), 2)
        if len(of_slide[one].keys() & of_slide[other].keys()) >= FEWEST_TILES
    ]
    chosen = shared
    if len(shared) > MOST_SLIDE_PAIRS:
        picked = np.sort(rng.choice(len(shared), MOST_SLIDE_PAIRS, replace=False))
        chosen = [shared[i] for i in picked.tolist()]
    found = []
    for one, other in chosen:
        texts = sorted(of_slide[one].keys() & of_slide[other].keys())
        if len(texts) > MOST_TILES:
            texts = [texts[i] for i in np.sort(rng.choice(len(texts), MOST_TILES, replace=False))]
        found.append(
            MatchedTiles(
                (one, other),
                np.array([of_slide[one][text] for text in texts], np.intp),
                np.array([of_slide[other][text] for text in texts], np.intp),
            )
        )
    return found, len(shared), double


def pair_scores(unit: NDArray[np.floating[Any]], matched: MatchedTiles) -> PairScores:
    """Cosine of matched tiles, and how often the match is among the k nearest.

    The nearest are sought among all matched tiles of both slides but the tile itself; averaged
    over the two directions. plismbench (Filiot et al. 2025, arXiv:2501.16239).
    """
    both = np.concatenate([unit[matched.one], unit[matched.other]])
    m = len(matched.one)
    cosine = np.asarray(both @ both.T, np.float64)
    place = np.arange(2 * m)
    match = np.concatenate([place[m:], place[:m]])
    hit = cosine[place, match]
    cosine[place, place] = -np.inf
    # Ties count against the match.
    rank = (cosine >= hit[:, None]).sum(axis=1)
    retrieval = np.array([(rank <= k).mean() for k in RETRIEVAL_K])
    cross = cosine[:m, m:]
    return PairScores(
        cosine=float(hit[:m].mean()),
        cosine_unmatched=float((cross.sum() - hit[:m].sum()) / (m * (m - 1))),
        retrieval=retrieval,
    )


def all_pair_scores(
    unit: NDArray[np.floating[Any]],
    matched: Sequence[MatchedTiles],
    report: ProgressFn = ignore_progress,
) -> list[PairScores]:
    """:func:`pair_scores` of each pair of slides."""
    scores = []
    for number, one in enumerate(matched):
        report(Progress(say("Comparing paired tiles"), number, len(matched)))
        scores.append(pair_scores(unit, one))
    report(Progress(say("Comparing paired tiles"), len(matched), len(matched)))
    return scores
