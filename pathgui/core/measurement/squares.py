"""The index over complete parts of two tissues at two centers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import first_few
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.results import Squares
from pathgui.core.measurement.sample import Material
from pathgui.core.metrics.neighbors import tissue_by_center
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ProgressFn

SQUARE_COST = 2.0  # of one search over all tiles, beyond which squares are not searched


def squares_of(material: Material, report: ProgressFn) -> Squares | NotAssessable:
    """The index over all complete parts of two tissues at two centers."""
    every = tissue_by_center.complete_squares(material.tissue, material.center)
    if not every:
        return NotAssessable(
            material.columns.say(
                say("Not assessable: no two {tissues} are both found at the same two {centers}.")
            )
        )
    chosen = every
    if len(every) > tissue_by_center.MOST_SQUARES:
        rng = np.random.default_rng(material.seed)
        picked = np.sort(rng.choice(len(every), tissue_by_center.MOST_SQUARES, replace=False))
        chosen = [every[i] for i in picked.tolist()]
    rows = tissue_by_center.square_rows(material.tissue, material.center, chosen)
    cost = sum(len(part) ** 2 for part in rows) / len(material) ** 2
    if cost > SQUARE_COST and len(material) > 3000:
        return NotAssessable(
            say(
                "Not computed: the {n_chosen} complete parts of the table would "
                "take {cost:.0f} times as long as everything else.",
                n_chosen=len(chosen),
                cost=cost,
            )
        )
    smallest = min(int(np.median(len(part) - _sizes(material.groups[part]))) for part in rows)
    if smallest < 1:
        return NotAssessable(
            say("Not assessable: a part of the table is from one slide or patient.")
        )
    return _searched(material, rows, min(material.k, smallest), len(every), report)


def _searched(
    material: Material,
    rows: list[NDArray[np.intp]],
    k: int,
    of: int,
    report: ProgressFn,
) -> Squares | NotAssessable:
    found = tissue_by_center.paired(
        material.values, material.tissue, material.center, material.groups, rows, k, report
    )
    if found is None:
        return NotAssessable(say("Not assessable: no part of the table has admissible neighbors."))
    return Squares(
        n_squares=found.n_subsets,
        of=of,
        k=found.k,
        pooled=found.index,
        mean=found.mean_index,
        sd=found.sd_index,
        croma_median=found.croma_median,
        tissue_accuracy=found.tissue_accuracy,
    )


def paired_of(
    material: Material,
    subsets: Mapping[str, NDArray[np.intp]],
    report: ProgressFn,
) -> tuple[Squares | NotAssessable, list[str]]:
    """The index over the subsets that were given (their rows of the input), and notices.

    As PathoROB evaluates TCGA: each subset is searched on its own, and the counts are pooled. k is
    that of all other numbers.
    """
    last = max([0, *(int(given.max(initial=0)) for given in subsets.values())])
    place = np.full(max(last, int(material.rows.max())) + 1, -1)
    place[material.rows] = np.arange(len(material))
    rows, odd = [], []
    for name, given in subsets.items():
        here = place[given]
        here = here[here >= 0].astype(np.intp)
        cells = np.unique(np.stack([material.tissue[here], material.center[here]]), axis=1)
        if cells.shape[1] == 4 and all(len(np.unique(labels)) == 2 for labels in cells):
            rows.append(here)
        else:
            odd.append(name)
    notices, two = [], material.columns.say(say("two {tissues} at two {centers}"))
    if odd:
        notices.append(
            counted(
                len(odd),
                "{n:,} subset left out: it is not {two} ({odd}).",
                "{n:,} subsets left out: they are not {two} ({odd}).",
                two=two,
                odd=first_few(odd, 3),
            )
        )
    if not rows:
        return NotAssessable(say("Not assessable: no subset is {two}.", two=two)), notices
    least = min(int(np.median(len(part) - _sizes(material.groups[part]))) for part in rows)
    if least < 1:
        return NotAssessable(say("Not assessable: a subset is from one slide or patient.")), notices
    if least < material.k:
        notices.append(
            say(
                "The smallest subset allows k = {least}, which is used for all subsets.",
                least=least,
            )
        )
    return _searched(material, rows, min(material.k, least), len(subsets), report), notices


def _sizes(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return sizes[inverse].astype(np.intp)
