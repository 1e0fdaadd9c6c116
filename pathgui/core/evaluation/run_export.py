"""A finished run as files for other programs: tables, QuPath, pictures, AnnData."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import RecordError
from pathgui.core.evaluation.measure_again import require_same_slide
from pathgui.core.evaluation.trident_export import slide_embeddings
from pathgui.core.imported.anndata_file import Column, write_anndata
from pathgui.core.language.texts import in_english, say
from pathgui.core.pictures.layer_export import (
    ExportError,
    regions_geojson,
    write_geojson,
    write_ome_tiff,
    writing,
)
from pathgui.core.pictures.palette import PALETTES
from pathgui.core.pictures.tile_layer import OverlayLayer
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.results.export_choice import REGIONS, FileFormat, RunExport
from pathgui.core.results.tile_layers import KIND_NAMES, TileLayers
from pathgui.core.runs.record import Evaluation, Run, SlideFacts, tile_rows
from pathgui.core.runs.run_table import write_run_table
from pathgui.core.slides.slide import Slide
from pathgui.core.system.files import write_file
from pathgui.version import __version__

MAP_PREFIX = "X_tsne_"  # of the encoder's name, in obsm


@in_english()
def export_run(
    evaluation: Evaluation,
    wanted: RunExport,
    path: Path,
    *,
    slide: Slide | None = None,
    store: EmbeddingStore | None = None,
    known: Registry | None = None,
    device: str = "auto",
    report: ProgressFn = ignore_progress,
) -> None:
    """Write a file of a run.

    Parameters
    ----------
    evaluation
        As :func:`~pathgui.core.runs.run_files.load_evaluation` reads it.
    path
        Is replaced if it is there.
    slide
        The run's slide, open. An ``.h5ad`` then holds the embeddings of its tiles, from
        ``store``, or embedded on ``device`` where the store lacks them.
    known
        The encoders among which those of the run are looked up; None: pathgui's own.

    Raises
    ------
    RecordError
        If the run has no tiles, not that encoder, or ``slide`` is another one.
    ExportError, EmbeddingsError
        If the run has not that layer, or the file cannot be written.
    """
    run = evaluation.run
    if slide is not None:
        require_same_slide(run, slide)
    if wanted.encoder:
        _require_encoder(run, wanted.encoder)
    if wanted.format in ("csv", "parquet") and not wanted.tiles:
        write_run_table(run, path, encoder=wanted.encoder)
        return
    facts = _require_slide(run)
    if wanted.format in ("csv", "parquet"):
        _write_table(_tile_table(evaluation, wanted.encoder), path, wanted.format)
    elif wanted.format == "h5ad":
        known = known or standard_encoders()
        _write_h5ad(evaluation, wanted.encoder, path, slide, store, known, device, report)
    elif wanted.layer == REGIONS:
        if not run.settings.region_l0:
            raise ExportError(say("The run is of the whole slide: it has no regions."))
        regions_geojson(path, run.settings.region_l0, scanned_part(facts, slide))
    else:
        layers = TileLayers.of(evaluation)
        assert layers is not None  # the run has a slide
        layer = layer_of(run, layers, wanted)
        bounds = scanned_part(facts, slide)
        if wanted.format == "geojson":
            numbers, words = layers.measurements(layer.encoder), layers.remarks(layer.encoder)
            write_geojson(path, layer, bounds, numbers, words)
        else:
            write_ome_tiff(path, layer, facts.size_l0, bounds, facts.mpp, report=report)


def scanned_part(facts: SlideFacts, slide: Slide | None) -> tuple[int, int, int, int]:
    """x, y, width and height of what was scanned, from whose corner QuPath counts.

    Runs of earlier versions do not say it. Their tiles begin at its corner: where that is the
    corner of the slide, all of the slide counts as scanned.

    Raises
    ------
    ExportError
        If it is not known.
    """
    if slide is not None:
        return slide.bounds_l0
    if facts.bounds_l0 is not None:
        return facts.bounds_l0
    if facts.tile_origin_l0 == (0, 0):
        return (0, 0, *facts.size_l0)
    raise ExportError(
        say(
            "This run was made by an earlier version, which did not keep where "
            "on the slide the scanned part begins. Name the slide with --slide."
        )
    )


def _require_slide(run: Run) -> SlideFacts:
    if run.slide is None:
        raise RecordError(
            say(
                "This run is of the reference set alone, so it has no tiles to "
                "export. Its numbers can be exported as csv or parquet."
            )
        )
    return run.slide


def _require_encoder(run: Run, name: str) -> None:
    names = [result.encoder.name for result in run.encoders]
    if name not in names:
        raise RecordError(
            say(
                "The run has no encoder {name}. It has {names}.",
                name=name,
                names=", ".join(names) or say("none"),
            )
        )


def layer_of(run: Run, layers: TileLayers, wanted: RunExport) -> OverlayLayer:
    """The layer that was asked for, as the window shows it unless it is told otherwise.

    Raises
    ------
    RecordError, ExportError
        If the run has several encoders and none was named, or has not that layer.
    """
    names = [name for name, _ in layers.encoders]
    if not wanted.encoder and len(names) != 1:
        raise RecordError(
            say(
                "A layer is of one encoder. Name it with --encoder: {names}.",
                names=", ".join(names) or say("none"),
            )
        )
    name = wanted.encoder or names[0]
    layer = layers.layer(name, wanted.layer)
    if layer is None:
        there = [kind for kind in KIND_NAMES if layers.layer(name, kind) is not None]
        needs = say(
            " It needs the slide's {of_center}, given before the run.",
            of_center=layers.called.of_center,
        )
        raise ExportError(
            say(
                "The run has no layer {layer} of {name}; it has {there}.{needs}",
                layer=wanted.layer,
                name=name,
                there=", ".join(there),
                needs=needs if wanted.layer == "agreement" else "",
            )
        )
    return layer if layer.colors else replace(layer, colors=PALETTES["viridis"])


def _tile_table(evaluation: Evaluation, encoder: str) -> pa.Table:
    """``tiles.parquet`` of a run: one row a tile; of one encoder, or of all."""
    assert evaluation.tiles is not None  # the run has a slide
    table = tile_rows(evaluation.run, evaluation.tiles)
    names = sorted((each.encoder.name for each in evaluation.run.encoders), key=len, reverse=True)

    def wanted(column: str) -> bool:
        # The longest first: "uni.2.tissue" is not of "uni".
        owner = next((name for name in names if column.startswith(f"{name}.")), encoder)
        return owner == encoder

    return table.select([name for name in table.column_names if wanted(name)]) if encoder else table


def _write_table(table: pa.Table, path: Path, form: FileFormat) -> None:
    sink = io.BytesIO()
    if form == "parquet":
        pq.write_table(table, sink)
    else:
        pa_csv.write_csv(_flat(table), sink)
    with writing(path):
        write_file(path, sink.getvalue())


def _flat(table: pa.Table) -> pa.Table:
    """Without the lists of neighbors, which a cell of a spreadsheet cannot hold."""
    fields = [field for field in table.schema if not pa.types.is_fixed_size_list(field.type)]
    plain = [
        pa.field(field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type)
        for field in fields
    ]
    return table.select([field.name for field in fields]).cast(pa.schema(plain))


def _write_h5ad(
    evaluation: Evaluation,
    encoder: str,
    path: Path,
    slide: Slide | None,
    store: EmbeddingStore | None,
    known: Registry,
    device: str,
    report: ProgressFn,
) -> None:
    """The readable tiles: what is said of them in ``obs``, their maps and embeddings."""
    run, tiles = evaluation.run, evaluation.tiles
    facts = _require_slide(run)
    assert tiles is not None
    names = [each.encoder.name for each in run.encoders if encoder in ("", each.encoder.name)]
    kept = np.flatnonzero(tiles.readable)
    if not len(kept):
        raise ExportError(say("No tile of the slide could be read, so there is none to export."))
    table = _flat(_tile_table(evaluation, encoder)).drop_columns(["readable"]).take(kept)
    name_of_slide = PurePath(facts.file_name).stem  # as in files of TRIDENT's layout
    obs: dict[str, Column] = {
        "slide_id": [name_of_slide] * len(kept),
        **{name: [given] * len(kept) for name, given in _given(facts).items()},
        **{name: _column(table.column(name)) for name in table.column_names},
    }
    corners = np.column_stack([table.column(name).to_numpy() for name in ("x_l0", "y_l0")])
    obsm: dict[str, NDArray[Any]] = {"spatial": corners}
    for name in names:
        if name in evaluation.maps:
            placed = np.full((len(tiles.cells), 2), np.nan, np.float32)
            laid = evaluation.maps[name]
            placed[laid.slide_rows] = laid.slide_positions
            obsm[f"{MAP_PREFIX}{name}"] = placed[kept]
    embedded: dict[str, NDArray[np.float32]] = {}
    if slide is not None:
        for result, values in slide_embeddings(
            evaluation, known, slide, store, report, device, encoders=names
        ):
            embedded[result.encoder.name] = values.values[kept]
    x = next(iter(embedded.values())) if len(embedded) == 1 else None
    write_anndata(
        path,
        obs,
        [f"{name_of_slide}_x{left}_y{top}" for left, top in corners.tolist()],
        x=x,
        obsm=obsm | ({} if x is not None else embedded),
        uns={"pathgui": _about(run, facts)},
    )


def _given(facts: SlideFacts) -> dict[str, str]:
    """What was given of the slide, under the names of columns of labels."""
    given = {"tissue": facts.given_tissue, "center": facts.given_center}
    return {name: label for name, label in given.items() if label is not None}


def _about(run: Run, facts: SlideFacts) -> Mapping[str, Any]:
    return {
        "pathgui": __version__,
        "run": run.id,
        "reference_set": say(
            "{reference_name}, version {version}",
            reference_name=run.reference.name,
            version=run.reference.version,
        ),
        "mpp_l0": facts.mpp,
        "tile_size_l0": facts.tile_size_l0,
        "tile_edge_um": facts.tile_edge_um,
        "weights_sha256": {each.encoder.name: each.encoder.weights_sha256 for each in run.encoders},
    }


def _column(column: pa.ChunkedArray) -> Column:
    if pa.types.is_string(column.type):
        texts: list[str | None] = column.to_pylist()
        return texts
    return np.asarray(column.to_numpy())
