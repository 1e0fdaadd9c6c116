"""Is a center effect of known size found again? For the qualification of the program.

The phantom draws the same tissue at centers that differ by a set amount. The bundled color
statistics embed it, and the robustness index is measured. Of 21 further seeds the index was 0.93 to
0.99, 0.60 to 0.91 and 0.20 to 0.53 (``tests/benchmarks/known_effects.py``). The ranges leave room
on either side, since another processor may round otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.phantom.reference import reference_tiles
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.runs.qualification import KnownEffect

ENCODER = "color-statistics"
K = 5
# Size of the effect, and the range of the index.
RANGES: dict[float, tuple[float, float]] = {0.0: (0.9, 1.0), 0.4: (0.55, 0.95), 0.8: (0.15, 0.6)}


def known_effects(seed: int = 0, report: ProgressFn = ignore_progress) -> Iterator[KnownEffect]:
    """Draw, embed and measure each phantom of :data:`RANGES`; a few seconds each."""
    for effect in RANGES:
        yield known_effect(effect, seed, report)


def known_effect(effect: float, seed: int = 0, report: ProgressFn = ignore_progress) -> KnownEffect:
    """The index of a phantom with a center effect of a size that :data:`RANGES` has."""
    low, high = RANGES[effect]
    tiles, labels = reference_tiles(
        effect, n_slides=4, n_tiles=2, size_px=128, seed=seed, report=report
    )
    spec = next(each for each in BUNDLED if each.name == ENCODER)
    embeddings = spec.load("cpu", "fp32")(tiles)
    found = measure(
        embeddings, labels, k=K, shortcut="none", probes=False, geometry=False, report=report
    ).robustness_index
    if not isinstance(found, RobustnessIndex):
        return KnownEffect(effect, None, None, low, high)
    return KnownEffect(effect, found.value, found.null, low, high)
