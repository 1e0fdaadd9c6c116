"""Camelyon17-WILDS becomes a set, from Parquet and from the folder of its authors."""

from __future__ import annotations

import csv

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from tests.published import picture, wilds_columns, write_parquet, write_pictures


def imported(tmp_path):
    found, where = read_tiles([tmp_path / "wilds"])
    return import_tiles(found, where, tmp_path / "made.pgref")


def test_patient_slide_center_and_label_are_taken(tmp_path):
    write_parquet(
        tmp_path / "wilds" / "a.parquet", [picture(i) for i in range(16)], wilds_columns(16)
    )
    made = imported(tmp_path)
    assert made.refused == ()
    labels = made.reference.labels
    assert made.reference.tissues == ["normal", "tumor"]
    assert made.reference.centers == ["center 0", "center 1"]
    assert set(labels.patient) == {"patient 4", "patient 20"}
    assert set(labels.slide) == {"slide 0", "slide 1", "slide 10", "slide 11"}
    assert made.reference.info.edge_um == 8.0
    assert "1 µm per pixel is supposed" in made.reference.info.description


def test_names_of_labels_in_the_file_count(tmp_path):
    write_parquet(
        tmp_path / "wilds" / "a.parquet",
        [picture(i) for i in range(8)],
        wilds_columns(8),
        classes={"label": ["benign", "metastasis"]},
    )
    assert imported(tmp_path).reference.tissues == ["benign", "metastasis"]


def test_the_folder_of_the_authors_is_read(tmp_path):
    columns = wilds_columns(8)
    columns["tumor"] = columns.pop("label")
    del columns["image_id"]
    columns["split"] = [0] * 8
    rows = list(zip(*columns.values(), strict=True))
    at = dict(zip(columns, range(len(columns)), strict=True))
    names = []
    for row in rows:
        patient, node = f"{row[at['patient']]:03d}", row[at["node"]]
        place = f"x_{row[at['x_coord']]}_y_{row[at['y_coord']]}"
        names.append(f"patches/patient_{patient}_node_{node}/patch_patient_{patient}_node_{node}_"
                     f"{place}.png")  # fmt: skip
    write_pictures(tmp_path / "wilds", names[:-1])
    with (tmp_path / "wilds" / "metadata.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["", *columns])
        writer.writerows([i, *row] for i, row in enumerate(rows))
    found, where = read_tiles([tmp_path / "wilds"])
    made = import_tiles(found, where, tmp_path / "made.pgref", allow_missing=True)
    assert len(made.reference) == 7
    (refused,) = made.refused
    assert refused.row == 8
    assert "does not exist" in refused.reason
    assert made.reference.tissues == ["normal", "tumor"]


def test_a_column_that_is_missing_is_named(tmp_path):
    columns = wilds_columns(8)
    del columns["slide"]
    write_parquet(tmp_path / "wilds" / "a.parquet", [picture(i) for i in range(8)], columns)
    with pytest.raises(ReferenceSetError, match="lacks the column slide of Camelyon17-WILDS"):
        imported(tmp_path)
