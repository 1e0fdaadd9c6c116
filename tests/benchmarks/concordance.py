"""Does the interval of the concordance of paired tiles hold the true mean?

    python -m tests.benchmarks.concordance --rounds 300

Each round draws the cosine of every two slides of a piece of tissue: a mean of ½, an effect of the
piece, one of each of the two slides, and one of the pair alone. Printed is the share of rounds in
which the 95 % interval holds ½, of slides that differ in scanner, in stain, and in both.
"""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import combinations

import numpy as np

from pathgui.core.measurement.concordance import Told, concordances
from pathgui.core.metrics.paired_tiles import MatchedTiles, PairScores

# Pieces, scanners, stains; spread of pieces, slides and pairs.
DESIGNS = (
    (6, 2, 2, 0.05, 0.03, 0.03), (12, 2, 2, 0.05, 0.03, 0.03), (12, 2, 2, 0.0, 0.05, 0.0),
    (30, 2, 2, 0.05, 0.03, 0.03), (1, 5, 4, 0.0, 0.05, 0.02), (1, 3, 2, 0.0, 0.05, 0.02),
    (1, 5, 4, 0.0, 0.0, 0.05), (3, 3, 2, 0.0, 0.05, 0.02), (3, 3, 2, 0.05, 0.05, 0.02),
)  # fmt: skip
_ALL = np.full(4, 0.5)
_ROWS = np.arange(10)


def coverage(design: tuple[int, int, int, float, float, float], rounds: int) -> dict[str, float]:
    """The share of intervals that hold ½, by what slides differ in."""
    pieces, scanners, stains, of_piece, of_slide, of_pair = design
    rng = np.random.default_rng(0)
    held, there = Counter[str](), Counter[str]()
    for _ in range(rounds):
        matched, scores = [], []
        told: dict[str, dict[int, str]] = {"scanner": {}, "stain": {}}
        for piece in range(pieces):
            middle = 0.5 + of_piece * rng.standard_normal()
            slides = [piece * scanners * stains + i for i in range(scanners * stains)]
            effect = of_slide * rng.standard_normal(len(slides))
            for i, slide in enumerate(slides):
                told["scanner"][slide], told["stain"][slide] = map(str, divmod(i, stains))
            for one, other in combinations(range(len(slides)), 2):
                cosine = middle + effect[one] + effect[other] + of_pair * rng.standard_normal()
                matched.append(MatchedTiles((slides[one], slides[other]), _ROWS, _ROWS))
                scores.append(PairScores(cosine, 0.1, _ALL))
        for found in concordances(matched, scores, Told(told)):
            bounds = found.cosine.interval
            if bounds.low is not None and bounds.high is not None:
                there[" and ".join(found.differ)] += 1
                held[" and ".join(found.differ)] += bounds.low <= 0.5 <= bounds.high
    return {name: held[name] / there[name] for name in there}


def main() -> None:
    """Print the coverage of each design."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    for design in DESIGNS:
        found = coverage(design, rounds)
        print(design, {name: round(share, 3) for name, share in found.items()}, flush=True)


if __name__ == "__main__":
    main()
