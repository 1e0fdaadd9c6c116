"""Embeddings that are made up, and their labels."""

from __future__ import annotations

import numpy as np

TISSUE = ["tumor"] * 24 + ["normal"] * 24
CENTER = (["A"] * 12 + ["B"] * 12) * 2
SLIDE = [f"s{tile // 4}" for tile in range(48)]
LABELS = {"tissue": TISSUE, "center": CENTER, "slide": SLIDE}


def embeddings(seed: int = 0) -> np.ndarray:
    """48 tiles of 12 slides; tissue and center each have a direction of their own."""
    values = np.random.default_rng(seed).normal(size=(48, 5)) / 2
    values[:, 0] += np.array(TISSUE) == "tumor"
    values[:, 1] += np.array(CENTER) == "A"
    return values
