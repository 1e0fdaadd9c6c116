"""Do two encoders differ? Paired over the slides that both were measured on."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.measurement.results import (
    Deletions,
    ReferenceMeasurement,
    Resamples,
    RobustnessIndex,
)
from pathgui.core.metrics.jackknife import Units, interval, t_p, t_quantile
from pathgui.core.metrics.letters import holm, letters
from pathgui.core.metrics.permutation import normal_p

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
    z: float | None  # over its standard error: a t value, or in older records a normal z
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

    The same slides are left out of each, so the difference without a slide is the difference of
    the two indices without it, and its standard error follows as that of any number
    (:mod:`pathgui.core.metrics.jackknife`). p is that of Student's t, at least 1e-16, corrected
    after Holm for the number of pairs. A difference that is the same without each of g slides has
    no t; its p is 2^(1 - g), as of g slides that all say the same.

    Measurements of earlier versions have replicates of a bootstrap in place of deletions, and are
    compared by those, only among themselves: p is normal, and 1 / (1 + replicates) where all
    replicates agree.
    """
    by_key: dict[str, list[str]] = {}
    left_out = []
    for name, measured in measurements.items():
        basis = measured.deletions or measured.resamples
        if basis is None or not isinstance(measured.robustness_index, RobustnessIndex):
            left_out.append(name)
        else:
            by_key.setdefault(f"{type(basis).__name__} {basis.key}", []).append(name)
    groups = [_compare_group({name: measurements[name] for name in g}) for g in by_key.values()]
    return Comparison(groups, left_out)


def replicates_of(resamples: Resamples) -> NDArray[np.float64]:
    """The replicates of the index, shape (replicates,); NaN where it was not defined."""
    raw = base64.b64decode(resamples.robustness_index)
    return np.frombuffer(raw, "<f4").astype(np.float64)


def indices_without(deletions: Deletions) -> NDArray[np.float64]:
    """The index without each unit, shape (u,); NaN where it was not defined."""
    return np.frombuffer(base64.b64decode(deletions.robustness_index), "<f8")


def _strata(deletions: Deletions) -> NDArray[np.intp]:
    return np.frombuffer(base64.b64decode(deletions.strata), "<i4").astype(np.intp)


@dataclass(frozen=True)
class _Apart:
    """How sure a difference is."""

    low: float | None = None
    high: float | None = None
    t: float | None = None
    p: float | None = None


def _apart(one: ReferenceMeasurement, other: ReferenceMeasurement, difference: float) -> _Apart:
    """Of two measurements of the same key."""
    if one.deletions is not None and other.deletions is not None:
        strata = _strata(one.deletions)
        units = Units(np.zeros(0, np.intp), strata, len(strata))
        without = indices_without(one.deletions) - indices_without(other.deletions)
        bounds = interval(difference, without, units, "any")
        if bounds.low is not None and bounds.high is not None:
            t = difference / ((bounds.high - bounds.low) / 2 / t_quantile(units.df))
            low, high = max(bounds.low, -1.0), min(bounds.high, 1.0)  # as far as it can be
            return _Apart(low, high, t, max(t_p(t, units.df), SMALLEST_P))
        return _Apart(p=_p_if_still(without, difference, 2.0 ** (1 - len(units))))
    assert one.resamples is not None
    assert other.resamples is not None
    apart = replicates_of(one.resamples) - replicates_of(other.resamples)
    defined = apart[np.isfinite(apart)]
    if len(defined) < max(2, len(apart) / 2):
        return _Apart()
    low, high = np.quantile(defined, [0.025, 0.975])
    sd = float(defined.std(ddof=1))
    if sd > SAME:
        z = difference / sd
        return _Apart(float(low), float(high), z, max(normal_p(z), SMALLEST_P))
    p = _p_if_still(apart, difference, 1 / (1 + len(defined)))
    return _Apart(float(low), float(high), None, p)


def _p_if_still(apart: NDArray[np.float64], difference: float, least: float) -> float | None:
    """Where the difference is the same throughout; None where it is not."""
    defined = apart[np.isfinite(apart)]
    if len(defined) < 2 or np.ptp(defined) > SAME:
        return None
    return 1.0 if abs(difference) < SAME else max(least, SMALLEST_P)


def _compare_group(measurements: dict[str, ReferenceMeasurement]) -> ComparedEncoders:
    names = list(measurements)
    values = {}
    for name, measured in measurements.items():
        assert isinstance(measured.robustness_index, RobustnessIndex)
        values[name] = measured.robustness_index.value
    found = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            difference = values[one] - values[other]
            apart = _apart(measurements[one], measurements[other], difference)
            found.append(
                Difference(one, other, difference, apart.low, apart.high, apart.t, apart.p, None)
            )
    tested = [i for i, item in enumerate(found) if item.p is not None]
    corrected = dict(zip(tested, holm([found[i].p or 0.0 for i in tested]), strict=True))
    found = [replace(d, p_holm=corrected.get(i)) for i, d in enumerate(found)]
    differ = np.zeros((len(names), len(names)), bool)
    for item in found:
        if item.p_holm is None:
            continue
        # With many pairs, replicates are too few for a p that is below the level after Holm.
        old = measurements[item.one].deletions is None
        constant = old and item.z is None and abs(item.difference) >= SAME
        if constant or item.p_holm < LEVEL:
            pair = names.index(item.one), names.index(item.other)
            differ[pair] = differ[pair[::-1]] = True
    given = letters(differ, [values[name] for name in names])
    return ComparedEncoders(names, dict(zip(names, given, strict=True)), found)
