"""Many comparisons at once: p values corrected for their number, and letters for what is alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for their number after Holm: the family-wise error is held.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(order.tolist()):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = highest
    return corrected


def letters(differ: NDArray[np.bool_], values: Sequence[float]) -> list[str]:
    """Letters for items, such that two items share one exactly if they do not differ.

    ``differ`` (n, n), symmetric. Each letter is one largest set of items of which no two differ;
    "a" holds the highest of ``values``.

    >>> differ = np.array([[False, False, True], [False, False, False], [True, False, False]])
    >>> letters(differ, [0.9, 0.8, 0.5])
    ['a', 'ab', 'b']
    """
    n = len(values)
    cliques: list[frozenset[int]] = []
    alike = [{j for j in range(n) if j != i and not differ[i, j]} for i in range(n)]

    def grow(chosen: frozenset[int], candidates: set[int], done: set[int]) -> None:
        if not candidates and not done:
            cliques.append(chosen)
            return
        # Each largest set has the pivot or an item that differs from it (Tomita et al. 2006);
        # without it, n items that are all alike would take 2^n steps.
        pivot = max(sorted(candidates | done), key=lambda item: len(candidates & alike[item]))
        for item in sorted(candidates - alike[pivot]):
            grow(chosen | {item}, candidates & alike[item], done & alike[item])
            candidates = candidates - {item}
            done = done | {item}

    grow(frozenset(), set(range(n)), set())
    cliques.sort(key=lambda clique: sorted(-values[item] for item in clique))
    names = [_letter(number) for number in range(len(cliques))]
    return [
        "".join(name for name, clique in zip(names, cliques, strict=True) if item in clique)
        for item in range(n)
    ]


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"({number + 1})"
