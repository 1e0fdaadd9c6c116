"""What the slides of a cohort show together: at which center an encoder places each of them.

A slide is *placed* at the center that most of its tiles' nearest reference tiles come from. Slides
of one patient are alike, so patients are what intervals leave out and what chance exchanges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.exchanged_centers import exchange_centers, too_few_ways
from pathgui.core.metrics.jackknife import Units, interval, quotient
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.system.json_records import Member

PERMUTATIONS = 9_999

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class SlideSeen:
    """One slide as one encoder sees it."""

    patient: str  # "": not known; then the slide stands for itself
    center: str | None  # what is known of it
    nearest: Sequence[int]  # tiles whose nearest reference tile is of each center, in their order
    tissue_tiles: int = 0  # whose tissue is known, and
    tissue_right: int = 0  # that the encoder's probe gives it
    alone: bool = False  # the set has its center only from itself or its patient, who never judge
    own: Sequence[int] = ()  # slides of the set that are its own or its patient's: they never judge
    # Tiles whose nearest reference tile lies on each slide of the set; None: not known.
    nearest_slides: Mapping[int, int] | None = None


class ShareOverSlides(Member, frozen=True):
    """A share with its 95 % interval, patients being what varies."""

    value: float
    interval: Interval
    n_slides: int
    n_patients: int


class OwnCenter(Member, frozen=True):
    """How many slides an encoder places at the center that they are of."""

    share: ShareOverSlides
    n_own: int
    # Share, were slides placed as often at each center, but without regard to theirs. Where the set
    # has tiles of their patients: the mean where centers are exchanged over patients, in the set as
    # well; None where they cannot be.
    chance: float | None
    # That so many are by chance; None where centers cannot be exchanged, or in too few ways for a
    # small p. In a run of an earlier version it may be of too few.
    p: float | None
    # Slides judged without tiles of their patients that the set has, for which ``chance`` allows;
    # None in a run of an earlier version, whose chance does not.
    n_judged_without: int | None = None


@dataclass(frozen=True)
class OverSlides:
    """What one encoder says of all slides of a cohort."""

    encoder: str
    known: list[str]  # centers of the slides: rows of ``placed``; those that the set lacks last
    placed: list[list[int]]  # slides of each known center (row) placed at each of the set's centers
    unknown: list[int]  # slides of which no center is known, placed at each of the set's centers
    own_center: OwnCenter | NotAssessable
    tissue: ShareOverSlides | NotAssessable  # mean over slides of the share of tiles that is right
    # Slides whose center the set has only from themselves or their patients. They cannot be placed
    # there, so they are not among those of ``own_center``. 0 in a run of an earlier version.
    alone: int = 0


def placed_at(nearest: Sequence[int]) -> int | None:
    """The center that most nearest reference tiles are of, the first of equals; None without any.

    >>> placed_at([3, 9, 9]), placed_at([0, 0])
    (1, None)
    """
    counts = np.asarray(nearest)
    return int(counts.argmax()) if counts.any() else None


def over_slides(
    encoder: str,
    slides: Sequence[SlideSeen],
    centers: Sequence[str],
    seed: int = 0,
    columns: RoleColumns = USUAL,
    set_centers: Sequence[int] = (),
) -> OverSlides:
    """Put the slides of a cohort together, as one encoder sees them.

    Parameters
    ----------
    slides
        Those that the encoder could judge.
    centers
        Of the reference set, in the order of ``nearest``.
    columns
        That play tissue and center, which sentences name.
    set_centers
        Of each slide of the set that ``own`` and ``nearest_slides`` mean, its center, as an index
        into ``centers``.
    """
    index = {name: i for i, name in enumerate(centers)}
    named = {slide.center for slide in slides if slide.center}
    known = [name for name in centers if name in named] + sorted(named - set(centers))
    row = {name: i for i, name in enumerate(known)}
    placed = np.zeros((len(known), len(centers)), np.intp)
    unknown = np.zeros(len(centers), np.intp)
    comparable: list[_Placed] = []
    alone = 0
    for slide in slides:
        at = placed_at(slide.nearest)
        if at is None:
            continue
        if not slide.center:
            unknown[at] += 1
            continue
        placed[row[slide.center], at] += 1
        if slide.alone:
            alone += 1
        elif slide.center in index:
            unit = _unit(slide, len(comparable))
            comparable.append(_Placed(unit, index[slide.center], at, slide))
    labeled = [
        (_unit(slide, i), slide.tissue_right / slide.tissue_tiles)
        for i, slide in enumerate(slides)
        if slide.tissue_tiles
    ]
    return OverSlides(
        encoder=encoder,
        known=known,
        placed=placed.tolist(),
        unknown=unknown.tolist(),
        own_center=_own_center(comparable, alone, len(centers), seed, columns, set_centers),
        tissue=_tissue(labeled),
        alone=alone,
    )


def _unit(slide: SlideSeen, i: int) -> str:
    return (
        say("patient {patient}", patient=slide.patient) if slide.patient else say("slide {i}", i=i)
    )


@dataclass(frozen=True)
class _Placed:
    """A slide whose center the set has, and where it is placed."""

    patient: str
    known: int
    at: int
    slide: SlideSeen


def _own_center(
    slides: Sequence[_Placed],
    alone: int,
    n_centers: int,
    seed: int,
    columns: RoleColumns,
    set_centers: Sequence[int],
) -> OwnCenter | NotAssessable:
    if not slides and alone:
        return NotAssessable(
            columns.say(
                say(
                    "the reference set has the {center} of each slide only from "
                    "the slide itself or its patient, and these never judge it. "
                    "Add another patient of each {center}"
                )
            )
        )
    if not slides:
        return NotAssessable(
            columns.say(say("no slide is known to be of {a_center} that the reference set has"))
        )
    patient = np.unique([each.patient for each in slides], return_inverse=True)[1].ravel()
    known = np.array([each.known for each in slides])
    at = np.array([each.at for each in slides])
    without = sum(bool(each.slide.own) for each in slides)
    chance: float | None
    if without:
        chance, p = _exchanged_in_the_set(slides, patient, known, set_centers, seed)
    else:
        by_known, by_place = (np.bincount(each, minlength=n_centers) for each in (known, at))
        chance = float(by_known @ by_place / len(slides) ** 2)
        p = _exchanged(patient, known, at, seed)
    return OwnCenter(
        share=share_over_slides((known == at).astype(np.float64), patient),
        n_own=int((known == at).sum()),
        chance=chance,
        p=p,
        n_judged_without=without,
    )


def _exchanged_in_the_set(
    slides: Sequence[_Placed], patient: Codes, known: Codes, set_centers: Sequence[int], seed: int
) -> tuple[float | None, float | None]:
    """Chance and p of slides of some of which the set has tiles that never judge them."""
    near = [each.slide.nearest_slides for each in slides]
    there = [each for each in near if each is not None]
    if len(there) < len(near):
        return None, None
    found = exchange_centers(
        patient, known, there, [each.slide.own for each in slides],
        np.array(set_centers, np.intp), seed, PERMUTATIONS,
    )  # fmt: skip
    return (None, None) if found is None else (found.chance, found.p)


def _exchanged(patient: Codes, known: Codes, at: Codes, seed: int) -> float | None:
    """One-sided p of the number of slides at their own center: centers exchanged over patients."""
    of_patient = np.full(int(patient.max()) + 1, -1)
    of_patient[patient] = known
    if (of_patient[patient] != known).any() or len(np.unique(of_patient)) < 2:
        return None
    if too_few_ways(of_patient, [np.arange(len(of_patient))]):
        return None
    table = np.zeros((len(of_patient), int(max(known.max(), at.max())) + 1))
    np.add.at(table, (patient, at), 1)  # slides of each patient placed at each center
    rng = np.random.default_rng(seed)
    rows = np.arange(len(of_patient))
    seen = table[rows, of_patient].sum()
    drawn = (table[rows, rng.permutation(of_patient)].sum() for _ in range(PERMUTATIONS))
    return (1 + sum(bool(each >= seen) for each in drawn)) / (1 + PERMUTATIONS)


def _tissue(slides: Sequence[tuple[str, float]]) -> ShareOverSlides | NotAssessable:
    """Of slides as (patient, share of its tiles that is right)."""
    if not slides:
        return NotAssessable(say("the tissue of no slide is known"))
    patient = np.unique([each[0] for each in slides], return_inverse=True)[1].ravel()
    return share_over_slides(np.array([each[1] for each in slides]), patient)


def share_over_slides(values: NDArray[np.float64], patient: Codes) -> ShareOverSlides:
    """The mean of ``values`` (n,) of 0 to 1, one a slide, with its interval over patients.

    Its coverage was simulated, see ``tests/benchmarks/over_slides.py``: 92 to 100 %.
    """
    n, n_patients = len(values), int(patient.max()) + 1
    value = float(values.mean())
    sums = np.bincount(patient, weights=values, minlength=n_patients)
    sizes = np.bincount(patient, minlength=n_patients)
    left_out = quotient(values.sum() - sums, (n - sizes).astype(np.float64))
    units = Units(patient, np.zeros(n_patients, np.intp), n_patients)
    bounds = interval(value, left_out, units, "share", bearing=n_patients)
    return ShareOverSlides(value, bounds, n, n_patients)
