"""Importing labeled tiles."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pathgui.core.errors import ReferenceSetError, UnreadableRegionError
from pathgui.core.progress import Cancelled, Notice
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceTiles, load_reference
from tests.shared_data import shared

Rows = list[dict[str, str]]


def make_rows(folder: Path, n: int = 8, side: int = 32) -> Rows:
    """``n`` different pictures and their manifest rows: two tissues at two centers."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        Image.fromarray(rng.integers(0, 255, (side, side, 3), dtype=np.uint8)).save(
            folder / f"tile{i}.png"
        )
        rows.append(
            {
                "path": f"tile{i}.png",
                "slide_id": f"00{i // 2}",
                "center": "AB"[i // (n // 2)],
                "tissue": "tumor" if i % 2 else "stroma",
                "mpp": "0.5",
            }
        )
    return rows


def write_manifest(folder: Path, rows: Rows) -> Path:
    path = folder / "manifest.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_clean_manifest_is_taken_whole_and_reads_back(tmp_path):
    manifest = write_manifest(tmp_path, make_rows(tmp_path))
    built = build_reference(manifest, tmp_path / "m.pgref")
    reference = load_reference(tmp_path / "m.pgref")
    assert built.refused == ()
    assert reference.info.name == "m"
    assert reference.info.edge_um == 16.0
    assert reference.tissues == ["stroma", "tumor"]
    assert reference.centers == ["A", "B"]
    assert reference.labels.slide.tolist() == [
        "000",
        "000",
        "001",
        "001",
        "002",
        "002",
        "003",
        "003",
    ]
    assert reference.labels.patient is None
    assert reference.table().tolist() == [[2, 2], [2, 2]]
    assert reference.slide_table().tolist() == [[2, 2], [2, 2]]


def test_pictures_are_read_as_they_were(tmp_path):
    manifest = write_manifest(tmp_path, make_rows(tmp_path))
    tiles = ReferenceTiles(build_reference(manifest, tmp_path / "m.pgref").reference)
    with Image.open(tmp_path / "tile3.png") as picture:
        assert np.array_equal(tiles.read(3, 224), np.asarray(picture))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"center": ""}, "no center"),
        ({"tissue": " ", "slide_id": ""}, "no slide_id and no tissue"),
        ({"path": "tile0.png"}, "the same path as in row 1"),
        ({"path": "copy.png"}, "the same picture as in row 1"),
        ({"path": "missing.png"}, "does not exist"),
        ({"path": "text.png"}, "cannot be read as a picture"),
        ({"path": "oblong.png"}, "not square"),
        ({"mpp": "fine"}, "mpp is not a number"),
        ({"mpp": "-1"}, "above 0"),
        ({"mpp": ""}, "no mpp, though other rows have one"),
        ({"mpp": "2.0"}, "while most tiles show 16 µm"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_rest_is_taken(tmp_path, change, reason):
    rows = make_rows(tmp_path, 12)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "copy.png").write_bytes((tmp_path / "tile0.png").read_bytes())
    Image.new("RGB", (32, 40)).save(tmp_path / "oblong.png")
    rows[5].update(change)
    built = build_reference(write_manifest(tmp_path, rows), tmp_path / "m.pgref")
    assert [row.row for row in built.refused] == [6]
    assert reason in built.refused[0].reason
    assert len(built.reference) == 11
    assert built.reference.info.refused == 1


def test_a_slide_at_two_centers_is_refused_whole(tmp_path):
    rows = make_rows(tmp_path)
    rows[1]["center"] = "B"
    built = build_reference(
        write_manifest(tmp_path, rows), tmp_path / "m.pgref", allow_missing=True
    )
    assert [row.row for row in built.refused] == [1, 2]
    assert "several centers: A, B" in built.refused[0].reason


def test_a_slide_of_two_patients_is_refused_whole(tmp_path):
    rows = make_rows(tmp_path)
    for i, row in enumerate(rows):
        row["patient_id"] = f"p{i // 2}"
    rows[7]["patient_id"] = "p9"
    built = build_reference(
        write_manifest(tmp_path, rows), tmp_path / "m.pgref", allow_missing=True
    )
    assert [row.row for row in built.refused] == [7, 8]


def test_tiles_of_one_patient_are_one_group_whatever_their_slide(tmp_path):
    rows = make_rows(tmp_path)
    for i, row in enumerate(rows):
        row["patient_id"] = "" if i < 2 else f"p{i // 4}"
    labels = build_reference(write_manifest(tmp_path, rows), tmp_path / "m.pgref").reference.labels
    groups = labels.groups
    assert len(set(groups[4:8])) == 1
    assert len({groups[0], groups[2], groups[4]}) == 3


