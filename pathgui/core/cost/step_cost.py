"""How long an encoder takes once its tiles are embedded: measuring, and laying out maps.

The rules say how the time grows; how fast this machine is, earlier runs say (see
:class:`~pathgui.core.cost.rates.Rates`). The constants are those of two slow cores, rounded up:
of 500 to 8,000 tiles of 128 to 1,024 numbers, measuring took 0.5 to 1.2 times what
:func:`measure_rule` says, a map 0.6 to 1.0 times what :func:`map_rule` says. Most of the spread is
the probes, which need more steps the harder the labels are to tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pathgui.core.explore.maps import FEWEST_TILES, MOST_SLIDE_TILES, MOST_TILES
from pathgui.core.measurement.sample import MOST_EXACT, SAMPLED_ANCHORS
from pathgui.core.measurement.shortcut_draws import SweepEffort

Step = Literal["measure", "map"]
StepBasis = Literal["earlier run", "rule of thumb"]

A_CONFOUNDER = 0.1  # of the time without; measured: .96 to 1.10 times (benchmarks/confounders.py)
MOST_TILES_IN_PAIRS = 3_000  # above, pairs of tissues and centers are searched only where cheap


@dataclass(frozen=True)
class StepCost:
    """One step of all encoders."""

    step: Step
    by_encoder: dict[str, float]  # seconds, by name
    basis: StepBasis

    @property
    def seconds(self) -> float:
        """All encoders together."""
        return sum(self.by_encoder.values())


def measure_rule(
    n: int, dim: int, shortcut: SweepEffort, confounders: int = 0, corrections: int = 0
) -> float:
    """Seconds to measure n reference tiles of ``dim`` numbers: neighbors, probes, intervals.

    ``confounders`` are the columns that are measured beside the center, ``corrections`` are tried.

    >>> [round(measure_rule(n, 1024, "quick")) for n in (500, 2_000, 20_000)]
    [5, 10, 47]
    """
    anchors = n if n <= MOST_EXACT else SAMPLED_ANCHORS
    seconds = 3.0 + 3e-3 * min(n, MOST_TILES_IN_PAIRS)
    seconds += 5e-7 * anchors * dim  # probes
    seconds += 6e-11 * anchors * n * dim  # neighbors
    if shortcut == "full":
        seconds += 2.0 + 8e-6 * n * dim
    seconds *= 1 + A_CONFOUNDER * confounders
    if corrections:  # and before any; halves are searched, so a halving costs half a search
        halvings = 10 * 0.5 * 6e-11 * n * n * dim
        seconds += (1 + corrections) * (2.0 + 4e-6 * n * dim + halvings)
    return seconds


def map_rule(n: int, n_slide: int, dim: int) -> float:
    """Seconds to lay out n reference tiles on a map, and place ``n_slide`` tiles on it.

    >>> [round(map_rule(n, 0, 1024)) for n in (5, 500, 5_000, 50_000)]
    [0, 2, 19, 19]
    """
    if n < FEWEST_TILES:
        return 0.0
    n, n_slide = min(n, MOST_TILES), min(n_slide, MOST_SLIDE_TILES)
    return 1.0 + 1.5e-3 * n + 4e-7 * n**2 + 1e-7 * n * dim + 6e-4 * n_slide
