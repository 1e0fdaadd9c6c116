"""Does the interval of a share of slides hold the true share, and is its p what it says?

    python -m tests.benchmarks.over_slides --rounds 1000
    python -m tests.benchmarks.over_slides changes --rounds 1000

Each round draws how many of the slides of each patient are placed at their own center. Patients
differ by a beta distribution whose correlation within a patient is ``rho``. *Coverage*: share of
95 % intervals that hold the true share; *decided*: share of rounds with p of 5 % or less, where
slides are placed without regard to their center. Both with two standard errors.

*Changes*: the mean change of slides that two runs have, as ``pathgui compare`` says it. Of places,
slides are gained and lost; those of one patient change together as ``rho`` says. Of shares that lie
outside, each slide has three tissues in its own mixture, patients differ, and one of three centers
may have few patients and change alone. The true mean of these is that of many more slides.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pathgui.core.measurement import over_slides
from pathgui.core.measurement.over_slides import SlideSeen, share_over_slides
from pathgui.core.measurement.paired_change import change_interval

PERMUTATIONS = 499
CENTERS = ["A", "B", "C"]
MOVES = ((0.02, 0.0), (0.05, 0.05), (0.1, 0.02), (0.3, 0.1), (0.5, 0.0), (0.9, 0.0), (0.3, 0.3))
OUTSIDE = np.array([-4.0, -2.5, -1.0])  # logit of the share of each tissue that lies outside
BY_TISSUE = np.array([1.0, 0.3, -0.2])  # how much of a shift each tissue shows

Draw = Callable[[], tuple[NDArray[np.float64], NDArray[np.intp]]]


def sizes_of(kind: str, patients: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Slides of each patient."""
    if kind == "one":
        return np.ones(patients, np.intp)
    if kind == "one large":  # two thirds of all slides are of one patient
        sizes = rng.integers(1, 4, patients)
        sizes[0] = 4 * patients
        return sizes
    return np.full(patients, 3) if kind == "three" else rng.integers(1, 9, patients)


