"""What chance would give of slides at their own center, where the set has tiles of their patients.

Those tiles never judge their own slide. So a slide meets fewer tiles of its own center than of the
others, and by chance alone it is placed there less often than frequencies would have it: of two
centers with two patients each, one candidate in three is of the own center, not one in two. Here
centers are exchanged over patients, in the set as well, and every slide is placed anew by the same
nearest tiles. What a slide is not judged by stays the same, and so chance meets it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.permutation import ALPHA, Units

Codes = NDArray[np.intp]

_AT_ONCE = 64  # exchanges
MOST_WORK = 2e9  # tiles counted; where slides have many, there are fewer exchanges
FEWEST = 999  # exchanges


@dataclass(frozen=True)
class Exchange:
    """What exchanged centers say."""

    chance: float  # share of slides placed at their own center, mean over exchanges
    # One-sided, that so many are by chance; None where centers can be exchanged in too few ways for
    # a small p.
    p: float | None


def exchange_centers(
    patient: Codes,
    known: Codes,
    near: Sequence[Mapping[int, int]],
    own: Sequence[Sequence[int]],
    set_centers: Codes,
    seed: int,
    permutations: int,
) -> Exchange | None:
    """Exchange centers over the patients of slides, and of their tiles in the set.

    Parameters
    ----------
    patient, known : (n,) codes
        Of the slides; ``known`` is the center of each.
    near
        Of each slide: how many of its tiles have their nearest reference tile on each slide of the
        set.
    own
        Of each slide: slides of the set that are its own or its patient's.
    set_centers : (m,) codes
        The center of each slide of the set; of one at two centers there are two.
    permutations
        Exchanges at most.

    Returns
    -------
    Exchange or None
        None if a patient, or what the set has of one, is of two centers, or if all are of one.
    """
    from scipy import sparse

    unit = _units(patient, own)
    n_units, n_set = int(unit.max()) + 1, len(set_centers)
    center = np.full(n_units, -1)
    center[unit] = known
    of_set = np.full(n_set, -1)  # the unit that each slide of the set moves with; -1: it stays
    for i, slides in enumerate(own):
        of_set[list(slides)] = unit[i]
    moves = of_set >= 0
    if (center[unit] != known).any() or (set_centers[moves] != center[of_set[moves]]).any():
        return None
    rows, columns, counts = (
        np.array([entry[at] for entry in _entries(near)], np.intp) for at in range(3)
    )
    table = sparse.csr_matrix((counts.astype(np.float32), (rows, columns)), (len(near), n_set))
    n_centers = int(max(set_centers.max(), known.max())) + 1

    def shares(labels: NDArray[np.intp]) -> NDArray[np.float64]:
        """Share of slides at their own center, of each labeling (e, units) of the patients."""
        of_each = np.broadcast_to(set_centers, (len(labels), n_set)).copy()
        of_each[:, moves] = labels[:, of_set[moves]]
        hot = (of_each.T[:, :, None] == np.arange(n_centers)).reshape(n_set, -1)
        placed = np.asarray(table @ hot.astype(np.float32)).reshape(len(near), -1, n_centers)
        at: Codes = placed.argmax(axis=2)
        found: NDArray[np.float64] = (at == labels[:, unit].T).mean(axis=0)
        return found

    # A patient of whom the set has tiles changes places with such a one: then there are as many in
    # the set of each center as before.
    in_set = np.zeros(n_units, np.bool_)
    in_set[of_set[moves]] = True
    parts = [np.flatnonzero(in_set), np.flatnonzero(~in_set)]
    if all(len(np.unique(center[part])) < 2 for part in parts):
        return None
    work = max(table.nnz, 1) * n_centers
    n = int(min(permutations, max(FEWEST, MOST_WORK // work)))
    rng = np.random.default_rng(seed)
    drawn = []
    for start in range(0, n, _AT_ONCE):
        labels = np.tile(center, (min(_AT_ONCE, n - start), 1))
        for part in parts:
            labels[:, part] = rng.permuted(labels[:, part], axis=1)
        drawn.append(shares(labels))
    found = np.concatenate(drawn)
    seen = shares(center[None])[0]
    as_many = int(np.count_nonzero(found >= seen - 1e-9))
    too_few = too_few_ways(center, parts)
    return Exchange(float(found.mean()), None if too_few else (1 + as_many) / (1 + n))


def too_few_ways(center: Codes, parts: Sequence[Codes]) -> bool:
    """Whether centers (n,) can be exchanged within each part in too few ways for a small p.

    Other than of neighbors, centers that change their names throughout do not give the same share
    again: tiles lie where they lie. So the smallest p is one over the ways.
    """
    found = Units(np.arange(len(center)), center.astype(np.intp), [*parts])
    return 1 / found.exchanges > ALPHA


def _entries(near: Sequence[Mapping[int, int]]) -> list[tuple[int, int, int]]:
    return [(i, there, count) for i, each in enumerate(near) for there, count in each.items()]


def _units(patient: Codes, own: Sequence[Sequence[int]]) -> Codes:
    """Patients as codes, those that share a slide of the set joined."""
    unit = patient.copy()
    first: dict[int, int] = {}
    for i, slides in enumerate(own):
        for slide in slides:
            other = first.setdefault(slide, i)
            if unit[other] != unit[i]:
                unit[unit == unit[i]] = unit[other]
    return np.unique(unit, return_inverse=True)[1].ravel().astype(np.intp)
