"""Throw out tiles and mend labels: a new version beside the old one."""

from __future__ import annotations

import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Cancelled
from pathgui.core.reference.reference_pack import pack_reference
from pathgui.core.reference.reference_set import (
    TILES_FILE,
    ReferenceTiles,
    load_reference,
    tiles_with,
)
from pathgui.core.reference.set_editing import (
    Edits,
    edit_reference,
    new_labels,
    tiles_named,
    write_edits,
)
from pathgui.core.system.files import ANYTHING
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("edit"), slides=2, tiles=2)


def edited(reference, folder, **edits):
    return edit_reference(reference, Edits(**edits), folder / "new.pgref", replacing=ANYTHING)


def test_tiles_are_thrown_out_and_all_else_is_kept(reference, tmp_path):
    before = {path: path.read_bytes() for path in reference.folder.rglob("*") if path.is_file()}
    made = edited(reference, tmp_path, dropped=frozenset([0, 5]))
    assert len(made) == len(reference) - 2
    assert made.info.version == "2"
    (change,) = made.info.changes
    assert (change.n_dropped, change.dropped) == (2, (reference.tiles[0], reference.tiles[5]))
    assert (change.from_version, change.from_sha256) == ("1", reference.info.tiles_sha256)
    old, new = (pq.read_table(each.folder / TILES_FILE) for each in (reference, made))
    kept = [row for row in range(len(reference)) if row not in (0, 5)]
    assert new.to_pylist() == old.take(kept).to_pylist()
    for row in range(len(made)):
        ReferenceTiles(made).read(row, 1)  # whose checksums it compares
    assert {path: path.read_bytes() for path in before} == before


def test_labels_are_mended_by_tile_or_by_slide(reference, tmp_path):
    table = tmp_path / "neue Namen.csv"
    table.write_text("Kachel;slide_id;Zentrum\n;Lakeside-1;Südklinik\n", encoding="cp1252")
    labels = new_labels(reference, table)
    tiles = tmp_path / "tiles.csv"
    tiles.write_text(f"tile,tissue,patient_id\n{reference.tiles[0]},fat,\n", encoding="utf-8")
    labels |= new_labels(reference, tiles)
    made = edited(reference, tmp_path, relabeled=labels)
    mended = made.labels.slide == "Lakeside-1"
    assert set(made.labels.center[mended]) == {"Südklinik"}
    assert (made.labels.center[~mended] == reference.labels.center[~mended]).all()
    assert made.labels.tissue[0] == "fat"
    assert made.labels.patient[0] == reference.labels.patient[0]
    (change,) = made.info.changes
    assert change.n_relabeled == 5
    first = change.relabeled[0]
    assert (first.tile, first.column, first.before, first.after) == (
        reference.tiles[0], "tissue", "stroma", "fat",
    )  # fmt: skip


def test_the_same_pictures_need_no_embedding_again(reference, tmp_path):
    made = edited(reference, tmp_path, relabeled={0: {"tissue": "fat"}})
    assert ReferenceTiles(made).content_key == ReferenceTiles(reference).content_key
    assert made.info.tiles_sha256 != reference.info.tiles_sha256


def test_the_same_edit_gives_the_same_bytes_and_changes_add_up(reference, tmp_path):
    one = edited(reference, tmp_path, dropped=frozenset([1]))
    again = edit_reference(
        reference, Edits(frozenset([1])), tmp_path / "again.pgref", replacing=ANYTHING
    )
    assert one.info == again.info
    third = edit_reference(
        one, Edits(frozenset([0])), tmp_path / "3.pgref", version="final", replacing=ANYTHING
    )
    assert third.info.version == "final"
    assert [each.from_version for each in third.info.changes] == ["1", "2"]


def test_a_pseudonymous_copy_keeps_how_many_changed_and_no_names(reference, tmp_path):
    made = edited(reference, tmp_path, dropped=frozenset([1]))
    packed = pack_reference(made, tmp_path / "a.zip", pseudonymous=True)
    shutil.unpack_archive(packed, tmp_path / "there")
    (folder,) = (tmp_path / "there").iterdir()
    (change,) = load_reference(folder).info.changes
    assert (change.n_dropped, change.dropped) == (1, ())


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("tile,why\n{0},blurred\n{2},pen\n", "a.csv"),
        ("path\n{0}\n{2}\n", "a.csv"),
        ("{0}\n{2}\n", "list.txt"),
        ("images/000000.png\nimages/000002.png\n", "list.txt"),
    ],
)
def test_tiles_are_named_by_tables_and_lists(reference, tmp_path, content, name):
    path = tmp_path / name
    path.write_text(content.format(*reference.tiles), encoding="utf-8")
    assert tiles_named(reference, [str(path), reference.tiles[4]]) == {0, 2, 4}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("tile,tissue\nnot there.png,fat\n", "names 1 tile that the set does not have"),
        ("slide_id,center\nLakeside-9,North\n", "names 1 slide that the set does not have"),
        ("tissue,center\nfat,North\n", "says neither tile nor slide_id"),
        ("tile,stain\n0.png,H&E\n", "has no new labels"),
        ("tile,tissue\n0.png,fat\n0.png,skin\n", "two labels: fat and skin"),
        ("tile,center\n0.png,North\n", "Slides would have several centers: Lakeside-0"),
        ("tile,patient_id\n0.png,P\n", "Slides would have several patients"),
        ("tile,tissue\n0.png,\n", "Nothing would change"),
        ("", "cannot be read|no rows|empty"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(reference, tmp_path, content, told):
    table = tmp_path / "table.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(ReferenceSetError, match=told):
        edited(reference, tmp_path, relabeled=new_labels(reference, table))
    assert list(tmp_path.iterdir()) == [table]


def test_names_that_are_neither_tile_nor_file_are_answered_with_the_nearest(reference):
    with pytest.raises(ReferenceSetError, match=r"Did you mean 10\.png\?"):
        tiles_named(reference, ["10.pn"])


def test_not_all_tiles_go_and_the_old_version_is_never_replaced(reference, tmp_path):
    with pytest.raises(ReferenceSetError, match="No tile would be left"):
        edited(reference, tmp_path, dropped=frozenset(range(len(reference))))
    with pytest.raises(ReferenceSetError, match="Give it another name"):
        edit_reference(reference, Edits(frozenset([0])), reference.folder, replacing=ANYTHING)


def test_an_edit_that_is_stopped_leaves_nothing(reference, tmp_path):
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        edit_reference(
            reference,
            Edits(frozenset([0])),
            tmp_path / "new.pgref",
            replacing=ANYTHING,
            report=stop,
        )
    assert list(tmp_path.iterdir()) == []


def test_edits_are_written_as_tables_that_mean_the_same(reference, tmp_path):
    edits = Edits(
        frozenset([0, 5]), {1: {"tissue": "Fett, gelb", "patient": "ä"}, 2: {"center": "South"}}
    )
    files = write_edits(reference, edits, tmp_path / "what changes")
    assert tiles_named(reference, [str(files["--drop"])]) == edits.dropped
    assert new_labels(reference, files["--relabel"]) == edits.relabeled
    assert write_edits(reference, Edits(), tmp_path / "nothing") == {}
    assert not (tmp_path / "nothing").exists()


def test_tiles_are_found_by_any_of_their_names(reference):
    assert len(tiles_with(reference, "LAKESIDE-1")) == 4
    assert len(tiles_with(reference, "stroma")) == 8
    assert tiles_with(reference, "nothing like it") == []
    assert np.all(reference.labels.tissue[tiles_with(reference, "tumor")] == "tumor")