def placed(
    sizes: NDArray[np.intp], share: float, rho: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Whether each slide is placed at its own center, shape (n,)."""
    if rho == 0:
        chance = np.full(len(sizes), share)
    elif rho == 1:
        chance = rng.binomial(1, share, len(sizes)).astype(float)
    else:
        spread = 1 / rho - 1
        chance = rng.beta(share * spread, (1 - share) * spread, len(sizes))
    return rng.binomial(1, np.repeat(chance, sizes)).astype(np.float64)


def coverage(patients: int, kind: str, share: float, rho: float, rounds: int) -> tuple[float, int]:
    """Share of intervals that hold ``share``, and how many rounds gave one."""
    rng = np.random.default_rng(patients)
    held = given = 0
    for _ in range(rounds):
        sizes = sizes_of(kind, patients, rng)
        found = share_over_slides(
            placed(sizes, share, rho, rng), np.repeat(np.arange(patients), sizes)
        ).interval
        if found.low is not None and found.high is not None:
            given += 1
            held += found.low <= share <= found.high
    return held / max(given, 1), given


def decided(patients: int, kind: str, frequent: float, rounds: int) -> float:
    """How often noise gets a p of 5 % or less; ``frequent`` of the slides are placed at one."""
    rng = np.random.default_rng(patients)
    rest = (1 - frequent) / 2
    small = 0
    for _ in range(rounds):
        sizes = sizes_of(kind, patients, rng)
        center = rng.integers(0, 3, patients)
        favorite = rng.choice(3, patients, p=[frequent, rest, rest])  # slides of a patient alike
        slides = []
        for i in range(patients):
            for _ in range(sizes[i]):
                at = favorite[i] if rng.random() < 0.8 else rng.integers(0, 3)
                slides.append(SlideSeen(f"{i}", CENTERS[center[i]], np.eye(3)[at].tolist()))
        found = over_slides.over_slides("e", slides, CENTERS, int(rng.integers(2**31))).own_center
        assert isinstance(found, over_slides.OwnCenter)
        small += found.p is not None and found.p <= 0.05
    return small / rounds


def gained_and_lost(
    sizes: NDArray[np.intp], gained: float, lost: float, rho: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """What changed of each slide: 1, 0 or -1."""
    chances = [lost, 1 - gained - lost, gained]
    of_patient = np.repeat(rng.choice([-1.0, 0.0, 1.0], len(sizes), p=chances), sizes)
    own = rng.choice([-1.0, 0.0, 1.0], len(of_patient), p=chances)
    return np.where(rng.random(len(own)) < np.sqrt(rho), of_patient, own)


def outside_changes(
    sizes: NDArray[np.intp],
    shifts: NDArray[np.float64],
    spread: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """How much more of each slide lies outside; ``shifts`` (patients,) are of the logit."""
    patient = np.repeat(np.arange(len(sizes)), sizes)
    of_patient = rng.normal(0, spread, len(sizes))
    mixture = rng.dirichlet([0.7] * 3, len(patient))
    base = OUTSIDE + 0.5 * of_patient[patient][:, None] + rng.normal(0, 0.4, (len(patient), 1))
    moved = base + BY_TISSUE * (shifts + of_patient)[patient][:, None]
    change: NDArray[np.float64] = (mixture * (expit(moved) - expit(base))).sum(axis=1)
    return change


def held(true: float, draw: Draw, steps: bool, rounds: int) -> tuple[float, float, float]:
    """Share of intervals that hold ``true``, share of rounds that give one, mean width."""
    widths, holds = [], []
    for _ in range(rounds):
        changes, patient = draw()
        found = change_interval(changes, patient, steps=steps)
        if found.low is not None and found.high is not None:
            widths.append(found.high - found.low)
            holds.append(found.low <= true <= found.high)
    return float(np.mean(holds or [0])), len(holds) / rounds, float(np.mean(widths or [0]))


def changes(rounds: int) -> None:
    """Print coverage of mean changes: of places, then of shares that lie outside."""
    error = 200 * np.sqrt(0.95 * 0.05 / rounds)
    print(f"places, +- {error:.1f} %   given  width   patients  slides each  gained  lost  rho")
    kinds = ("one", "three", "unequal", "one large")
    for patients in (5, 8, 20, 60):
        for kind in kinds:
            for gained, lost in MOVES:
                for rho in (0,) if kind == "one" else (0, 0.5, 1):
                    rng = np.random.default_rng(patients)

                    def draw(
                        kind: str = kind, gained: float = gained, lost: float = lost,
                        rho: float = rho, n: int = patients, rng: np.random.Generator = rng,
                    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:  # fmt: skip
                        sizes = sizes_of(kind, n, rng)
                        changed = gained_and_lost(sizes, gained, lost, rho, rng)
                        return changed, np.repeat(np.arange(n), sizes)

                    share, given, width = held(gained - lost, draw, True, rounds)
                    print(
                        f"{100 * share:6.1f} % {given:16.2f} {width:6.2f} {patients:10} {kind:>12} "
                        f"{gained:7} {lost:5} {rho:4}",
                        flush=True,
                    )
    print(f"outside, +- {error:.1f} %   given  width   patients  slides each  shifts  spread")
    for centers in ((2, 2, 1), (4, 4, 2), (8, 8, 2), (20, 20, 4), (20, 20, 20)):
        for kind in kinds:
            for shifts in ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.0, 0.0, 2.0)):
                for spread in (0.5, 1.0):
                    by_patient = np.repeat(shifts, centers)

                    def draw_outside(
                        rng: np.random.Generator, kind: str = kind,
                        by_patient: NDArray[np.float64] = by_patient, spread: float = spread,
                    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:  # fmt: skip
                        sizes = sizes_of(kind, len(by_patient), rng)
                        changed = outside_changes(sizes, by_patient, spread, rng)
                        return changed, np.repeat(np.arange(len(sizes)), sizes)

                    many = np.random.default_rng(1)
                    drawn = [draw_outside(many)[0] for _ in range(2000)]
                    true = sum(each.sum() for each in drawn) / sum(map(len, drawn))
                    rng = np.random.default_rng(sum(centers))
                    share, given, width = held(
                        float(true), partial(draw_outside, rng), False, rounds
                    )
                    print(
                        f"{100 * share:6.1f} % {given:16.2f} {width:6.3f} {centers!s:>14} "
                        f"{kind:>12} {shifts} {spread:4}",
                        flush=True,
                    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=("shares", "changes"), default="shares")
    parser.add_argument("--rounds", type=int, default=1000)
    given = parser.parse_args()
    rounds = given.rounds
    if given.part == "changes":
        changes(rounds)
        return
    over_slides.PERMUTATIONS = PERMUTATIONS
    error = 2 * np.sqrt(0.95 * 0.05 / rounds)
    print(f"coverage, +- {100 * error:.1f} %   patients  slides each  share  rho   intervals")
    for patients in (5, 8, 20, 60):
        for kind in ("one", "three", "unequal"):
            for share in (0.2, 0.5, 0.8, 0.95):
                for rho in (0,) if kind == "one" else (0, 0.5, 1):
                    held, given = coverage(patients, kind, share, rho, rounds)
                    words = f"{patients:20} {kind:>12} {share:6} {rho:4} {given:11}"
                    print(f"{100 * held:6.1f} %  {words}", flush=True)
    print(f"decided in noise, +- {100 * error:.1f} %   patients  slides each  frequent place")
    for patients in (6, 12, 40):
        for kind in ("one", "three", "unequal"):
            for frequent in (1 / 3, 0.8):
                small = decided(patients, kind, frequent, rounds)
                print(
                    f"{100 * small:6.1f} %  {patients:28} {kind:>12} {frequent:10.2f}", flush=True
                )


if __name__ == "__main__":
    main()
