"""Does the interval of a share of slides hold the true share, and is its p what it says?

    python -m tests.benchmarks.over_slides --rounds 1000

Each round draws how many of the slides of each patient are placed at their own center. Patients
differ by a beta distribution whose correlation within a patient is ``rho``. *Coverage*: share of
95 % intervals that hold the true share; *decided*: share of rounds with p of 5 % or less, where
slides are placed without regard to their center. Both with two standard errors.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from pathgui.core.measurement import over_slides
from pathgui.core.measurement.over_slides import SlideSeen, share_over_slides

PERMUTATIONS = 499
CENTERS = ["A", "B", "C"]


def sizes_of(kind: str, patients: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Slides of each patient."""
    if kind == "one":
        return np.ones(patients, np.intp)
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


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
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
