"""Whether the intervals and tests of a classifier's errors by center keep their word.

Centers have few slides with unequally many tiles, and slides differ in their error rate (beta
binomial, by the correlation rho within a slide). For each design: how often the 95 % interval of
one center's rate holds the true rate, and how often any of four equal centers is called different
at .05 after the correction. With the Monte Carlo error of each share.

    python -m tests.benchmarks.classifier --rounds 1000
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from pathgui.core.classifier.by_center import errors_by_center, rate_interval
from pathgui.core.classifier.results import CenterTest

CENTERS = 4
PERMUTATIONS = 199
SLIDES = (5, 8, 20, 40)
TILES = ("20", "1 to 60")
RATES = (0.05, 0.2, 0.4)
RHO = (0.05, 0.3)


def drawn(
    slides: int, tiles: str, rate: float, rho: float, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Wrong or not of each tile, and its slide."""
    sizes = np.full(slides, 20)
    if tiles != "20":
        sizes = np.exp(rng.uniform(0, np.log(61), slides)).astype(int)
    spread = 1 / rho - 1
    chance = rng.beta(rate * spread, (1 - rate) * spread, slides)
    slide = np.repeat(np.arange(slides), sizes)
    return rng.random(len(slide)) < chance[slide], slide.astype(np.intp)


def covered(
    slides: int, tiles: str, rate: float, rho: float, rounds: int, seed: int
) -> tuple[float, float]:
    """Share of rounds whose interval holds the rate, and its median width.

    Rounds without an interval (all slides alike) are drawn again.
    """
    rng = np.random.default_rng(seed)
    held = 0
    widths: list[float] = []
    while len(widths) < rounds:
        found = rate_interval(*drawn(slides, tiles, rate, rho, rng))
        if found.low is None or found.high is None:
            continue
        held += found.low <= rate <= found.high
        widths.append(found.high - found.low)
    return held / rounds, float(np.median(widths))


def called_different(
    slides: int, tiles: str, rate: float, rho: float, rounds: int, seed: int
) -> float:
    """Share of rounds in which one of equal centers is called different."""
    rng = np.random.default_rng(seed)
    called = 0
    for number in range(rounds):
        parts = [drawn(slides, tiles, rate, rho, rng) for _ in range(CENTERS)]
        wrong = np.concatenate([part[0] for part in parts])
        center = np.repeat(np.arange(CENTERS), [len(part[0]) for part in parts])
        slide = np.concatenate([part[1] + at * slides for at, part in enumerate(parts)])
        names = [str(at) for at in range(CENTERS)]
        found = errors_by_center(
            wrong, np.zeros_like(slide), center, slide, names, number, PERMUTATIONS
        )
        called += any(isinstance(e.test, CenterTest) and e.test.differs for e in found.centers)
    return called / rounds


def error_of(share: float, rounds: int) -> float:
    """Monte Carlo error of a share."""
    return float(np.sqrt(share * (1 - share) / rounds))


def main() -> None:
    """Print a table of both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--tests", type=int, default=200, help="rounds of the tests of centers")
    asked = parser.parse_args()
    print("| slides | tiles a slide | error rate | rho | held | median width | called different |")
    print("|---|---|---|---|---|---|---|")
    for slides in SLIDES:
        for tiles in TILES:
            for rate in RATES:
                for rho in RHO:
                    design = (slides, tiles, rate, rho)
                    held, width = covered(*design, asked.rounds, 1)
                    called = called_different(*design, asked.tests, 2)
                    print(
                        f"| {slides} | {tiles} | {rate} | {rho} | {held:.3f} "
                        f"± {error_of(held, asked.rounds):.3f} | {width:.2f} | {called:.3f} "
                        f"± {error_of(called, asked.tests):.3f} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
