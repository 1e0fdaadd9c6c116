"""Do two encoders differ? Paired over the slides that both were measured on."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics.intervals import holm, letters, percentile_interval
from pathgui.core.metrics.permutation import normal_p
from pathgui.core.metrics.results import ReferenceMeasurement, Resamples, RobustnessIndex

LEVEL = 0.05  # of the differences that separate letters, after Holm
SMALLEST_P = 1e-16  # farther out than a normal tail says anything; 0 would be a certainty
SAME = 1e-9  # of indices and of the spread of a difference: rounding


@dataclass(frozen=True)
class Difference:
    """The Robustness Index of one encoder less that of the other."""

    one: str
    other: str
    difference: float
    low: float | None  # 95 % interval of this difference alone
    high: float | None
    z: float | None
    p: float | None
    p_holm: float | None  # corrected for the number of pairs; never 0


@dataclass(frozen=True)
class ComparedEncoders:
    """Encoders that were measured on the same tiles, and how they differ."""

    encoders: list[str]
    letters: dict[str, str]  # encoders that share a letter do not differ
    differences: list[Difference]


@dataclass(frozen=True)
class Comparison:
    """All encoders of a run. More than one group: they were not measured on the same tiles."""

    groups: list[ComparedEncoders]
    left_out: list[str]  # no index
    level: float = LEVEL


def compare(measurements: Mapping[str, ReferenceMeasurement]) -> Comparison:
    """Compare the Robustness Indices of encoders, by name.

    The same draws of slides were made for each (same seed, same tiles), so the replicates of a
    difference are the differences of the replicates. p is that of the difference over their
    standard deviation, at least 1e-16, corrected after Holm for the number of pairs. A difference
    that is the same in every replicate has no z; its p is 1 / (1 + replicates), and the encoders
    share no letter.
    """
    by_key: dict[str, list[str]] = {}
    left_out = []
    for name, measured in measurements.items():
        if measured.resamples is None or not isinstance(measured.robustness_index, RobustnessIndex):
            left_out.append(name)
        else:
            by_key.setdefault(measured.resamples.key, []).append(name)
    groups = [_compare_group({name: measurements[name] for name in g}) for g in by_key.values()]
    return Comparison(groups, left_out)


def replicates_of(resamples: Resamples) -> NDArray[np.float64]:
    """The replicates of the index, shape (replicates,); NaN where it was not defined."""
    raw = base64.b64decode(resamples.robustness_index)
    return np.frombuffer(raw, "<f4").astype(np.float64)


def _compare_group(measurements: dict[str, ReferenceMeasurement]) -> ComparedEncoders:
    names = list(measurements)
    values = {}
    drawn = {}
    for name, measured in measurements.items():
        assert isinstance(measured.robustness_index, RobustnessIndex)
        assert measured.resamples is not None
        values[name] = measured.robustness_index.value
        drawn[name] = replicates_of(measured.resamples)
    found = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            apart = drawn[one] - drawn[other]
            difference = values[one] - values[other]
            bounds = percentile_interval(apart)
            z = p = None
            defined = apart[np.isfinite(apart)]
            if len(defined) > 1:
                sd = float(defined.std(ddof=1))
                if sd > SAME:
                    z = difference / sd
                    p = max(normal_p(z), SMALLEST_P)
                elif abs(difference) < SAME:
                    p = 1.0  # the same numbers throughout, as from copies
                else:
                    p = 1 / (1 + len(defined))
            low, high = bounds if bounds else (None, None)
            found.append(Difference(one, other, difference, low, high, z, p, None))
    tested = [i for i, item in enumerate(found) if item.p is not None]
    corrected = dict(zip(tested, holm([found[i].p or 0.0 for i in tested]), strict=True))
    found = [
        Difference(d.one, d.other, d.difference, d.low, d.high, d.z, d.p, corrected.get(i))
        for i, d in enumerate(found)
    ]
    differ = np.zeros((len(names), len(names)), bool)
    for item in found:
        if item.p_holm is None:
            continue
        # With many pairs, replicates are too few for a p that is below the level after Holm.
        constant = item.z is None and abs(item.difference) >= SAME
        if constant or item.p_holm < LEVEL:
            pair = names.index(item.one), names.index(item.other)
            differ[pair] = differ[pair[::-1]] = True
    given = letters(differ, [values[name] for name in names])
    return ComparedEncoders(names, dict(zip(names, given, strict=True)), found)
