"""Slides that would end the process that reads them."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.progress import Cancelled
from pathgui.core.slides.reading import slide_pool, slide_process
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import noise, write_slide
from tests.shared_data import shared

# What a child does in place of the read at a certain x.
CHILD = """
import os, sys, time
from pathgui.core.slides.reading import slide_child
from pathgui.core.slides.reading.openslide_reader import OpenSlideReader
plain = OpenSlideReader.read
def read(self, origin, level, size):
    if origin[0] in {places!r} and (size != (1, 1) or {opening!r}):
        {deed}
    return plain(self, origin, level, size)
OpenSlideReader.read = read
slide_child.main()
"""


@pytest.fixture
def children_that(monkeypatch, pool):
    """Let children do something else at certain places, and already while they open a file."""

    def arrange(deed, places=(13,), opening=False):
        code = CHILD.format(deed=deed, places=set(places), opening=opening)
        monkeypatch.setattr(slide_pool, "_command", lambda: [sys.executable, "-c", code])

    return arrange


@pytest.mark.parametrize("tag", ["TileWidth", "TileLength"])
def test_one_bit_in_the_header_is_an_error_and_not_the_end(tmp_path, tag):
    path = tmp_path / "flipped.tif"
    shutil.copyfile(shared("slides", "cmu-generic-pyramid-mpp.tif"), path)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        tif.pages[0].tags[tag].overwrite(256 | 1 << 31, dtype="I")
    with pytest.raises(SlideError, match=r"flipped\.tif claims tiles of .* which cannot be"):
        open_slide(path)


@pytest.mark.parametrize(
    ("page", "tag", "bit"),
    [(0, "ImageWidth", 8), (0, "ImageWidth", 10), (0, "ImageLength", 9), (1, "ImageWidth", 10)],
)
def test_a_size_that_its_tiles_do_not_fill_is_refused_and_not_read_askew(tmp_path, page, tag, bit):
    path = tmp_path / "flipped.tif"
    shutil.copyfile(shared("slides", "cmu-generic-pyramid-mpp.tif"), path)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        size = tif.pages[page].tags[tag]
        size.overwrite(size.value ^ 1 << bit)
    with pytest.raises(SlideError, match=r"px in \d+ tiles and lists (108|30), which cannot be"):
        open_slide(path)


def test_a_finest_level_of_one_column_does_not_pass_its_scale_to_the_next(tmp_path):
    path = tmp_path / "flipped.tif"
    shutil.copyfile(shared("slides", "cmu-generic-pyramid-mpp.tif"), path)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        tif.pages[0].tags["ImageWidth"].overwrite(1)
    with pytest.raises(SlideError, match="in 12 tiles and lists 108"):
        open_slide(path)


def test_a_file_that_ends_the_library_is_refused_in_words(path, children_that):
    children_that("os.abort()", places=range(600), opening=True)
    with pytest.raises(SlideError, match=r"noise\.tif is not opened.*would have ended the program"):
        open_slide(path)


def test_of_many_reads_only_that_one_fails_which_ends_the_process(path, picture, children_that):
    children_that("os.abort()", places=(13, 301))
    with open_slide(path, direct=False) as slide, ThreadPoolExecutor(6) as pool:

        def read(x):
            try:
                return slide.read((x, 20), 0, (50, 40))
            except UnreadableRegionError:
                return None

        places = [13, *range(0, 500, 25), 301, *range(1, 500, 25)]
        for x, region in zip(places, pool.map(read, places), strict=True):
            if x in (13, 301):
                assert region is None
            else:
                assert np.array_equal(region, picture[20:60, x : x + 50])


def test_a_slide_that_keeps_ending_its_process_is_given_up(path, children_that, monkeypatch):
    monkeypatch.setattr(slide_process, "MOST_DEATHS", 2)
    children_that("os.abort()")
    with open_slide(path, direct=False) as slide:
        for _ in range(2):
            with pytest.raises(UnreadableRegionError):
                slide.read((13, 0), 0, (9, 9))
        with pytest.raises(SlideError, match=r"cannot be read any more.*failed 3 times"):
            slide.read((0, 0), 0, (9, 9))


def test_a_read_that_does_not_end_is_ended(path, picture, children_that, monkeypatch):
    children_that("time.sleep(60)")
    with open_slide(path, direct=False) as slide:
        monkeypatch.setattr(slide_process.ProcessReader, "limit_s", 0.5)
        with pytest.raises(UnreadableRegionError, match=r"no answer within 1 s"):
            slide.read((13, 0), 0, (9, 9))
        monkeypatch.undo()
        assert np.array_equal(slide.read((0, 0), 0, (9, 9)), picture[:9, :9])


def test_opening_can_be_cancelled_while_the_library_is_at_it(path, children_that):
    children_that("time.sleep(60)", places=range(600), opening=True)
    started = time.monotonic()

    def report(event):
        if time.monotonic() - started > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        open_slide(path, report=report)
    assert time.monotonic() - started < 3


def test_comparing_pixels_with_openslide_can_be_cancelled(tmp_path, pool):
    path = write_slide(tmp_path / "a.tif", noise(600, 400), factors=(1, 2), compression="jpeg")
    reports = []
    open_slide(path, report=reports.append).close()
    assert len(reports) > 5  # one for each tile that is compared
    for last in (2, 5):
        left = [None] * last

        def report(event, left=left):
            if not left:
                raise Cancelled
            left.pop()

        with pytest.raises(Cancelled):
            open_slide(path, report=report)


def test_ending_the_program_ends_reads_that_are_under_way(path, children_that, pool):
    children_that("time.sleep(60)")
    slide = open_slide(path, direct=False)
    caught = []

    def read():
        try:
            slide.read((13, 0), 0, (9, 9))
        except SlideError as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.3)
    pool.close()
    thread.join(2)
    assert not thread.is_alive()
    assert "program is ending" in str(caught[0])


def test_closing_never_waits_for_a_read(path, children_that):
    children_that("time.sleep(2)")
    slide = open_slide(path, direct=False)
    thread = threading.Thread(target=slide.read, args=((13, 0), 0, (9, 9)))
    thread.start()
    time.sleep(0.3)
    started = time.monotonic()
    slide.close()
    assert time.monotonic() - started < 0.5
    thread.join()


def test_an_absurd_associated_picture_is_refused_and_the_slide_goes_on(tmp_path):
    path = tmp_path / "a.svs"
    shutil.copyfile(shared("slides", "CMU-1-Small-Region.svs"), path)
    with tifffile.TiffFile(path, mode="r+b") as tif:
        page = tif.pages[len(tif.pages) - 1]
        page.tags["ImageWidth"].overwrite(1 << 17, dtype="I")
        page.tags["ImageLength"].overwrite(1 << 17, dtype="I")
    with open_slide(path) as slide:
        with pytest.raises(UnreadableRegionError, match="which cannot be"):
            slide.associated_image("macro")
        slide.read((0, 0), 0, (9, 9))


def test_what_is_no_file_is_refused_before_it_is_read(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs named pipes")
    pipe = tmp_path / "pipe.svs"
    os.mkfifo(pipe)
    with pytest.raises(SlideError, match=r"pipe\.svs is a pipe"):
        open_slide(pipe)
    with pytest.raises(SlideError, match="is a device"):
        open_slide("/dev/zero")


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("compression", [None, "lzw", "jpeg"])
def test_a_slide_that_is_stored_turned_is_refused(tmp_path, orientation, compression):
    path = write_slide(
        tmp_path / "turned.tif",
        noise(300, 300),
        compression=compression,
        extratags=[(274, "H", 1, orientation, True)],
    )
    with pytest.raises(SlideError, match=rf"stored .*orientation tag is {orientation}.*upright"):
        open_slide(path)


def test_properties_that_are_not_utf8_do_not_matter(tmp_path):
    data = shared("slides", "CMU-1-Small-Region.svs").read_bytes()
    for number, (text, other) in enumerate(
        [(b"|AppMag", b"|App\xe9ag"), (b"|Date = 12/29/09", b"|Date = 12/\xe99/09")]
    ):
        assert text in data
        path = tmp_path / f"{number}.svs"
        path.write_bytes(data.replace(text, other))
        with open_slide(path) as slide:
            assert slide.mpp == pytest.approx(0.499)
