"""A slide's embeddings of a finished evaluation, as TRIDENT lays them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import cast

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation, Registry
from pathgui.core.errors import EmbeddingsError, EncoderError
from pathgui.core.evaluation.tile_request import TileRequest
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.imported.matching import write_trident
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import Part, ProgressFn, during, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import EncoderResult, Evaluation, SlideFacts
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid, rows_in
from pathgui.core.system.devices import resolve_devices


@in_english()
def export_trident(
    evaluation: Evaluation,
    known: Registry,
    slide: Slide,
    reference: ReferenceSet,
    folder: Path,
    store: EmbeddingStore,
    report: ProgressFn = ignore_progress,
    device: str = "auto",
) -> list[Path]:
    """Write ``folder/ENCODER/SLIDE.h5`` for each encoder of the evaluation; return the files.

    The embeddings come from ``store``; what it no longer has is embedded again, as in the
    evaluation, on ``device``. Tiles that could not be read are left out.

    Raises
    ------
    EmbeddingsError
        If the evaluation was made without a slide, or a file cannot be written.
    """
    facts, grid = _slide_of(evaluation)
    name = PurePath(facts.file_name).stem  # a pseudonym, unless the run keeps names
    written = []
    for result, embedded in slide_embeddings(
        evaluation, known, slide, store, report, device, reference=reference
    ):
        kept = embedded.readable
        path = folder / result.encoder.name / f"{name}.h5"
        write_trident(
            path,
            embedded.values[kept],
            replace(grid, cells=grid.cells[kept]),
            slide_name=name,
            size_l0=slide.size_l0,
            encoder=result.encoder.name,
            patch_px=result.encoder.input_px,
            objective=slide.objective,
        )
        written.append(path)
    return written


def slide_embeddings(
    evaluation: Evaluation,
    known: Registry,
    slide: Slide,
    store: EmbeddingStore | None,
    report: ProgressFn = ignore_progress,
    device: str = "auto",
    *,
    reference: ReferenceSet | None = None,
    encoders: Sequence[str] | None = None,
) -> Iterator[tuple[EncoderResult, Embeddings]]:
    """The embeddings of a run's tiles, in their order, encoder by encoder.

    They come from ``store``; what it no longer has is embedded again, as in the run.

    Parameters
    ----------
    known
        The encoders among which those of the run are looked up.
    slide
        The one of the run.
    reference
        The set of the run, if it is at hand: imported embeddings are then matched with it too.
    encoders
        Names of those that are wanted; by default all of the run.

    Raises
    ------
    EmbeddingsError
        If the run is of no slide.
    EncoderError
        If an encoder is unknown now, or has other weights than in the run.
    """
    facts, grid = _slide_of(evaluation)
    run = evaluation.run
    results = [each for each in run.encoders if encoders is None or each.encoder.name in encoders]
    specs = [known.encoder(result.encoder.name) for result in results]
    for spec, result in zip(specs, results, strict=True):
        _require_same_weights(spec, result)
    imports = MatchedImports.read(specs, report)
    edge_um = run.reference.edge_um
    whole = grid
    if edge_um is not None and len(grid) < facts.tiles_tissue:
        asked = TileRequest(edge_um, tuple(specs), run.settings)
        whole = asked.whole(slide, imports, report).grid
    try:
        rows = rows_in(grid, whole)
    except ValueError as error:
        raise EmbeddingsError(
            say(
                "The tiles of the run are not among those found on {path_name} "
                "now: {error}. Evaluate the slide again.",
                path_name=slide.path.name,
                error=error,
            )
        ) from error
    source = SlideTiles(slide, whole, edge_um)
    bound = imports.bind(reference, source, store)
    devices = [each.name for each in resolve_devices(device)]
    for spec, result in zip(specs, results, strict=True):
        imports.check(spec.name)
        yield (
            result,
            embed(
                source,
                spec,
                device=devices,
                precision=cast("Precision", result.encoder.precision),
                preparation=cast("Preparation", result.encoder.preparation),
                batch_size=result.encoder.slide_batch_size,
                store=bound,
                rows=rows,
                report=during(Part.SLIDE, report),
                stage=say("Exporting {spec_title}", spec_title=spec.title),
            ),
        )


def _slide_of(evaluation: Evaluation) -> tuple[SlideFacts, TileGrid]:
    facts, tiles = evaluation.run.slide, evaluation.tiles
    if facts is None or tiles is None:
        raise EmbeddingsError(
            say("This run has no slide, so there are no embeddings of one to export.")
        )
    return facts, TileGrid(
        cells=tiles.cells,
        shape=facts.lattice,
        size_l0=facts.tile_size_l0,
        stride_l0=facts.tile_stride_l0,
        origin_l0=facts.tile_origin_l0,
        mpp_l0=facts.mpp,
    )


def _require_same_weights(spec: EncoderSpec, result: EncoderResult) -> None:
    """Other weights would give embeddings that are not those of the run."""
    state = spec.readiness()
    if state.ready and state.weights_sha256 != result.encoder.weights_sha256:
        raise EncoderError(
            say(
                "{spec_title} has other weights now than in the run, so its "
                "embeddings would be others. Choose the weights of the run, or "
                "evaluate again.",
                spec_title=spec.title,
            )
        )
