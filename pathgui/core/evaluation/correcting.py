"""Corrections tried on the embeddings that encoders give a reference set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import to_builtins
from numpy.typing import NDArray

from pathgui.core.corrections.correction_file import FORMAT, CorrectionHead
from pathgui.core.corrections.fitted import Fitted
from pathgui.core.corrections.registry import (
    CORRECTIONS,
    TILE_CORRECTIONS,
    Correction,
    TileCorrection,
    correction,
)
from pathgui.core.crossfit.cross_fit import HALVINGS, cross_fit
from pathgui.core.crossfit.material import Tiles, tiles_of
from pathgui.core.crossfit.results import Corrections
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation
from pathgui.core.errors import CorrectionError
from pathgui.core.evaluation.reference_export import embed_reference
from pathgui.core.language.texts import in_english, say
from pathgui.core.measurement.measure import find_k
from pathgui.core.metrics.neighbors.shared_k import KVote, SharedK, share_k
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Part, ProgressFn, during, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.version import __version__


def chosen_corrections(names: Sequence[str]) -> tuple[Correction, ...]:
    """Corrections of embeddings by name, each once; all there are where none is named.

    Those of tiles are left out: see :func:`chosen_recolorings`.

    Raises
    ------
    CorrectionError
        If one is unknown, or is named twice.
    """
    if not names:
        return CORRECTIONS
    of_tiles = chosen_recolorings(names)
    for name in names:
        if list(names).count(name) > 1:
            raise CorrectionError(
                say('The correction "{name}" is named twice. Name it once.', name=name)
            )
    return tuple(correction(name) for name in names if name not in {e.name for e in of_tiles})


def how_many(names: Sequence[str]) -> int:
    """Corrections of embeddings that are tried where these are asked for; none where none are."""
    return len(chosen_corrections(names)) if names else 0


def chosen_recolorings(names: Sequence[str]) -> tuple[TileCorrection, ...]:
    """Corrections of tiles among those that are named; none by default, as they cost much."""
    return tuple(each for each in TILE_CORRECTIONS if each.name in names)


@dataclass(frozen=True)
class EmbeddedSet:
    """What one encoder makes of the tiles of a reference set that can be read."""

    spec: EncoderSpec
    values: NDArray[np.floating[Any]]
    labels: TileLabels
    rows: NDArray[np.intp]  # of these tiles in the set


def embedded_set(
    reference: ReferenceSet,
    spec: EncoderSpec,
    store: EmbeddingStore | None,
    *,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    batch_size: int | None = None,
    device: str = "auto",
    report: ProgressFn = ignore_progress,
) -> EmbeddedSet:
    """The embeddings of a reference set: what ``store`` lacks is embedded, and kept there.

    Raises what :func:`~pathgui.core.embedding.embed.embed` raises.
    """
    found = embed_reference(
        reference,
        spec,
        store,
        stage=say("Embedding reference set with {spec_title}", spec_title=spec.title),
        precision=precision,
        preparation=preparation,
        batch_size=batch_size,
        device=device,
        report=report,
    )
    kept = np.flatnonzero(found.readable)
    return EmbeddedSet(spec, found.values[kept], reference.labels.take(kept), kept)


def shared_k_of(
    sets: Sequence[EmbeddedSet], seed: int, report: ProgressFn = ignore_progress
) -> SharedK:
    """The one k of several encoders, as an evaluation chooses it."""
    votes = []
    for each in sets:
        found = find_k(each.values, each.labels, seed=seed, report=report)
        spec = each.spec
        votes.append(KVote(spec.name, found.own_k, found.least_k, found.most_k, spec.control))
    return share_k(votes)


def fit_correction(
    embedded: EmbeddedSet, chosen: Correction, reference: ReferenceSet, found: Corrections
) -> tuple[Fitted, CorrectionHead]:
    """A correction fitted on all slides that ``found`` rests on, and what its file says of it.

    Raises
    ------
    CorrectionError
        If it cannot be fitted.
    """
    tiles = tiles_of(embedded.values, embedded.labels)
    if isinstance(tiles, NotAssessable):
        raise CorrectionError(tiles.reason)
    centers = tiles.centers[tiles.center]
    fitted = chosen.fit(tiles.values, centers, tiles.tissues[tiles.tissue])
    return fitted, head_of(embedded, chosen, reference, found, tiles)


def head_of(
    embedded: EmbeddedSet,
    chosen: Correction | TileCorrection,
    reference: ReferenceSet,
    found: Corrections,
    tiles: Tiles,
    target: str = "",
) -> CorrectionHead:
    """What the file of a correction says of it; ``target``: center whose colors tiles get."""
    spec, info = embedded.spec, reference.info
    effects = [effect for effect in found.effects if effect.name == chosen.name]
    return CorrectionHead(
        format=FORMAT,
        method=chosen.name,
        pathgui=__version__,
        encoder=spec.name,
        pooling=spec.pooling,
        dim=spec.dim,
        weights_sha256=spec.readiness().weights_sha256,
        reference=info.name,
        reference_version=info.version,
        reference_sha256=info.tiles_sha256,
        n_tiles=len(tiles),
        centers=tiles.centers.tolist(),
        target=target,
        effect=to_builtins(effects[0]) if effects else {},
    )


@in_english()
def try_corrections(
    embedded: EmbeddedSet,
    corrections: Sequence[Correction],
    k: int,
    *,
    halvings: int = HALVINGS,
    seed: int = 0,
    device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> Corrections | NotAssessable:
    """:func:`~pathgui.core.crossfit.cross_fit.cross_fit` on what an encoder made of a set."""
    return cross_fit(
        embedded.values,
        embedded.labels,
        corrections,
        k,
        halvings=halvings,
        seed=seed,
        device=device,
        report=during(Part.MEASURING, report),
    )
