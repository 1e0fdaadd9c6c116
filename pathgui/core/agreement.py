"""How far a faster way of embedding moves the embeddings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding import TileSource, embed
from pathgui.core.encoders.registry import Encoder, EncoderSpec, Precision
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.tile_feed import Preparation

GOOD_COSINE = 0.999


@dataclass(frozen=True)
class Agreement:
    """Embeddings of the same tiles, made as asked and made in fp32 with the exact preparation."""

    precision: Precision
    preparation: Preparation
    n_tiles: int
    cosine_min: float
    cosine_mean: float
    # After the mean embedding is taken off both: what is left is what tells tiles apart.
    centered_cosine_min: float
    largest_shift: float  # of a tile, as a share of its distance from the mean embedding

    @property
    def notice(self) -> str:
        """What the user should know; "" where the two agree."""
        if self.cosine_min >= GOOD_COSINE:
            return ""
        return (
            f"In {self.precision} the embeddings differ from those in fp32: cosine "
            f"{self.cosine_min:.4f} at worst, over {self.n_tiles} tiles. Choose precision fp32."
        )


def check_agreement(
    source: TileSource,
    spec: EncoderSpec,
    *,
    device: str = "cpu",
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    n_tiles: int = 64,
    encoder: Encoder | None = None,
    report: ProgressFn = ignore_progress,
) -> Agreement:
    """Embed ``n_tiles`` tiles, spread over the source, both ways and compare.

    ``encoder`` is ``spec.load(device, precision)``, if it was loaded before. Errors are those of
    :func:`pathgui.core.embedding.embed`.
    """
    rows = np.unique(np.linspace(0, len(source) - 1, min(n_tiles, len(source))).astype(np.intp))
    stage = f"Checking {precision} against fp32 with {spec.title}"
    ours = embed(
        source,
        spec,
        device=device,
        precision=precision,
        preparation=preparation,
        rows=rows,
        encoder=encoder,
        report=report,
        stage=stage,
    )
    exact = embed(source, spec, device=device, rows=rows, report=report, stage=stage)
    return compare(
        ours.values[ours.readable],
        exact.values[ours.readable],
        precision=precision,
        preparation=preparation,
    )


def compare(
    ours: NDArray[np.float32],
    exact: NDArray[np.float32],
    *,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
) -> Agreement:
    """Agreement of two arrays of embeddings (n, d), row by row.

    Examples
    --------
    >>> exact = np.array([[1, 0], [0, 1]], np.float32)
    >>> compare(exact * 2, exact).cosine_min
    1.0
    """
    a, b = ours.astype(np.float64), exact.astype(np.float64)
    cosines = _cosines(a, b)
    center = b.mean(axis=0)
    distance = np.linalg.norm(b - center, axis=1)
    shift = np.linalg.norm(a - b, axis=1)
    return Agreement(
        precision,
        preparation,
        len(a),
        float(cosines.min()),
        float(cosines.mean()),
        float(_cosines(a - a.mean(axis=0), b - center).min()),
        float((shift / np.maximum(distance, np.finfo(float).tiny)).max()),
    )


def _cosines(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine of each row; 1 where both are zero, 0 where only one is."""
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    both_zero = ~a.any(axis=1) & ~b.any(axis=1)
    cosines = (a * b).sum(axis=1) / np.where(norms > 0, norms, 1.0)
    return np.where(both_zero, 1.0, np.minimum(cosines, 1.0))
