"""The embeddings of a reference set as files that other programs and pathgui itself read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation, Registry
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.imported.embeddings_columns import ExternalEmbeddings
from pathgui.core.imported.embeddings_writer import write_embeddings
from pathgui.core.language.texts import counted, in_english, say
from pathgui.core.progress import Notice, Part, ProgressFn, during, ignore_progress
from pathgui.core.reference.labels import TextArray
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.record import Evaluation
from pathgui.core.system.devices import resolve_devices


@in_english()
def export_references(
    evaluation: Evaluation,
    known: Registry,
    reference: ReferenceSet,
    folder: Path,
    store: EmbeddingStore | None,
    report: ProgressFn = ignore_progress,
    device: str = "auto",
    names: Pseudonyms | None = None,
) -> list[Path]:
    """Write ``folder/ENCODER.h5`` for each encoder of an evaluation; return the files.

    They hold the embeddings of the tiles of ``reference``, as the evaluation measured them; its
    encoders are looked up among those that are ``known``;
    ``names`` are for :func:`reference_embeddings`, whose errors are raised, and those of
    :func:`~pathgui.core.imported.embeddings_writer.write_embeddings`.
    """
    written = []
    for result in evaluation.run.encoders:
        facts = result.encoder
        embeddings = reference_embeddings(
            reference,
            known.encoder(facts.name),
            store,
            precision=cast("Precision", facts.precision),
            preparation=cast("Preparation", facts.preparation),
            batch_size=facts.batch_size or None,
            device=device,
            report=report,
            names=names,
        )
        written.append(folder / f"{facts.name}.h5")
        write_embeddings(written[-1], embeddings)
    return written


def embed_reference(
    reference: ReferenceSet,
    spec: EncoderSpec,
    store: EmbeddingStore | None,
    *,
    stage: str,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    batch_size: int | None = None,
    device: str = "auto",
    report: ProgressFn = ignore_progress,
) -> Embeddings:
    """The embeddings of all tiles of a reference set, those that were imported included.

    What ``store`` lacks is embedded on ``device``, and kept there. Raises what
    :func:`~pathgui.core.embedding.embed.embed` raises.
    """
    imports = MatchedImports.read([spec], report)
    bound = imports.bind(reference, None, store)
    imports.check(spec.name)
    return embed(
        ReferenceTiles(reference),
        spec,
        device=[each.name for each in resolve_devices(device)],
        precision=precision,
        preparation=preparation,
        batch_size=batch_size,
        store=bound,
        report=during(Part.REFERENCE_SET, report),
        stage=stage,
    )


def reference_embeddings(
    reference: ReferenceSet,
    spec: EncoderSpec,
    store: EmbeddingStore | None,
    *,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    batch_size: int | None = None,
    device: str = "auto",
    report: ProgressFn = ignore_progress,
    names: Pseudonyms | None = None,
) -> ExternalEmbeddings:
    """The embeddings of a reference set with the names, labels and places of its tiles.

    They come from ``store``; what it lacks is embedded on ``device``, and kept there. Tiles that
    cannot be read are left out, and a notice says how many.

    With ``names`` slides and patients bear pseudonyms, and a tile is called by the checksum of its
    picture, by which pathgui finds it in the set again.

    Raises
    ------
    EncoderError, EmbeddingsError
        What :func:`~pathgui.core.embedding.embed.embed` raises.
    Cancelled
        If ``report`` raised it. What was embedded is in the store.
    """
    found = embed_reference(
        reference,
        spec,
        store,
        stage=say("Exporting {spec_title}", spec_title=spec.title),
        precision=precision,
        preparation=preparation,
        batch_size=batch_size,
        device=device,
        report=report,
    )
    kept = np.flatnonzero(found.readable)
    if lost := len(reference) - len(kept):
        report(
            Notice(
                counted(
                    lost,
                    "{n:,} tile of the reference set cannot be read and was left out.",
                    "{n:,} tiles of the reference set cannot be read and were left out.",
                )
            )
        )
    labels = reference.labels.take(kept)
    slide, patient, tiles = labels.slide, labels.patient, reference.tiles
    if names is not None:
        slide = _called(slide, names.slide)
        patient = None if patient is None else _called(patient, names.patient)
        tiles = reference.sha256 or tuple(str(row) for row in range(len(reference)))
    known = {
        "tissue": labels.tissue, "center": labels.center, "slide": slide, "patient": patient,
        "pair": None if names is not None else labels.pair,
    }  # fmt: skip
    places = None if reference.places_l0 is None else reference.places_l0[kept]
    placed = places is not None and bool(np.isfinite(places).all())
    return ExternalEmbeddings(
        found.values[kept],
        "pathgui",
        encoder=spec.name,
        tiles=np.array(tiles, dtype=np.str_)[kept],
        labels={name: texts for name, texts in known.items() if texts is not None},
        coords_l0=np.rint(places).astype(np.int64) if placed else None,  # type: ignore[arg-type]
        edge_um=reference.info.edge_um,
    )


def _called(texts: TextArray, name: Callable[[str], str]) -> TextArray:
    return np.array([name(text) for text in texts.tolist()], dtype=np.str_)
