from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openslide
import pydicom
import pytest
import tifffile

from pathgui.core.errors import ScaleError, SlideError, UnreadableRegionError
from pathgui.core.progress import Cancelled
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import noise, write_slide
from tests.shared_data import shared

GOOD = {  # format, size_l0, levels, mpp, objective
    "CMU-1-Small-Region.svs": ("Aperio SVS", (2220, 2967), 1, 0.499, 20),
    "TCGA-CR-7395-01A-01-TS1.svs": ("Aperio SVS", (4443, 3567), 2, None, None),
    "hamamatsu-dapi-fluorescence.ndpi": ("Hamamatsu", (3968, 4864), 7, 0.22818, 40),
    "boxes-synthetic.tiff": ("Tiled TIFF", (300, 250), 4, 352.7778, None),
    "tiny-dicom-sm-50px.dcm": ("DICOM", (50, 50), 1, 0.499, None),
    "cmu-generic-pyramid-mpp.tif": ("Tiled TIFF", (2220, 2967), 4, 0.499, None),
    "cmu-generic-pyramid-no-mpp.tif": ("Tiled TIFF", (2220, 2967), 3, None, None),
    "camelyon17-center0-patient006_node_1.tif": ("Tiled TIFF", (2048, 2048), 4, 0.24, None),
    "camelyon17-center1-patient024_node_2.tif": ("Tiled TIFF", (2048, 2048), 4, 0.24, None),
    "camelyon17-center2-patient056_node_1.tif": ("Tiled TIFF", (2048, 2048), 4, 0.24, None),
    "camelyon17-center3-patient066_node_1.tif": ("Tiled TIFF", (2048, 2048), 4, 0.24, None),
    "CMU-1-Small-Region-dicom": ("DICOM", (2220, 2967), 5, 0.499, None),
    "CMU-1-Small-Region-dicom/instance_00.dcm": ("DICOM", (2220, 2967), 5, 0.499, None),
}
BAD = {  # what the text must say
    "broken-header.svs": "not a slide",
    "dicom-no-imagetype.dcm": "not a whole-slide image.*image flavor.*export the slide again",
    "empty.svs": "is empty.*[Cc]opy or download",
    "text-named-svs.svs": "text file",
    "truncated-5pct.svs": "cut off.*[Cc]opy or download",
    "truncated-60pct.svs": "cut off.*[Cc]opy or download",
    "truncated-half.tif": "cut off.*[Cc]opy or download",
    "unopenable-compression.tiff": "compressed in a way.*52479.*Convert it to a tiled, pyramidal",
    "unreadable-tile.svs": "none of its pixels can be decoded.*Bogus marker.*damaged",
    "unsupported-jpegls.dcm": "JPEG-LS.*Export or convert",
    "untiled-strips.tif": "strips.*Convert it to a tiled, pyramidal TIFF",
}


@pytest.fixture(scope="module")
def picture():
    return noise(700, 530)


@pytest.fixture(scope="module")
def noise_path(tmp_path_factory, picture):
    folder = tmp_path_factory.mktemp("noise")
    return write_slide(folder / "noise.tif", picture, factors=(1, 2, 4))


@pytest.mark.parametrize("name", GOOD)
def test_every_good_slide_opens_and_says_what_it_is(name):
    kind, size, levels, mpp, objective = GOOD[name]
    with open_slide(shared("slides", *name.split("/"))) as slide:
        assert slide.format == kind
        assert slide.size_l0 == size
        assert len(slide.levels) == levels
        assert slide.mpp == (None if mpp is None else pytest.approx(mpp, rel=1e-4))
        assert slide.mpp_source == ("" if mpp is None else "file")
        assert slide.objective == objective
        assert slide.bounds_l0 == (0, 0, *size)
        assert "OpenSlide 4" in slide.reader
        thumbnail = slide.thumbnail(400)
    assert thumbnail.dtype == np.uint8
    assert max(thumbnail.shape) <= 400
    assert thumbnail.std() > 0.5


