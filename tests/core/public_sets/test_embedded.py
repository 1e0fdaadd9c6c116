"""Embeddings without pictures become a set that is measured by these embeddings alone."""

from __future__ import annotations

import csv
import zipfile

import h5py
import numpy as np
import pytest

from pathgui.core.appraisal.appraisal import appraise
from pathgui.core.appraisal.near_copies import find_near_copies
from pathgui.core.appraisal.pictures import write_pictures
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import EmbeddingsError, ReferenceSetError
from pathgui.core.evaluation.evaluate import evaluate
from pathgui.core.imported.anndata_file import write_anndata
from pathgui.core.imported.as_encoders import import_embeddings
from pathgui.core.imported.matching import read_external
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layout import Wishes
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.reference.manifest import TooManyRefused
from pathgui.core.reference.reference_pack import pack_reference
from pathgui.core.reference.reference_set import ReferenceTiles, load_reference
from pathgui.core.runs.options import new_settings
from pathgui.core.runs.request import EvaluationRequest
from tests.known import encoder

SLIDES = [(f"S{i}", "AB"[i % 2], f"P{i // 2}") for i in range(12)]


def write_table(path, rows, headings=("slide_id", "center", "tissue", "patient_id", "scanner")):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def labels_of_slides(path):
    rows = [(slide, center, "tn"[i // 2 % 2], patient, f"scanner {center}")
            for i, (slide, center, patient) in enumerate(SLIDES)]  # fmt: skip
    return write_table(path, rows)


def vector(number):
    return np.random.default_rng(number).normal(size=16).astype(np.float32)


def write_trident(folder, tiles=3, of_slide=False):
    folder.mkdir()
    for number, (slide, _, _) in enumerate(SLIDES):
        values = np.stack([vector(100 * number + tile) for tile in range(tiles)])
        with h5py.File(folder / f"{slide}.h5", "w") as file:
            features = file.create_dataset("features", data=values[0] if of_slide else values)
            features.attrs["encoder"] = "titan" if of_slide else "uni_v2"
            if not of_slide:
                places = np.stack([np.arange(tiles) * 512, np.zeros(tiles)], axis=1)
                coords = file.create_dataset("coords", data=places.astype(np.int64))
                coords.attrs["patch_size_level0"] = 512
                coords.attrs["patch_size"] = 256
                coords.attrs["target_magnification"] = 20
    return folder


def imported(tmp_path, *paths, wishes=Wishes(), **options):
    found, where = read_tiles(list(paths), wishes=wishes)
    return import_tiles(found, where, tmp_path / "made.pgref", **options)


def test_tridents_features_with_labels_of_slides_are_a_set(tmp_path):
    folder = write_trident(tmp_path / "features_uni_v2")
    made = imported(tmp_path, folder, labels_of_slides(tmp_path / "labels.csv"))
    reference = made.reference
    assert len(reference) == 36
    assert reference.centers == ["A", "B"]
    assert reference.tiles[:2] == ("S0 0 0", "S0 512 0")
    assert reference.places_l0[1].tolist() == [512, 0]
    assert reference.info.edge_um == 128.0
    assert set(reference.labels.patient) == {f"P{i}" for i in range(6)}
    (kept,) = reference.info.embeddings
    assert (kept.encoder, kept.dim) == ("uni_v2", 16)
    stored = np.load(reference.folder / kept.file)
    row = reference.tiles.index("S3 512 0")
    assert (stored[row] == vector(301)).all()
    assert not (reference.folder / "images").exists()
    assert reference.further.column("scanner").to_pylist()[0] == "scanner A"


def test_its_embeddings_are_an_encoder_and_others_are_told_why_not(tmp_path):
    folder = write_trident(tmp_path / "features")
    reference = imported(tmp_path, folder, labels_of_slides(tmp_path / "l.csv")).reference
    assert load_reference(reference.folder).info == reference.info
    known = Registry()
    spec = import_embeddings(known, [reference.folder], tmp_path / "imports")
    assert spec.dim == 16
    request = EvaluationRequest(
        reference.place, (spec, encoder("color-statistics")),
        settings=new_settings(shortcut="none", maps=False, device="cpu"),
    )  # fmt: skip
    run = evaluate(request).run
    (result,), (failure,) = run.encoders, run.failures
    assert result.encoder.name == spec.name
    assert result.reference.robustness_index.value is not None
    assert "holds embeddings of uni_v2 and no pictures" in failure.reason
    with pytest.raises(ReferenceSetError, match="no pictures"):
        ReferenceTiles(reference).read(0, 224)


def test_one_vector_a_slide_is_a_set_whose_tiles_are_slides(tmp_path):
    folder = write_trident(tmp_path / "slide_features_titan", of_slide=True)
    made = imported(tmp_path, folder, labels_of_slides(tmp_path / "labels.csv"))
    reference = made.reference
    assert sorted(reference.tiles) == sorted(slide for slide, _, _ in SLIDES)
    assert "each slide is its own tile" in reference.info.description
    groups = reference.labels.groups
    assert len(set(groups.tolist())) == 6  # a patient's slides never judge each other


def test_anndata_with_its_own_labels_needs_no_table(tmp_path):
    obs = {"slide_id": [s for s, _, _ in SLIDES], "center": [c for _, c, _ in SLIDES],
           "tissue": ["tn"[i // 2 % 2] for i in range(12)]}  # fmt: skip
    values = np.stack([vector(i) for i in range(12)])
    names = [f"tile {i}" for i in range(12)]
    two = {"uni": values, "gigapath": values * 2}
    write_anndata(tmp_path / "a.h5ad", obs, names, obsm=two)
    with pytest.raises(EmbeddingsError, match="--array"):
        imported(tmp_path, tmp_path / "a.h5ad")
    made = imported(tmp_path, tmp_path / "a.h5ad", wishes=Wishes(array="gigapath", encoder="GP"))
    assert made.reference.tiles == tuple(names)
    (kept,) = made.reference.info.embeddings
    assert kept.encoder == "GP"
    assert np.allclose(np.load(made.reference.folder / kept.file), values * 2)


@pytest.mark.parametrize("ending", [".npy", ".pt"])
def test_a_bare_matrix_is_taken_only_where_the_user_says_that_the_order_is_the_same(
    tmp_path, ending
):
    import torch

    values = np.stack([vector(i) for i in range(12)])
    path = tmp_path / f"m{ending}"
    if ending == ".npy":
        np.save(path, values)
    else:
        torch.save(torch.from_numpy(values), path)
    table = labels_of_slides(tmp_path / "labels.csv")
    with pytest.raises(EmbeddingsError):
        imported(tmp_path, path, table)
    made = imported(tmp_path, path, table, wishes=Wishes(same_order=True))
    (kept,) = made.reference.info.embeddings
    assert np.allclose(np.load(made.reference.folder / kept.file), values)
    assert "was said by the user" in made.reference.info.description


def test_what_is_broken_is_refused_at_its_row(tmp_path):
    rows = [(f"S{i}", "AB"[i % 2], "tn"[i // 2 % 2], f"t{i}") for i in range(40)]
    rows[3] = ("S3", "", "t", "t3")
    values = np.stack([vector(i) for i in range(40)])
    values[5, 2] = np.nan
    np.savez(tmp_path / "e.npz", embeddings=values, tile=[f"t{i}" for i in range(40)])
    table = write_table(tmp_path / "l.csv", rows, ("slide_id", "center", "tissue", "tile"))
    made = imported(tmp_path, tmp_path / "e.npz", table)
    assert [(each.row, each.reason) for each in made.refused] == [
        (4, "no center"),
        (6, "the embedding of t5 is not finite"),
    ]
    (kept,) = made.reference.info.embeddings
    assert np.isfinite(np.load(made.reference.folder / kept.file)).all()


def test_a_damaged_file_of_a_slide_is_no_silent_loss(tmp_path):
    folder = write_trident(tmp_path / "features")
    path = folder / "S4.h5"
    path.write_bytes(path.read_bytes()[:900])
    table = labels_of_slides(tmp_path / "labels.csv")
    options = {"wishes": Wishes(allow_missing=True), "allow_missing": True}
    with pytest.raises(EmbeddingsError, match="have no embedding"):
        imported(tmp_path, folder, table)
    with pytest.raises(TooManyRefused, match=r"S4\.h5 is damaged"):
        imported(tmp_path, folder, table, wishes=options["wishes"])
    assert len(imported(tmp_path, folder, table, **options).reference) == 33


def test_embeddings_of_a_set_that_were_exchanged_are_not_read(tmp_path):
    folder = write_trident(tmp_path / "features")
    reference = imported(tmp_path, folder, labels_of_slides(tmp_path / "l.csv")).reference
    path = reference.folder / reference.info.embeddings[0].file
    assert len(read_external(path)) == 36
    np.save(path, np.zeros((36, 16), np.float32))
    with pytest.raises(EmbeddingsError, match="is not the file that the reference set"):
        read_external(path)


def test_several_tables_or_files_are_to_be_told_apart(tmp_path):
    folder = write_trident(tmp_path / "features")
    one, other = (labels_of_slides(tmp_path / f"{name}.csv") for name in "ab")
    with pytest.raises(ReferenceSetError, match=r"several tables: a\.csv, b\.csv"):
        imported(tmp_path, folder, one, other)
    np.save(tmp_path / "m.npy", np.zeros((2, 2)))
    with pytest.raises(ReferenceSetError, match="several files of embeddings"):
        imported(tmp_path, folder, tmp_path / "m.npy", one)


@pytest.mark.parametrize("pseudonymous", [False, True])
def test_such_a_set_is_packed_with_its_embeddings(tmp_path, pseudonymous):
    folder = write_trident(tmp_path / "features")
    reference = imported(tmp_path, folder, labels_of_slides(tmp_path / "l.csv")).reference
    packed = pack_reference(reference, tmp_path / "set.zip", pseudonymous=pseudonymous)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "there")
    again = load_reference(tmp_path / "there" / "made.pgref")
    path = again.folder / again.info.embeddings[0].file
    found = read_external(path)
    assert (
        found.values == read_external(reference.folder / again.info.embeddings[0].file).values
    ).all()
    assert len(set(again.tiles)) == 36
    assert (again.tiles == reference.tiles) is not pseudonymous
    assert ("S0" in again.labels.slide) is not pseudonymous


def test_a_check_of_such_a_set_compares_no_pictures_and_says_so(tmp_path):
    folder = write_trident(tmp_path / "features")
    reference = imported(tmp_path, folder, labels_of_slides(tmp_path / "l.csv")).reference
    values = read_external(reference.folder / reference.info.embeddings[0].file).values
    assert find_near_copies(reference, values, np.arange(36)).looked_at == 0
    found = appraise(reference)
    with pytest.raises(ReferenceSetError, match="no pictures"):
        write_pictures(reference, found, tmp_path / "pictures")
