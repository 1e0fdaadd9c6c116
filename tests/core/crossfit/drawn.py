"""Made-up reference sets for corrections: tissues, centers, slides of one tissue, balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from pathgui.core.reference.labels import TileLabels


def drawn(
    tissue_effect: float = 0.7,
    center_effect: float = 0.7,
    slides: Any = 4,
    tiles: int = 4,
    n: int = 3,
    d: int = 24,
    seed: int = 0,
    slide_effect: float = 0.3,
    effects_seed: int | None = None,
) -> tuple[Any, TileLabels]:
    """Embeddings (float32) and labels; ``slides`` a cell, or a table of them (tissues, centers).

    With ``effects_seed`` other seeds draw other slides of the same tissues and centers.
    """
    rng = np.random.default_rng(seed)
    table = np.broadcast_to(slides, (n, n))
    tissue, center = (np.repeat(side.ravel(), table.ravel()) for side in np.indices((n, n)))
    slide = np.repeat(np.arange(len(tissue)), tiles)
    fixed = rng if effects_seed is None else np.random.default_rng(effects_seed)
    effects = (
        tissue_effect * fixed.standard_normal((n, d)),
        center_effect * fixed.standard_normal((n, d)),
        slide_effect * rng.standard_normal((len(tissue), d)),
    )
    values = effects[0][tissue][slide] + effects[1][center][slide] + effects[2][slide]
    values += rng.standard_normal(values.shape)
    return values.astype(np.float32), TileLabels(
        np.char.add("tissue ", tissue[slide].astype(str)),
        np.char.add("center ", center[slide].astype(str)),
        np.char.add("slide ", slide.astype(str)),
    )
