"""Manifests as labs write them, and what of them is taken."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Notice
from pathgui.core.reference.build import BuildResult, build_reference
from pathgui.core.reference.manifest import RefusedRow, TooManyRefused, grouped
from pathgui.core.reference.reference_set import load_reference
from tests.shared_data import shared


def build(manifest: Path, out: Path, **options: bool) -> tuple[BuildResult, str]:
    """The set, and all notices on the way."""
    told: list[str] = []

    def report(event: object) -> None:
        if isinstance(event, Notice):
            told.append(event.text)

    return build_reference(manifest, out, report=report, **options), "\n".join(told)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ok.csv", ""),
        ("german.csv", "semicolons, decimal commas"),
        ("german_cp1252.csv", "semicolons, Windows-1252, decimal commas"),
        ("decimalcomma_quoted.csv", "decimal commas"),
        ("tab.tsv", "tabs"),
        ("utf16.csv", "tabs, UTF-16"),
        ("caps.csv", '"Slide_ID" is slide_id'),
        ("synonyms.csv", '"hospital" is center'),
        ("backslash.csv", "slashes for backslashes"),
        ("nfd.csv", "Universitätsklinikum Köln"),
    ],
)
def test_a_labs_manifest_is_read_whole_and_how_is_said(tmp_path, name, told):
    built, notices = build(shared("faults", "manifests", name), tmp_path / "m.pgref")
    assert (len(built.reference), built.refused) == (96, ())
    assert built.reference.centers == ["C1", "C2", "C3", "Universitätsklinikum Köln"]
    assert built.reference.tissues == ["Stroma", "Tumor"]
    assert built.reference.info.edge_um == 32.0
    assert told in notices
    assert bool(notices) == bool(told)


def test_marks_of_missing_values_are_no_tissue(tmp_path):
    manifest = shared("faults", "manifests", "missing.csv")
    with pytest.raises(TooManyRefused, match=r"17 of the 96 rows.*10 rows: no center"):
        build_reference(manifest, tmp_path / "m.pgref")
    built, _ = build(manifest, tmp_path / "m.pgref", allow_missing=True)
    assert built.reference.tissues == ["Stroma", "Tumor"]
    assert '"NA" stands for a missing value' in " ".join(row.reason for row in built.refused)


HEADER = "path,slide_id,center,tissue,mpp"


def write(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    """A manifest; the pictures that it names are made."""
    rng = np.random.default_rng(0)
    for row in rows:
        name = row.split(",")[0].replace("\\", "/")
        (folder / name).parent.mkdir(exist_ok=True)
        pixels = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        if name.endswith(".png") and not (folder / name).exists():
            Image.fromarray(pixels).save(folder / name)
    (folder / "m.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder / "m.csv"


def plain_rows(n: int = 20, centers: int = 2) -> list[str]:
    return [f"t{i}.png,s{i},C{i % centers},{'ab'[i // 2 % 2]},0.5" for i in range(n)]


def test_backslashes_lead_to_the_same_pictures(tmp_path):
    rows = [row.replace("t", "sub\\t", 1) for row in plain_rows()]
    built, notices = build(write(tmp_path, rows), tmp_path / "m.pgref")
    assert len(built.reference) == 20
    assert "20 paths of m.csv were found in another spelling" in notices


def test_half_a_manifest_asks_to_be_allowed_with_reasons_in_groups(tmp_path):
    rows = plain_rows()
    rows[:10] = [row.removesuffix("0.5") for row in rows[:10]]
    manifest = write(tmp_path, rows)
    with pytest.raises(TooManyRefused) as error:
        build_reference(manifest, tmp_path / "m.pgref")
    assert "10 of the 20 rows" in str(error.value)
    assert "10 rows: no mpp, though other rows have one (rows 1 to 10)" in str(error.value)
    assert "--allow-missing" in str(error.value)
    assert "--allow-missing" not in error.value.facts
    assert not (tmp_path / "m.pgref").exists()
    built, _ = build(manifest, tmp_path / "m.pgref", allow_missing=True)
    assert (len(built.reference), len(built.refused)) == (10, 10)


def test_a_center_that_would_be_lost_is_named(tmp_path):
    rows = [*plain_rows(), "gone.jpg,s99,Far,a,0.5"]
    with pytest.raises(TooManyRefused, match=r"with them all tiles of Far: row 21: gone\.jpg"):
        build_reference(write(tmp_path, rows), tmp_path / "m.pgref")


def test_a_few_bad_rows_are_left_out_without_a_question(tmp_path):
    rows = [*plain_rows(), "gone.jpg,s0,C0,a,0.5"]
    built, _ = build(write(tmp_path, rows), tmp_path / "m.pgref")
    assert [row.reason for row in built.refused] == ["gone.jpg does not exist"]


def test_reasons_are_grouped_with_their_rows():
    refused = [RefusedRow(row, f"t{row} does not exist", "gone") for row in (1, 4, 5, 9)]
    refused += [RefusedRow(2, "no center", "no center"), RefusedRow(3, "no center", "no center")]
    refused.append(RefusedRow(7, "not square: 3 x 4", "not square"))
    assert grouped(refused) == [
        "4 rows: gone (rows 1, 4, 5, ...; the first: t1 does not exist)",
        "2 rows: no center (rows 2 to 3)",
        "row 7: not square: 3 x 4",
    ]


def test_labels_are_evened_out_and_alike_ones_named(tmp_path):
    rows = plain_rows()
    rows = [row.replace("C0", "Ko\u0308ln" if i % 4 else "K\u00f6ln") for i, row in enumerate(rows)]
    rows[1] = rows[1].replace(",a,", ",A,")
    built, notices = build(write(tmp_path, rows), tmp_path / "m.pgref")
    assert built.reference.centers == ["C1", "K\u00f6ln"]
    assert 'Center: "K\u00f6ln" stands there in several spellings' in notices
    assert 'Tissue: "A" and "a" differ only in case' in notices


def test_whole_numbers_that_a_program_made_floats_are_the_same_center(tmp_path):
    rows = [row.replace(",C", ",").replace(",a,", ",1.0,") for row in plain_rows()]
    rows = [row.replace(",b,", ",2,").replace(",0,", ",0.0,") for row in rows]
    built, _ = build(write(tmp_path, rows), tmp_path / "m.pgref")
    assert built.reference.centers == ["0", "1"]
    assert built.reference.tissues == ["1", "2"]


def test_whole_slides_given_as_tiles_are_refused_and_not_copied(tmp_path):
    rows = plain_rows()
    pyramid = [Image.new("RGB", (256 >> level, 256 >> level)) for level in range(3)]
    pyramid[0].save(tmp_path / "slide.tif", save_all=True, append_images=pyramid[1:])
    Image.new("L", (5000, 5000)).save(tmp_path / "large.jpg")
    (tmp_path / "scan.ndpi").write_bytes(b"II*\0")
    rows += [f"{name},s0,C0,a,0.5" for name in ("slide.tif", "large.jpg", "scan.ndpi")]
    built, _ = build(write(tmp_path, rows), tmp_path / "m.pgref", allow_missing=True)
    assert [row.row for row in built.refused] == [21, 22, 23]
    for row in built.refused:
        assert "is a whole slide, not a tile" in row.reason


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 20_000])  # above Pillow's limit, and twice above it
def test_a_picture_over_pillows_limit_is_a_slide_and_no_fault(tmp_path, side):
    Image.new("1", (side, side)).save(tmp_path / "huge.bmp")
    rows = [*plain_rows(), "huge.bmp,s0,C0,a,0.5"]
    built, _ = build(write(tmp_path, rows), tmp_path / "m.pgref")
    assert "is a whole slide, not a tile" in built.refused[0].reason


def test_a_real_slide_is_told_by_its_levels(tmp_path):
    shutil.copy(shared("slides", "camelyon17-center0-patient006_node_1.tif"), tmp_path / "s.tif")
    rows = [*plain_rows(), "s.tif,s0,C0,a,0.5"]
    built, _ = build(write(tmp_path, rows), tmp_path / "m.pgref")
    assert "is a whole slide, not a tile" in built.refused[0].reason


def test_pictures_that_are_none_are_refused_without_being_opened(tmp_path):
    rows = plain_rows(40)
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "doc.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    (tmp_path / "folder.jpg").mkdir()
    names = ("pipe.jpg", "doc.jpg", "zero.jpg", "folder.jpg")
    rows += [f"{name},s0,C0,a,0.5" for name in names]
    built, _ = build(write(tmp_path, rows), tmp_path / "m.pgref")
    reasons = [row.reason for row in built.refused]
    assert reasons[0] == "pipe.jpg is a pipe, not a file"
    assert reasons[1].startswith("doc.jpg cannot be read as a picture")
    assert reasons[2] == "zero.jpg is a device, not a file"
    assert reasons[3] == "folder.jpg is a folder, not a file"


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "images\\..\\..\\a", "C:\\a.png"])
def test_a_reference_set_that_leads_out_of_its_folder_is_refused(tmp_path, name):
    build_reference(write(tmp_path, plain_rows()), tmp_path / "m.pgref")
    path = tmp_path / "m.pgref" / "tiles.parquet"
    table = pq.read_table(path)
    files = [name, *table.column("file").to_pylist()[1:]]
    pq.write_table(table.set_column(table.column_names.index("file"), "file", [files]), path)
    record = tmp_path / "m.pgref" / "reference.json"
    content = json.loads(record.read_text())
    content["tiles_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    record.write_text(json.dumps(content))
    with pytest.raises(ReferenceSetError, match="names a picture outside"):
        load_reference(tmp_path / "m.pgref")


@pytest.mark.parametrize("name", ["reference.json", "tiles.parquet"])
def test_a_reference_set_of_pipes_is_not_waited_for(tmp_path, name):
    build_reference(write(tmp_path, plain_rows()), tmp_path / "m.pgref")
    (tmp_path / "m.pgref" / name).unlink()
    os.mkfifo(tmp_path / "m.pgref" / name)
    with pytest.raises(ReferenceSetError, match=f"is not a reference set: .*{name}"):
        load_reference(tmp_path / "m.pgref")


def test_a_manifest_in_decimal_commas_keeps_its_places(tmp_path):
    rows = [f'{row[:-3]}"0,5","{i},5",{i}' for i, row in enumerate(plain_rows())]
    manifest = write(tmp_path, rows, HEADER + ",X,y_coord")
    built, _ = build(manifest, tmp_path / "m.pgref")
    assert built.reference.places_l0[3].tolist() == [3.5, 3.0]
