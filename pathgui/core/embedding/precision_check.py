"""How far a faster way of embedding moves the embeddings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress

GOOD_COSINE = 0.999
USABLE_COSINE = 0.995  # below it, what is measured is not the encoder any more


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
        return say(
            "{how} the embeddings differ from those in fp32: cosine "
            "{cosine_min:.4f} at worst, over {n_tiles} tiles. {advice}",
            how=self.how,
            cosine_min=self.cosine_min,
            n_tiles=self.n_tiles,
            advice=self.advice,
        )

    @property
    def how(self) -> str:
        """The way that was compared: "In bf16", "With the fast preparation"."""
        if self.precision == "fp32":
            return say("With the fast preparation") if self.preparation == "fast" else "Here"
        fast = say(" with the fast preparation") if self.preparation == "fast" else ""
        return say("In {precision}{fast}", precision=self.precision, fast=fast)

    @property
    def advice(self) -> str:
        """What to do where the two do not agree."""
        if self.precision != "fp32":
            return say("Choose precision fp32.")
        return say("Choose the exact preparation.")


def check_agreement(
    source: TileSource,
    spec: EncoderSpec,
    *,
    device: str = "cpu",
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    n_tiles: int = 64,
    known: tuple[NDArray[np.float32], NDArray[np.intp]] | None = None,
    again: bool = False,
    store: EmbeddingStore | None = None,
    threads: int | None = None,
    report: ProgressFn = ignore_progress,
) -> Agreement:
    """Embed ``n_tiles`` tiles, spread over the source, both ways and compare.

    ``known`` are embeddings (m, d) made as asked and their rows (m,) of the source, if they are
    there already; the tiles are then drawn from these. ``again``: they are compared with the same
    way on this device, not with the exact one. In ``store`` the others are kept, so that
    a second check costs nothing. Errors are those of
    :func:`pathgui.core.embedding.embed.embed`.
    """
    among = np.arange(len(source), dtype=np.intp) if known is None else known[1]
    drawn = np.unique(np.linspace(0, len(among) - 1, min(n_tiles, len(among))).astype(np.intp))
    rows = among[drawn]
    stage = say(
        "Checking {precision} against fp32 with {spec_title}",
        precision=precision,
        spec_title=spec.title,
    )

    def made(precision: Precision, preparation: Preparation) -> Embeddings:
        return embed(
            source,
            spec,
            device=device,
            precision=precision,
            preparation=preparation,
            rows=rows,
            store=store,
            threads=threads,
            report=report,
            stage=stage,
        )

    if known is None:
        found = made(precision, preparation)
        ours, readable = found.values, found.readable
    else:
        ours, readable = known[0][drawn], np.ones(len(drawn), np.bool_)
    exact = made(precision, preparation) if again else made("fp32", "exact")
    readable = readable & exact.readable
    return compare(
        ours[readable], exact.values[readable], precision=precision, preparation=preparation
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
