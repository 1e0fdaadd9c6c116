"""Concordance of paired tiles, split by what the two slides differ in: scanner, stain, both.

The same piece of tissue was scanned, or stained, more than once (column ``pair``). Pieces of tissue
are independent of each other, pairs of slides of one piece are not. So pieces are left out in turn
where there are enough of them, and else slides, each with all the pairs that it is in: what varies
from pair to pair alone then counts twice, which can only widen an interval (Snijders and Borgatti
1999, Connections 22:61, halve it for that reason).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.jackknife import Scale, Units, interval, quotient
from pathgui.core.metrics.paired_tiles import RETRIEVAL_K, MatchedTiles, PairScores
from pathgui.core.metrics.results import Concordance, Shared

FEWEST_PIECES = 6  # pieces of tissue, below which slides are left out instead
NEAREST, TEN_NEAREST = RETRIEVAL_K.index(1), RETRIEVAL_K.index(10)

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What is known of each tile beside its embedding."""

    # By column, of each slide; "": nothing is known, or several things.
    of_slide: Mapping[str, Mapping[int, str]]
    calls: Codes | None = None  # tissue that a probe which never saw the slide gives; -1: none


def concordances(
    matched: Sequence[MatchedTiles], scores: Sequence[PairScores], told: Told
) -> list[Concordance]:
    """What is found of the pairs of slides that differ in the same columns, each of them alike.

    Pairs of slides of which a column says nothing are left out. In the order of how many columns
    the slides differ in, and of the columns.
    """
    columns = list(told.of_slide)
    piece = _pieces([one.slides for one in matched])
    kinds: dict[tuple[bool, ...], list[int]] = {}
    for i, one in enumerate(matched):
        here, there = one.slides
        values = [(of.get(here, ""), of.get(there, "")) for of in told.of_slide.values()]
        if all(first and second for first, second in values):
            kinds.setdefault(tuple(first != second for first, second in values), []).append(i)
    order = sorted(kinds, key=lambda kind: (sum(kind), [not each for each in kind]))
    return [
        _concordance(
            [name for name, differs in zip(columns, kind, strict=True) if differs],
            [matched[i] for i in kinds[kind]],
            [scores[i] for i in kinds[kind]],
            np.array([piece[i] for i in kinds[kind]]),
            told.calls,
        )
        for kind in order
    ]


def _pieces(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """The piece of tissue of each pair: slides that pairs connect, directly or not, are of one."""
    root: dict[int, int] = {}

    def find(slide: int) -> int:
        while root.setdefault(slide, slide) != slide:
            root[slide] = slide = root[root[slide]]
        return slide

    for one, other in pairs:
        root[find(one)] = find(other)
    return [find(one) for one, _ in pairs]


def _concordance(
    differ: list[str],
    matched: Sequence[MatchedTiles],
    scores: Sequence[PairScores],
    piece: Codes,
    calls: Codes | None,
) -> Concordance:
    ends = np.array([one.slides for one in matched])
    pieces, of_piece = np.unique(piece, return_inverse=True)
    slides, of_end = np.unique(ends, return_inverse=True)
    of_end = of_end.reshape(ends.shape)
    by_piece = len(pieces) >= FEWEST_PIECES
    units = _units(len(pieces) if by_piece else len(slides))
    member = of_piece.reshape(-1, 1) if by_piece else of_end  # (pairs, 1 or 2) units of each pair

    def mean(values: Floats, scale: Scale) -> Shared:
        """Over the pairs of slides; NaN: the pair has no such value."""
        known = np.isfinite(values)
        total, n = values[known].sum(), int(known.sum())
        sums, counts = (np.zeros(len(units)) for _ in range(2))
        for column in member.T:
            np.add.at(sums, column[known], values[known])
            np.add.at(counts, column[known], 1)
        value = float(total / n)
        left_out = quotient(total - sums, n - counts)
        bounds = interval(value, left_out, units, scale, bearing=len(units))
        return Shared(value, bounds)

    m = np.array([len(one.one) for one in matched])
    agreeing = [_same_call(one, calls) for one in matched]
    same = np.array([share for share, _ in agreeing])
    return Concordance(
        differ=differ,
        n_slide_pairs=len(matched),
        n_slides=len(slides),
        n_pieces=len(pieces),
        n_pairs=int(m.sum()),
        left_out="pieces" if by_piece else "slides",
        found_first=mean(np.array([each.retrieval[NEAREST] for each in scores]), "share"),
        found_in_ten=mean(np.array([each.retrieval[TEN_NEAREST] for each in scores]), "share"),
        first_by_chance=float(np.mean(1 / (2 * m - 1))),
        ten_by_chance=float(np.mean(np.minimum(1, 10 / (2 * m - 1)))),
        cosine=mean(np.array([each.cosine for each in scores]), "signed"),
        cosine_unmatched=float(np.mean([each.cosine_unmatched for each in scores])),
        same_tissue=mean(same, "share") if np.isfinite(same).any() else None,
        same_tissue_by_chance=(
            float(np.nanmean([chance for _, chance in agreeing]))
            if np.isfinite(same).any()
            else None
        ),
    )


def _units(n: int) -> Units:
    return Units(np.arange(n), np.zeros(n, np.intp), n)


def _same_call(one: MatchedTiles, calls: Codes | None) -> tuple[float, float]:
    """Share of matched tiles that are given the same tissue, and by chance at these shares."""
    if calls is None:
        return np.nan, np.nan
    first, second = calls[one.one], calls[one.other]
    known = (first >= 0) & (second >= 0)
    if not known.any():
        return np.nan, np.nan
    first, second = first[known], second[known]
    n = int(max(first.max(), second.max())) + 1
    shares = [np.bincount(each, minlength=n) / len(each) for each in (first, second)]
    return float((first == second).mean()), float(shares[0] @ shares[1])


def values_of_slides(slides: Codes, values: NDArray[np.str_]) -> dict[int, str]:
    """What a column of tiles says of each slide; "" where it says several things, or nothing."""
    found: dict[int, str] = {}
    known = values != ""
    for slide, value in sorted(
        set(zip(slides[known].tolist(), values[known].tolist(), strict=True))
    ):
        found[slide] = "" if slide in found else str(value)
    return found
