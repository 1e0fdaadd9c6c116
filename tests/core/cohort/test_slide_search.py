"""Slides are found in folders, by name, and by what is in them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from pathgui.core.cohort.slide_search import (
    SlideIndex,
    content_of,
    find_moved,
    is_file_name,
    slide_name,
    slides_in,
    slides_named,
)
from pathgui.core.errors import CohortError
from pathgui.core.slides.slide import open_slide
from tests.core.cohort.making import slide
from tests.core.pyramid_factory import write_ome_zarr
from tests.shared_data import shared


def test_slides_of_a_tree_are_found_in_order_and_hidden_ones_are_not(tmp_path):
    paths = [slide(tmp_path / name) for name in ("b/2.tif", "a.svs", "b/c/1.NDPI")]
    for other in (".hidden/x.svs", "b/.x.svs", "notes.txt", "b/table.csv"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / other).write_text("x")
    assert slides_in(tmp_path) == [paths[1], paths[0], paths[2]]
    assert slides_in(tmp_path, below=False) == [paths[1]]


def test_the_dicom_files_of_a_series_are_one_slide(tmp_path):
    whole = shared("slides", "CMU-1-Small-Region-dicom")
    shutil.copytree(whole, tmp_path / "series")
    assert slides_in(tmp_path) == [tmp_path / "series"]
    with open_slide(whole) as opened:
        assert content_of(tmp_path / "series") == opened.content_id
    assert content_of(tmp_path / "series" / "instance_03.dcm") == content_of(tmp_path / "series")


def test_a_dicom_file_among_other_slides_is_named_by_itself(tmp_path):
    slide(tmp_path / "a.tif")
    shutil.copy(shared("slides", "tiny-dicom-sm-50px.dcm"), tmp_path / "b.dcm")
    assert slides_in(tmp_path) == [tmp_path / "a.tif", tmp_path / "b.dcm"]


def test_an_ome_zarr_is_one_slide_and_nothing_in_it_is(tmp_path):
    values = np.zeros((64, 64), np.uint8)
    zarr = write_ome_zarr(tmp_path / "b" / "A 1.ome.zarr", values, axes="yx", factors=(1,))
    other = slide(zarr / "x.tif")
    zipped = Path(shutil.make_archive(str(tmp_path / "c.zarr"), "zip", zarr))
    assert slides_in(tmp_path) == [zipped, zarr]
    assert slides_in(tmp_path, below=False) == [zipped]
    assert slides_named(zarr) == [zarr]
    assert slide_name(zarr.name) == "A 1"
    assert slide_name(zipped.name) == "c"
    other.unlink()
    for path in (zarr, zipped):
        with open_slide(path) as opened:
            assert content_of(path) == opened.content_id
    moved = zarr.rename(tmp_path / "other.zarr")
    wanted = {0: ("A 1.ome.zarr", content_of(moved))}
    assert find_moved(wanted, tmp_path) == {0: moved}


def test_a_folder_of_two_dicom_series_is_two_slides(tmp_path):
    for file in shared("slides", "CMU-1-Small-Region-dicom").iterdir():
        shutil.copy(file, tmp_path / file.name)
    shutil.copy(shared("slides", "tiny-dicom-sm-50px.dcm"), tmp_path / "other.dcm")
    assert [path.name for path in slides_in(tmp_path)] == ["instance_00.dcm", "other.dcm"]


@pytest.mark.parametrize(
    "name",
    ["CMU-1-Small-Region.svs", "camelyon17-center0-patient006_node_1.tif",
     "hamamatsu-dapi-fluorescence.ndpi"],
)  # fmt: skip
def test_a_content_is_known_without_opening_the_slide(name):
    path = shared("slides", name)
    with open_slide(path) as opened:
        assert content_of(path) == opened.content_id


def test_a_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "a.svs")
    os.mkfifo(tmp_path / "b.dcm")
    assert slides_in(tmp_path) == [tmp_path / "a.svs"]
    with pytest.raises(CohortError, match="it is a pipe, not a file"):
        content_of(tmp_path / "a.svs")


def test_what_is_no_slide_is_said(tmp_path):
    with pytest.raises(CohortError, match="There is no file"):
        slides_named(tmp_path / "a.svs")
    with pytest.raises(CohortError, match="holds no slide"):
        slides_named(tmp_path)
    with pytest.raises(CohortError, match="without a DICOM slide"):
        content_of(tmp_path)
    with pytest.raises(CohortError, match="cannot be read"):
        content_of(tmp_path / "a.svs")
    with pytest.raises(CohortError, match="cannot be read"):
        slides_in(tmp_path / "nothing")


def test_a_slide_is_named_like_its_file_without_the_ending():
    names = {"A.svs": "A", "D:\\x\\B 1.ome.TIF": "B 1", "../c.1.2": "c.1.2", ".svs": ".svs"}
    assert {text: slide_name(text) for text in names} == names
    assert is_file_name("x/A.NDPI")
    assert not is_file_name("S23.001")


def test_a_name_in_a_table_may_lack_ending_and_folder():
    paths = [Path("/s/one/A.svs"), Path("/s/two/A.svs"), Path("/s/B.svs"), Path("/s/B.tif")]
    index = SlideIndex(paths)
    assert index.named("two\\a") == [paths[1]]
    assert index.named("A") == paths[:2]
    assert index.named("B.tif") == [paths[3]]
    assert index.named("b") == paths[2:]
    assert index.named("C") == index.named("") == []


def test_moved_slides_are_found_by_content_under_any_name(tmp_path):
    kept = [slide(tmp_path / "new" / "deep" / f"{i}.tif", i) for i in range(3)]
    contents = [content_of(path) for path in kept]
    kept[1].rename(tmp_path / "new" / "renamed.tif")
    slide(tmp_path / "new" / "2.tif", 9)  # of the right name, but another slide
    wanted = {5: ("0.tif", contents[0]), 6: ("1.tif", contents[1]), 7: ("2.tif", contents[2])}
    wanted |= {8: ("gone.tif", "ff"), 9: ("renamed", "")}
    assert find_moved(wanted, tmp_path / "new") == {
        5: kept[0], 6: tmp_path / "new" / "renamed.tif", 7: kept[2],
        9: tmp_path / "new" / "renamed.tif",
    }  # fmt: skip


def test_to_point_to_a_dicom_slide_is_to_point_to_all_beside_it(tmp_path):
    shutil.copytree(shared("slides", "CMU-1-Small-Region-dicom"), tmp_path / "series")
    path = slide(tmp_path / "a.tif")
    wanted = {0: ("a.tif", content_of(path)), 1: ("x", content_of(tmp_path / "series"))}
    assert find_moved(wanted, tmp_path / "series") == {0: path, 1: tmp_path / "series"}


def test_to_point_to_one_file_is_to_point_to_all_beside_it(tmp_path):
    paths = [slide(tmp_path / f"{i}.tif", i) for i in range(2)]
    wanted = {i: (path.name, content_of(path)) for i, path in enumerate(paths)}
    assert find_moved(wanted, paths[0]) == dict(enumerate(paths))


def test_a_file_whose_name_is_no_text_is_one_sentence(tmp_path):
    path = slide(tmp_path / "a.tif").rename(tmp_path / "a\udcff.tif")
    with pytest.raises(CohortError, match=r"a\\udcff.tif has a name that is no text. Rename it"):
        content_of(path)