def test_without_mpp_the_set_is_taken_and_the_consequence_is_said(tmp_path):
    rows = make_rows(tmp_path)
    for row in rows:
        del row["mpp"]
    events = []
    built = build_reference(
        write_manifest(tmp_path, rows), tmp_path / "m.pgref", report=events.append
    )
    assert built.reference.info.edge_um is None
    assert any("no slide can be evaluated" in e.text for e in events if isinstance(e, Notice))


def test_a_missing_column_is_named(tmp_path):
    rows = [{"path": "a.png", "slide_id": "1", "center": "A"}]
    with pytest.raises(ReferenceSetError, match="lacks the column tissue"):
        build_reference(write_manifest(tmp_path, rows), tmp_path / "m.pgref")


def test_a_manifest_without_a_usable_row_is_an_error_and_leaves_nothing(tmp_path):
    rows = make_rows(tmp_path, 2)
    for row in rows:
        row["path"] = "nowhere/" + row["path"]
    with pytest.raises(ReferenceSetError, match=r"No row .* can be used"):
        build_reference(write_manifest(tmp_path, rows), tmp_path / "m.pgref")
    assert not list(tmp_path.glob("*.pgref*"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"path,slide_id,center,tissue\n"])
def test_a_file_that_is_no_manifest_is_an_error(tmp_path, content):
    path = tmp_path / "manifest.csv"
    path.write_bytes(content)
    with pytest.raises(ReferenceSetError, match=r"manifest\.csv"):
        build_reference(path, tmp_path / "m.pgref")


def test_a_parquet_manifest_with_pathorobs_column_names_is_understood(tmp_path):
    rows = make_rows(tmp_path)
    for row in rows:
        row["biological_class"] = row.pop("tissue")
        row["medical_center"] = row.pop("center")
    table = pa.Table.from_pylist([row | {"mpp": float(row["mpp"])} for row in rows])
    pq.write_table(table, tmp_path / "manifest.parquet")
    built = build_reference(tmp_path / "manifest.parquet", tmp_path / "m.pgref")
    assert len(built.reference) == 8


def test_further_columns_are_kept(tmp_path):
    rows = [row | {"scanner": "S360"} for row in make_rows(tmp_path)]
    build_reference(write_manifest(tmp_path, rows), tmp_path / "m.pgref")
    table = pq.read_table(tmp_path / "m.pgref" / "tiles.parquet")
    assert set(table.column("scanner").to_pylist()) == {"S360"}


def test_cancelling_leaves_the_old_reference_set_in_place(tmp_path):
    manifest = write_manifest(tmp_path, make_rows(tmp_path))
    build_reference(manifest, tmp_path / "m.pgref", name="first")

    def cancel(event: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        build_reference(manifest, tmp_path / "m.pgref", name="second", report=cancel)
    assert load_reference(tmp_path / "m.pgref").info.name == "first"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["m.pgref"]


def test_a_changed_table_is_noticed(tmp_path):
    manifest = write_manifest(tmp_path, make_rows(tmp_path))
    build_reference(manifest, tmp_path / "m.pgref")
    table = tmp_path / "m.pgref" / "tiles.parquet"
    table.write_bytes(table.read_bytes() + b" ")
    with pytest.raises(ReferenceSetError, match="checksum"):
        load_reference(tmp_path / "m.pgref")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format": 1}'])
def test_a_damaged_reference_file_names_the_fault(tmp_path, content):
    manifest = write_manifest(tmp_path, make_rows(tmp_path))
    build_reference(manifest, tmp_path / "m.pgref")
    (tmp_path / "m.pgref" / "reference.json").write_bytes(content)
    with pytest.raises(ReferenceSetError, match=r"reference\.json"):
        load_reference(tmp_path / "m.pgref")


def test_a_folder_that_is_none_says_so(tmp_path):
    with pytest.raises(ReferenceSetError, match="not a reference set"):
        load_reference(tmp_path)
    with pytest.raises(ReferenceSetError, match=r"none\.pgref does not exist"):
        load_reference(tmp_path / "none.pgref")


def test_a_picture_that_went_bad_is_unreadable_and_not_fatal(tmp_path):
    manifest = write_manifest(tmp_path, make_rows(tmp_path))
    reference = build_reference(manifest, tmp_path / "m.pgref").reference
    (reference.folder / reference.files[2]).write_bytes(b"gone bad")
    with pytest.raises(UnreadableRegionError, match=r"000002\.png"):
        ReferenceTiles(reference).read(2, 224)


def test_the_monuseg_tiles_import_without_a_refusal(tmp_path):
    manifest = shared("tiles", "monuseg-tcga", "manifest.csv")
    built = build_reference(manifest, tmp_path / "m.pgref")
    assert built.refused == ()
    assert len(built.reference) == 704
    assert built.reference.info.edge_um == pytest.approx(62.5)
    assert len(np.unique(built.reference.labels.patient)) == 44
