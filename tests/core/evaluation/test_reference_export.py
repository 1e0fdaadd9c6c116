"""Embeddings of a reference set leave as files and come back as an encoder with equal numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.evaluation.reference_export import export_references, reference_embeddings
from pathgui.core.imported.embeddings_writer import write_embeddings
from pathgui.core.imported.readers import read_file
from pathgui.core.progress import Cancelled, Notice, Progress
from pathgui.core.reference.pseudonyms import Pseudonyms
from tests.asking import ask, evaluate
from tests.known import encoder, import_embeddings, registry
from tests.material import make_reference

CONTROL = "color-statistics"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("set"))


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


def embeddings(reference, store, **options):
    return reference_embeddings(reference, encoder(CONTROL), store, device="cpu", **options)


def test_exported_and_imported_as_encoders_they_measure_the_same(reference, store, tmp_path):
    names = Pseudonyms(b"key", reference.info.tiles_sha256)
    found, pseudonymous = (embeddings(reference, store, names=each) for each in (None, names))
    imported = []
    for suffix in (".h5", ".npz", ".parquet", ".h5ad"):
        write_embeddings(tmp_path / f"named{suffix}", found)
        write_embeddings(tmp_path / f"bare{suffix}", pseudonymous)
        for path in (tmp_path / f"named{suffix}", tmp_path / f"bare{suffix}"):
            imported.append(import_embeddings([path], tmp_path / "imports", title=path.name).name)
    run = evaluate(
        ask(reference, (CONTROL, *imported), k=5, shortcut="none", maps=False, device="cpu"),
        store=store,
    ).run
    assert not run.failures
    assert [each.encoder.name for each in run.encoders] == [CONTROL, *imported]
    first = run.encoders[0].reference
    for other in run.encoders[1:]:
        assert other.reference.robustness_index == first.robustness_index
        assert other.reference.counts == first.counts
        assert other.reference.probe == first.probe


def test_what_is_kept_is_taken_and_what_is_missing_is_embedded_and_kept(reference, store):
    events = []
    first = embeddings(reference, store, report=events.append)
    assert any(isinstance(each, Progress) and "Exporting" in each.stage for each in events)
    (entry,) = store.entries()
    assert entry.done == len(reference)
    again = embeddings(reference, store)
    assert len(store.entries()) == 1
    np.testing.assert_array_equal(first.values, again.values)
    assert first.tiles.tolist() == list(reference.tiles)
    assert first.labels["center"].tolist() == reference.labels.center.tolist()
    assert first.edge_um == reference.info.edge_um


def test_it_ends_when_it_is_cancelled(reference, store):
    def stop(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        embeddings(reference, store, report=stop)


def test_with_pseudonyms_nothing_names_a_slide_a_patient_or_a_file(reference, store):
    names = Pseudonyms(b"key", reference.info.tiles_sha256)
    found = embeddings(reference, store, names=names)
    assert found.tiles.tolist() == list(reference.sha256)
    told = {*found.labels["slide"].tolist(), *found.labels["patient"].tolist()}
    assert told.isdisjoint(set(reference.labels.slide) | set(reference.labels.patient))
    assert len(set(found.labels["slide"])) == len(set(reference.labels.slide))


def test_a_tile_that_cannot_be_read_is_left_out_and_said(tmp_path, store):
    damaged = make_reference(tmp_path / "set")
    (damaged.folder / damaged.files[3]).unlink()
    events = []
    found = embeddings(damaged, store, report=events.append)
    assert len(found) == len(damaged) - 1
    assert damaged.tiles[3] not in found.tiles
    assert Notice("1 tile of the reference set cannot be read and was left out.") in events


def test_an_evaluation_gives_a_file_for_each_encoder(reference, store, tmp_path):
    request = ask(reference, (CONTROL, "shell"), k=5, shortcut="none", maps=False, device="cpu")
    evaluation = evaluate(request, store=store)
    before = {entry.digest: entry.done for entry in store.entries()}
    paths = export_references(
        evaluation, registry, reference, tmp_path / "out", store, device="cpu"
    )
    assert [path.name for path in paths] == [f"{CONTROL}.h5", "shell.h5"]
    assert {entry.digest: entry.done for entry in store.entries()} == before
    for path, result in zip(paths, evaluation.run.encoders, strict=True):
        assert read_file(path).values.shape == (len(reference), result.encoder.dim)