@pytest.mark.parametrize("name", [name for name in GOOD if "/" not in name])
def test_regions_are_those_of_openslide(name):
    path = shared("slides", name)
    file = path / "instance_03.dcm" if path.is_dir() else path
    with open_slide(path) as slide, openslide.OpenSlide(file) as reference:
        width, height = (min(side, 300) for side in slide.size_l0)
        for x, y in ((0, 0), (slide.size_l0[0] - width, slide.size_l0[1] - height), (17, 5)):
            region = np.asarray(reference.read_region((x, y), 0, (width, height)))
            inside = region[..., 3] == 255
            got = slide.read((x, y), 0, (width, height))
            assert np.array_equal(got[inside], region[inside][:, :3])
            assert (got[~inside] == 255).all()


@pytest.mark.parametrize("name", GOOD)
def test_every_level_of_every_good_slide_can_be_read_whole(name):
    with open_slide(shared("slides", *name.split("/"))) as slide:
        average = slide.read((0, 0), 0, slide.size_l0).mean(axis=(0, 1))
        for level, (size, downsample) in enumerate((x.size, x.downsample) for x in slide.levels):
            assert downsample == pytest.approx(slide.size_l0[0] / size[0], rel=0.02)
            region = slide.read((0, 0), level, size)
            assert np.abs(region.mean(axis=(0, 1)) - average).max() < 12


@pytest.mark.parametrize("name", BAD)
def test_every_damaged_file_gets_an_error_that_says_what_to_do(name):
    path = shared("slides", "negative", name)
    with pytest.raises(SlideError, match=BAD[name]) as caught:
        open_slide(path)
    assert name in str(caught.value)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(SlideError, match=r"There is no file .*gone\.svs"):
        open_slide(tmp_path / "gone.svs")


def test_a_folder_without_dicom_is_no_slide(tmp_path):
    with pytest.raises(SlideError, match="without DICOM files"):
        open_slide(tmp_path)


def test_a_folder_of_two_dicom_series_is_not_guessed_at(tmp_path):
    shutil.copy(shared("slides", "tiny-dicom-sm-50px.dcm"), tmp_path)
    shutil.copy(shared("slides", "CMU-1-Small-Region-dicom", "instance_03.dcm"), tmp_path)
    with pytest.raises(SlideError, match="more than one DICOM series"):
        open_slide(tmp_path)


def test_a_folder_whose_dicom_files_do_not_open_says_why(tmp_path):
    shutil.copy(shared("slides", "negative", "unsupported-jpegls.dcm"), tmp_path)
    with pytest.raises(SlideError, match=r"No slide in the folder.*JPEG-LS"):
        open_slide(tmp_path)


