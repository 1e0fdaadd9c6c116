"""Slides dealt into two halves, one to fit corrections on and one to judge them by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable

LEAST_SLIDES = 4  # of a center that takes part
LEAST_IN_HALF = 2

Codes = NDArray[np.intp]


def small_centers(groups: Codes, center: Codes) -> Codes:
    """Centers with too few slides (or patients) to be halved, rising.

    >>> small_centers(np.arange(7), np.array([0, 0, 0, 0, 1, 1, 1])).tolist()
    [1]
    """
    pairs = np.unique(np.stack([center, groups]), axis=1)
    slides = np.bincount(pairs[0], minlength=int(center.max(initial=-1)) + 1)
    return np.flatnonzero((slides > 0) & (slides < LEAST_SLIDES))


def halve(groups: Codes, tissue: Codes, center: Codes, seed: int) -> NDArray[np.bool_]:
    """Which tiles are in the first half, shape (n,); groups stay whole.

    Groups of the same tissues at the same centers are dealt out in turn after a shuffle. Where
    such a cell has an odd number, the next cell of the same centers begins with the other half,
    so each center has as many groups in both, but for one.
    """
    rng = np.random.default_rng(seed)
    n_groups = int(groups.max(initial=-1)) + 1
    having: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in range(n_groups)]
    for group, here, what in np.unique(np.stack([groups, center, tissue]), axis=1).T.tolist():
        having[group][0].add(here)
        having[group][1].add(what)
    keys = [(tuple(sorted(c)), tuple(sorted(t))) for c, t in having]
    first = np.zeros(n_groups, bool)
    turns: dict[tuple[int, ...], int] = {}
    for cell in sorted(set(keys)):
        members = rng.permutation([group for group in range(n_groups) if keys[group] == cell])
        start = turns.setdefault(cell[0], int(rng.integers(2)))
        first[members] = (start + np.arange(len(members))) % 2 == 0
        turns[cell[0]] = (start + len(members)) % 2
    return first[groups]


def halvings(
    groups: Codes, tissue: Codes, center: Codes, count: int, seed: int, stay: int | None = None
) -> list[NDArray[np.bool_]]:
    """Several halvings, each as of :func:`halve`.

    With ``stay``, the groups of that center are in all of them in the half of the first: what was
    made of those in one half can then be judged on the other in every halving.
    """
    found = [halve(groups, tissue, center, seed + number) for number in range(count)]
    if stay is None:
        return found
    held = np.isin(groups, groups[center == stay])
    return [np.where(held, found[0], each) for each in found]


def why_not_halved(
    first: NDArray[np.bool_], groups: Codes, center: Codes, names: NDArray[np.str_]
) -> NotAssessable | None:
    """Why halves cannot be used: a center has too few groups in one of them. None if they can."""
    for here in np.unique(center).tolist():
        for half in (first, ~first):
            slides = len(np.unique(groups[half & (center == here)]))
            if slides < LEAST_IN_HALF:
                return NotAssessable(
                    say(
                        "Not assessable: {names} has {slides} of the "
                        "{LEAST_IN_HALF} slides that each half needs, since its "
                        "slides are of patients of other centers, too.",
                        names=names[here],
                        slides=slides,
                        LEAST_IN_HALF=LEAST_IN_HALF,
                    )
                )
    return None
