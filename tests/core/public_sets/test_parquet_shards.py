"""Parquet files with pictures are read in parts, and a damaged part costs its own rows alone."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.parquet_shards import open_shards
from pathgui.core.reference.tile_files import NotATile
from tests.published import picture, write_parquet


def shards(tmp_path, **columns):
    paths = [
        write_parquet(
            tmp_path / f"{name}.parquet",
            [picture(100 * number + i) for i in range(5)],
            {"slide": [f"{name}{i}" for i in range(5)]} | columns,
            row_group=2,
        )
        for number, name in enumerate("ab")
    ]
    return open_shards(paths)


def test_several_files_are_one_table(tmp_path):
    found = shards(tmp_path)
    assert len(found) == 10
    assert found.labels(["slide"])["slide"] == [f"{name}{i}" for name in "ab" for i in range(5)]
    assert dict(found.pictures("image", {1, 7})) == {1: picture(1), 7: picture(102)}
    assert [found.place(row) for row in (4, 5)] == [
        " (row 5 of a.parquet)",
        " (row 1 of b.parquet)",
    ]


def test_numbers_of_classes_become_their_names(tmp_path):
    path = write_parquet(
        tmp_path / "a.parquet",
        [picture(0)] * 3,
        {"label": [0, 1, 7], "center": [3, 4, None]},
        classes={"label": ["normal", "tumor"]},
    )
    assert open_shards([path]).labels(["label", "center"]) == {
        "label": ["normal", "tumor", "7"],
        "center": ["3", "4", ""],
    }


def test_a_damaged_part_of_a_file_costs_its_rows_alone(tmp_path):
    path = write_parquet(
        tmp_path / "a.parquet",
        [picture(i, side=64, form="PNG") for i in range(6)],
        {"slide": [f"s{i}" for i in range(6)]},
        row_group=2,
    )
    with pq.ParquetFile(path) as file:
        chunk = file.metadata.row_group(1).column(0)  # image.bytes
        start = chunk.dictionary_page_offset or chunk.data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + 64] = b"\0" * 64
    path.write_bytes(content)
    found = open_shards([path])
    assert found.labels(["slide"])["slide"] == [f"s{i}" for i in range(6)]
    pictures = dict(found.pictures("image", range(6)))
    assert [row for row, one in pictures.items() if isinstance(one, NotATile)] == [2, 3]
    assert pictures[4] == picture(4, side=64, form="PNG")


def test_a_file_that_is_cut_off_is_set_aside(tmp_path):
    found = shards(tmp_path)
    path = tmp_path / "a.parquet"
    path.write_bytes(path.read_bytes()[:200])
    (tmp_path / "c.parquet").mkdir()
    again = open_shards([path, *found.paths[1:], tmp_path / "c.parquet"])
    assert [each.partition(" ")[0] for each in again.lost] == ["a.parquet", "c.parquet"]
    assert len(again) == 5


def test_a_column_that_one_file_lacks_is_named(tmp_path):
    found = shards(tmp_path)
    other = write_parquet(tmp_path / "c.parquet", [picture(0)], {"other": ["x"]})
    both = open_shards([*found.paths, other])
    with pytest.raises(ReferenceSetError, match=r"lacks the column slide of X\. It has: image"):
        both.require(["image", "slide"], "X")