def test_a_plain_picture_is_told_from_a_slide(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    with pytest.raises(SlideError, match="plain picture"):
        open_slide(path)


def test_a_tiff_with_a_damaged_directory_is_an_error_too(tmp_path):
    path = tmp_path / "odd.tif"
    path.write_bytes(b"II*\0" + (8).to_bytes(4, "little") + b"\xff\xff" + bytes(40))
    with pytest.raises(SlideError, match="directory is damaged"):
        open_slide(path)


def test_a_cut_off_bigtiff_is_recognized(tmp_path, picture):
    path = write_slide(tmp_path / "big.tif", picture)
    with tifffile.TiffWriter(tmp_path / "whole.tif", bigtiff=True) as tif:
        tif.write(picture, tile=(256, 256), photometric="rgb")
    path.write_bytes((tmp_path / "whole.tif").read_bytes()[:-300_000])
    with pytest.raises(SlideError, match="cut off"):
        open_slide(path)


def test_names_outside_ascii_work(tmp_path, noise_path, picture):
    folder = tmp_path / "Präp 1 (é)"
    folder.mkdir()
    path = shutil.copy(noise_path, folder / "Schnitt µ №2.tif")
    with open_slide(path) as slide:
        assert np.array_equal(slide.read((10, 20), 0, (50, 40)), picture[20:60, 10:60])


def test_regions_of_all_levels_are_in_level_0_coordinates(noise_path, picture):
    with open_slide(noise_path) as slide:
        assert [level.size for level in slide.levels] == [(700, 530), (350, 265), (175, 133)]
        assert np.array_equal(slide.read((64, 32), 1, (90, 70)), picture[::2, ::2][16:86, 32:122])


def test_outside_the_slide_there_is_background(noise_path, picture):
    with open_slide(noise_path) as slide:
        region = slide.read((-20, -10), 0, (60, 40))
        assert np.array_equal(region[10:, 20:], picture[:30, :40])
        assert (region[:10] == 255).all()
        assert (region[:, :20] == 255).all()
        assert (slide.read((5000, 5000), 0, (8, 8)) == 255).all()


def test_a_region_that_makes_no_sense_is_a_programming_error(noise_path):
    with open_slide(noise_path) as slide:
        with pytest.raises(ValueError, match="no level 3"):
            slide.read((0, 0), 3, (8, 8))
        with pytest.raises(ValueError, match="negative"):
            slide.read((0, 0), 0, (-8, 8))
        assert slide.read((0, 0), 0, (0, 8)).shape == (8, 0, 3)


def test_the_users_mpp_overrides_the_files(noise_path):
    with open_slide(noise_path, mpp=0.25) as slide:
        assert (slide.mpp, slide.mpp_source) == (0.25, "user")


@pytest.mark.parametrize("mpp", [0.0, -0.5, float("nan"), float("inf")])
def test_an_impossible_mpp_is_refused(noise_path, mpp):
    with pytest.raises(ScaleError, match="positive"):
        open_slide(noise_path, mpp=mpp)


def test_nearly_square_pixels_have_the_mean_mpp(tmp_path, picture):
    with open_slide(write_slide(tmp_path / "a.tif", picture, mpp=(0.500, 0.504))) as slide:
        assert slide.mpp == pytest.approx(0.502, rel=1e-4)


def test_only_what_is_damaged_cannot_be_read():
    with (
        open_slide(shared("slides", "negative", "two-bad-tiles.tif")) as slide,
        open_slide(shared("slides", "cmu-generic-pyramid-mpp.tif")) as whole,
    ):
        bad = set()
        for row in range(12):
            for column in range(9):
                place = ((column * 256, row * 256), 0, (256, 256))
                try:
                    assert np.array_equal(slide.read(*place), whole.read(*place))
                except UnreadableRegionError:
                    bad.add((row, column))
        assert bad == {(3, 2), (7, 5)}
        with pytest.raises(UnreadableRegionError, match=r"two-bad-tiles\.tif.*\(512, 768\)"):
            slide.read((512, 768), 0, (10, 10))


def test_threads_that_meet_damage_do_not_spoil_each_others_reads():
    with (
        open_slide(shared("slides", "negative", "two-bad-tiles.tif")) as slide,
        open_slide(shared("slides", "cmu-generic-pyramid-mpp.tif")) as whole,
        ThreadPoolExecutor(6) as pool,
    ):
        places = [(column * 256, row * 256) for row in range(12) for column in range(9)] * 2

        def read(place):
            try:
                return slide.read(place, 0, (256, 256))
            except UnreadableRegionError:
                return None

        for place, region in zip(places, pool.map(read, places), strict=True):
            if place in {(512, 768), (1280, 1792)}:
                assert region is None
            else:
                assert np.array_equal(region, whole.read(place, 0, (256, 256)))


def test_a_damaged_place_of_a_coarse_level_is_made_from_a_finer_one(tmp_path):
    y, x = np.mgrid[:1024, :1024]
    smooth = np.stack([x // 5, y // 5, (x + y) // 10], axis=-1).astype(np.uint8)
    path = write_slide(tmp_path / "a.tif", smooth, factors=(1, 2), compression="jpeg")
    with tifffile.TiffFile(path) as tif:
        page = tif.pages[1]
        offset, count = page.dataoffsets[3], page.databytecounts[3]
    damaged = bytearray(path.read_bytes())
    damaged[offset : offset + count] = bytes(count)
    path.write_bytes(damaged)
    with open_slide(path) as slide:
        region = slide.read((0, 0), 1, (512, 512))
        assert np.abs(region.astype(int) - smooth[::2, ::2]).max() < 12


def test_a_closed_slide_says_so_and_closing_twice_is_fine(noise_path):
    slide = open_slide(noise_path)
    slide.close()
    slide.close()
    with pytest.raises(SlideError, match="closed"):
        slide.read((0, 0), 0, (8, 8))


def test_closing_waits_for_nobody_and_spoils_no_read(noise_path, picture):
    expected = picture[:400, :400]
    for _ in range(5):
        slide = open_slide(noise_path)
        started = threading.Event()
        wrong = []

        def read(slide=slide, started=started, wrong=wrong):
            try:
                while True:
                    if not np.array_equal(slide.read((0, 0), 0, (400, 400)), expected):
                        wrong.append(True)
                    started.set()
            except SlideError:
                pass

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        started.wait()
        slide.close()
        for thread in threads:
            thread.join()
        assert not wrong


def test_a_slide_whose_file_has_gone_says_so_where_it_must_be_reopened(tmp_path):
    path = tmp_path / "slide.tif"
    shutil.copyfile(shared("slides", "negative", "two-bad-tiles.tif"), path)
    with open_slide(path) as slide:
        path.unlink()
        with pytest.raises(SlideError, match="can no longer be opened"):
            slide.read((512, 768), 0, (64, 64))


def test_content_decides_the_content_id_not_name_place_or_time(tmp_path, noise_path, picture):
    copy = tmp_path / "another name.tif"
    shutil.copyfile(noise_path, copy)
    other = write_slide(tmp_path / "other.tif", 255 - picture)
    with open_slide(noise_path) as a, open_slide(copy) as b, open_slide(other) as c:
        assert a.content_id == b.content_id != c.content_id
        assert len(a.content_id) == 64


def test_all_instances_of_a_dicom_slide_are_one_content(tmp_path):
    folder = shared("slides", "CMU-1-Small-Region-dicom")
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "notes.txt").write_text("not part of the slide")
    shutil.copy(shared("slides", "tiny-dicom-sm-50px.dcm"), copy)
    with open_slide(folder) as a, open_slide(copy / "instance_05.dcm") as b:
        assert a.content_id == b.content_id
    (copy / "instance_07.dcm").chmod(0o644)
    (copy / "instance_07.dcm").unlink()
    with open_slide(copy / "instance_05.dcm") as c:
        assert c.content_id != a.content_id


def beside(folder, name, change):
    """A copy of the tiny DICOM slide in ``folder``, after ``change`` of its data set."""
    found = pydicom.dcmread(shared("slides", "tiny-dicom-sm-50px.dcm"))
    change(found)
    found.save_as(folder / name)


def annotate(found):
    """Make annotations of a DICOM slide: they name its series and have one of their own."""
    series = pydicom.Dataset()
    series.SeriesInstanceUID = found.SeriesInstanceUID
    found.ReferencedSeriesSequence = [series]
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID = "1.2.840.10008.5.1.4.1.1.91.1"


def test_a_dicom_series_whose_uid_begins_like_anothers_is_another_slide(tmp_path):
    alone, path = tmp_path / "alone", tmp_path / "both" / "tiny.dcm"

    def series(uid):
        def change(found):
            found.SeriesInstanceUID = uid
            found.SOPInstanceUID = f"{uid}.1"

        return change

    for folder in (alone, path.parent):
        folder.mkdir()
        beside(folder, "tiny.dcm", series("1.2.3.4"))
    beside(path.parent, "other.dcm", series("1.2.3.45"))
    with open_slide(alone / "tiny.dcm") as a, open_slide(path) as b:
        assert a.content_id == b.content_id
    with pytest.raises(SlideError, match="more than one DICOM series"):
        open_slide(path.parent)


@pytest.mark.parametrize("own_series", [True, False])
def test_annotations_beside_a_dicom_slide_are_no_part_of_it(tmp_path, own_series):
    beside(tmp_path, "tiny.dcm", lambda found: None)
    with open_slide(tmp_path) as slide:
        before = slide.content_id

    def change(found):
        annotate(found)
        if own_series:
            found.SeriesInstanceUID = "1.2.3"

    beside(tmp_path, "annotations.dcm", change)
    with open_slide(tmp_path) as slide:  # the folder still holds one slide
        assert slide.content_id == before


def test_associated_pictures_come_only_on_request():
    with open_slide(shared("slides", "CMU-1-Small-Region.svs")) as slide:
        assert slide.associated_image("label").shape == (463, 387, 3)
        assert slide.associated_image("macro").shape == (431, 1280, 3)
        assert slide.associated_image("nothing") is None


def test_an_icc_profile_is_handed_on():
    with open_slide(shared("slides", "TCGA-CR-7395-01A-01-TS1.svs")) as slide:
        assert slide.icc_profile is not None
        assert slide.icc_profile[36:40] == b"acsp"
    with open_slide(shared("slides", "CMU-1-Small-Region.svs")) as slide:
        assert slide.icc_profile is None


def test_a_single_level_slide_is_averaged_block_by_block(tmp_path):
    y, x = np.mgrid[:2500, :4300]
    ramp = np.stack([x // 20, y // 20, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    with open_slide(write_slide(tmp_path / "a.tif", ramp)) as slide:
        overview = slide.look_over(430).picture
    assert overview.shape == (250, 430, 3)
    expected = ramp.reshape(250, 10, 430, 10, 3).mean(axis=(1, 3))
    assert np.abs(overview - expected).max() <= 1


def test_looking_over_a_large_level_can_be_cancelled_on_the_way(tmp_path):
    path = write_slide(tmp_path / "a.tif", np.full((2500, 4300, 3), 200, np.uint8))
    seen = []

    def stop_at_the_third(event):
        seen.append((event.done, event.total))
        if event.done == 2:
            raise Cancelled

    with open_slide(path) as slide, pytest.raises(Cancelled):
        slide.look_over(430, stop_at_the_third)
    assert seen == [(0, 6), (1, 6), (2, 6)]


def test_an_overview_is_never_enlarged(noise_path, picture):
    with open_slide(noise_path) as slide:
        assert np.array_equal(slide.look_over(5000).picture, picture)


def test_the_overview_of_a_damaged_slide_has_the_rest(tmp_path):
    y, x = np.mgrid[:1024, :1024]
    smooth = np.stack([x // 5, y // 5, (x + y) // 10], axis=-1).astype(np.uint8)
    path = write_slide(tmp_path / "a.tif", smooth, compression="jpeg")
    with tifffile.TiffFile(path) as tif:
        offset, count = tif.pages[0].dataoffsets[5], tif.pages[0].databytecounts[5]
    damaged = bytearray(path.read_bytes())
    damaged[offset : offset + count] = bytes(count)
    path.write_bytes(damaged)
    with open_slide(path) as slide:
        overview = slide.look_over(128).picture
    expected = smooth.reshape(128, 8, 128, 8, 3).mean(axis=(1, 3))
    assert (overview[32:64, 32:64] == 255).all()
    overview[32:64, 32:64] = expected[32:64, 32:64]
    assert np.abs(overview - expected).max() < 6


def test_paths_may_be_text(noise_path):
    with open_slide(str(noise_path)) as slide:
        assert slide.path == Path(noise_path)
        assert "noise.tif" in repr(slide)
