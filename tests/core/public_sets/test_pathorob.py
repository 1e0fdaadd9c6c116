"""PathoROB's Parquet files become a reference set, with the subset from its metadata tables."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layout import Wishes
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.public_sets.tile_choice import TileChoice
from pathgui.core.reference.manifest import TooManyRefused, grouped
from tests.published import picture, read_metadata, write_metadata, write_parquet, write_pathorob
from tests.shared_data import shared

ROWS = [
    {"subset": "ID" if n % 4 else "OOD", "slide_id": f"patient_{n // 10:03d}_node_0",
     "patch_id": str(n), "biological_class": ("tumor", "normal")[n % 2],
     "medical_center": "RUMC" if n < 20 else "UMCU"}
    for n in range(40)
]  # fmt: skip


def imported(tmp_path, *more, rows=ROWS, wishes=Wishes(), **options):
    folder = tmp_path / "PathoROB"
    if not folder.exists():
        write_pathorob(folder, rows)
    found, where = read_tiles([folder, *more], wishes=wishes)
    return import_tiles(found, where, tmp_path / "made.pgref", **options)


@pytest.mark.parametrize(
    ("name", "centers", "tissues"), [("camelyon", 5, 2), ("tcga_4x4", 8, 4), ("tolkach_esca", 4, 6)]
)
def test_the_published_tables_import_whole(tmp_path, name, centers, tissues):
    table = shared("reference", "pathorob", "metadata", f"{name}.csv")
    rows = read_metadata(table, most=240)
    beside = write_metadata(tmp_path / "metadata" / f"{name}.csv", rows)
    made = imported(tmp_path, beside, rows=rows)
    assert made.refused == ()
    reference = made.reference
    assert len(reference) == len(rows)
    assert (len(reference.centers), len(reference.tissues)) == (centers, tissues)
    assert reference.labels.slide.tolist() == [row["slide_id"] for row in rows]
    assert reference.tiles[0] == f"{rows[0]['slide_id']}-{rows[0]['patch_id']}"
    stored = pq.read_table(reference.folder / "tiles.parquet")
    assert stored.column("subset").to_pylist() == [row["subset"] for row in rows]
    if name == "tcga_4x4":
        assert reference.labels.patient.tolist() == [row["slide_id"][:12] for row in rows]


def test_pictures_are_kept_as_they_are(tmp_path):
    reference = imported(tmp_path).reference
    for number in (0, 19, 20, 39):
        file = reference.folder / reference.files[number]
        assert file.suffix == ".jpg"
        at_shard = number  # pictures are numbered over both files
        assert file.read_bytes() == picture(at_shard)


def test_what_is_supposed_is_said_and_kept(tmp_path):
    reference = imported(tmp_path).reference
    said = reference.info.description
    assert "0.5 µm per pixel is supposed" in said
    assert "The patient is supposed from the slide's name" in said
    assert "patient_000" not in said
    assert "the subset (ID, OOD) of a tile is not known" in said
    assert reference.info.edge_um == 4.0
    assert set(reference.labels.patient) == {f"patient_00{n}" for n in range(4)}
    other = imported(tmp_path, wishes=Wishes(mpp=0.25)).reference
    assert other.info.edge_um == 2.0
    assert "supposed" not in other.info.description.split("patient")[0]


def test_a_subset_is_taken_alone(tmp_path):
    table = write_metadata(tmp_path / "camelyon.csv", ROWS)
    made = imported(tmp_path, table, choice=TileChoice("OOD"))
    assert len(made.reference) == 10
    with pytest.raises(ReferenceSetError, match=r"the subset id\. There are: ID, OOD"):
        imported(tmp_path, table, choice=TileChoice("id"))


def test_tiles_and_rows_that_do_not_match_are_refused_at_their_row(tmp_path):
    rows = [dict(row) for row in ROWS[1:]]  # the first tile has no row
    rows[3]["medical_center"] = "LPON"
    rows.append(dict(ROWS[0], slide_id="patient_999_node_0"))
    table = write_metadata(tmp_path / "camelyon.csv", rows)
    made = imported(tmp_path, table)
    assert grouped(made.refused) == [
        "row 1: patient_000_node_0-0 has no row in camelyon.csv (row 1 of "
        "train-00000-of-00002.parquet)",
        "row 5: patient_000_node_0-4 is tumor at RUMC here, and tumor at LPON in camelyon.csv "
        "(row 5 of train-00000-of-00002.parquet)",
        "row 41: patient_999_node_0-0 (row 40 of camelyon.csv) is in none of the Parquet files",
    ]
    assert len(made.reference) == 38


def test_a_lost_file_is_no_silent_loss(tmp_path):
    write_pathorob(tmp_path / "PathoROB", ROWS)
    cut = tmp_path / "PathoROB" / "data" / "train-00001-of-00002.parquet"
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(TooManyRefused, match=r"train-00001-of-00002\.parquet is cut off"):
        imported(tmp_path)
    assert not (tmp_path / "made.pgref").exists()
    assert len(imported(tmp_path, allow_missing=True).reference) == 20


def test_a_wrong_column_is_named(tmp_path):
    columns = {name: [row[name] for row in ROWS] for name in ("slide_id", "patch_id")}
    columns |= {"biological_class": ["tumor"] * 40, "hospital": ["A"] * 40}
    write_parquet(tmp_path / "PathoROB" / "a.parquet", [picture(n) for n in range(40)], columns)
    with pytest.raises(ReferenceSetError, match="lacks the column medical_center of PathoROB"):
        imported(tmp_path)


def test_every_broken_tile_is_one_sentence_at_its_row(tmp_path):
    rows = [dict(row) for row in ROWS]
    rows[2]["biological_class"] = ""
    rows[5]["patch_id"], rows[5]["slide_id"] = rows[4]["patch_id"], rows[4]["slide_id"]
    pictures = [picture(n) for n in range(40)]
    pictures[7] = b"not a picture"
    pictures[8] = None
    pictures[9] = pictures[10]
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "subset"}
    write_parquet(tmp_path / "PathoROB" / "a.parquet", pictures, columns)
    with pytest.raises(TooManyRefused, match="Get the files again"):
        imported(tmp_path)
    made = imported(tmp_path, allow_missing=True)
    reasons = {each.row: each.reason for each in made.refused}
    assert reasons[3] == "no tissue"
    assert reasons[6] == "the same tile as in row 5: patient_000_node_0-4"
    assert reasons[8].startswith("the picture of patient_000_node_0-7 cannot be read as a picture")
    assert reasons[9] == "the picture of patient_000_node_0-8 is not in the file: its cell is empty"
    assert reasons[11] == "the same picture as in row 10"
    assert sorted(reasons) == [3, 6, 8, 9, 11]
    assert made.reference.info.refused == 5
