from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import simplejpeg
import tifffile

from pathgui.core.errors import SlideError, UnreadableRegionError
from pathgui.core.slides.reading.direct_reader import DirectReader, NotDirectError, direct_reader
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import noise, tissue_picture, write_slide
from tests.shared_data import shared

DIRECT = {  # the levels that are read directly
    "CMU-1-Small-Region.svs": {0},
    "TCGA-CR-7395-01A-01-TS1.svs": {0, 1},
    "cmu-generic-pyramid-mpp.tif": {0, 1, 2, 3},
    "cmu-generic-pyramid-no-mpp.tif": {0, 1, 2},
    "camelyon17-center0-patient006_node_1.tif": {0, 1, 2, 3},
    "camelyon17-center3-patient066_node_1.tif": {0, 1, 2, 3},
}
LEFT_TO_OPENSLIDE = [
    "boxes-synthetic.tiff",
    "hamamatsu-dapi-fluorescence.ndpi",
    "tiny-dicom-sm-50px.dcm",
    "CMU-1-Small-Region-dicom",
]


@pytest.fixture(scope="module")
def picture():
    return tissue_picture(900, 700)[0]


@pytest.fixture(scope="module")
def jpeg_path(tmp_path_factory, picture):
    folder = tmp_path_factory.mktemp("jpeg")
    return write_slide(folder / "a.tif", picture, factors=(1, 2, 4), compression="jpeg")


def reader_of(path, cache_bytes=64 << 20, vendor="generic-tiff"):
    with open_slide(path, direct=False) as slide:
        levels = [(level.size, level.downsample) for level in slide.levels]
        return direct_reader(path, vendor, levels, slide.background, slide.read, cache_bytes)


def places(slide, level):
    """Regions inside, across tiles, over every border and outside, in level-0 pixels."""
    width, height = slide.levels[level].size
    downsample = slide.levels[level].downsample
    for x, y, w, h in (
        *((0, 0, width, height), (0, 0, 256, 256), (240, 240, 240, 240), (3, 5, 301, 97)),
        *((-16, -8, 64, 64), (width - 40, height - 24, 80, 80), (width + 8, 0, 16, 16)),
        (-(10**6), 0, 16, 16),
    ):
        yield (round(x * downsample), round(y * downsample)), level, (w, h)


@pytest.mark.parametrize("name", DIRECT)
def test_real_slides_give_openslides_pixels_everywhere(name):
    path = shared("slides", name)
    with open_slide(path) as slide, open_slide(path, direct=False) as reference:
        assert slide.reader.startswith("direct (")
        assert reference.reader.startswith("OpenSlide")
        assert reader_levels(slide) == DIRECT[name]
        for level in range(len(slide.levels)):
            for place in places(slide, level):
                assert np.array_equal(slide.read(*place), reference.read(*place)), place


def reader_levels(slide):
    return set(slide._direct.levels)


@pytest.mark.parametrize("name", LEFT_TO_OPENSLIDE)
def test_everything_else_is_left_to_openslide(name):
    with open_slide(shared("slides", name)) as slide:
        assert slide.reader.startswith("OpenSlide")


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "jpeg"},
        {"compression": "jpeg", "compressionargs": {"outcolorspace": "rgb"}},
        {"compression": "jpeg", "subsampling": (1, 1)},
        {"compression": "jpeg", "compressionargs": {"level": 30}},
    ],
    ids=["YCbCr", "RGB", "no subsampling", "strong"],
)
@pytest.mark.parametrize("tile", [(256, 256), (240, 160)], ids=str)
def test_kinds_of_jpeg_tiles_come_out_equal_or_are_left_to_openslide(
    tmp_path, picture, options, tile
):
    path = write_slide(tmp_path / "a.tif", picture, factors=(1, 2), tile=tile, **options)
    with open_slide(path) as slide, open_slide(path, direct=False) as reference:
        assert slide.reader.startswith("direct (")
        for level in (0, 1):
            for place in places(slide, level):
                assert np.array_equal(slide.read(*place), reference.read(*place)), place


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_other_compressions_are_left_to_openslide(tmp_path, picture, compression):
    path = write_slide(tmp_path / "a.tif", picture, compression=compression)
    with open_slide(path) as slide:
        assert slide.reader.startswith("OpenSlide")
        assert np.array_equal(slide.read((0, 0), 0, (900, 700)), picture)


def test_a_decoder_whose_pixels_differ_is_not_used(jpeg_path):
    with open_slide(jpeg_path, direct=False) as slide:
        levels = [(level.size, level.downsample) for level in slide.levels]

        def one_gray_level_off(*place):
            region = slide.read(*place)
            region[-1, -1, 1] ^= 1
            return region

        assert (
            direct_reader(jpeg_path, "generic-tiff", levels, (255, 255, 255), one_gray_level_off)
            is None
        )


def test_a_slide_none_of_whose_tiles_can_be_compared_is_not_read_directly(jpeg_path):
    with open_slide(jpeg_path, direct=False) as slide:
        levels = [(level.size, level.downsample) for level in slide.levels]

        def fails(*place):
            raise UnreadableRegionError("damaged")

        assert direct_reader(jpeg_path, "generic-tiff", levels, (255, 255, 255), fails) is None


def test_fast_decoding_would_be_noticed(jpeg_path):
    """The trap this reader must not fall into: fast upsampling is not OpenSlide's."""
    with tifffile.TiffFile(jpeg_path) as tif:
        page = tif.pages[0]
        with jpeg_path.open("rb") as file:
            file.seek(page.dataoffsets[0])
            data = file.read(page.databytecounts[0])
        whole = b"\xff\xd8" + (page.jpegtables or b"")[2:-2] + data[2:]
    accurate = simplejpeg.decode_jpeg(whole, "RGB")
    fast = simplejpeg.decode_jpeg(whole, "RGB", fastdct=True, fastupsample=True)
    with open_slide(jpeg_path) as slide:
        region = slide.read((0, 0), 0, (256, 256))
    assert np.array_equal(region, accurate)
    assert not np.array_equal(region, fast)


def test_formats_with_overlapping_or_missing_tiles_are_not_tried(jpeg_path):
    reader = reader_of(jpeg_path)
    assert isinstance(reader, DirectReader)
    reader.close()
    assert reader_of(jpeg_path, vendor="ventana") is None


def test_between_the_pixels_of_a_level_openslide_is_asked(jpeg_path):
    reader = reader_of(jpeg_path)
    assert reader.read((4, 8), 2, (10, 10)).shape == (10, 10, 3)
    for origin in ((5, 8), (4, 6)):
        with pytest.raises(NotDirectError, match="between"):
            reader.read(origin, 2, (10, 10))
    reader.close()
    with open_slide(jpeg_path) as slide, open_slide(jpeg_path, direct=False) as reference:
        place = ((5, 6), 2, (100, 90))
        assert np.array_equal(slide.read(*place), reference.read(*place))


def test_levels_are_shown_with_their_own_pixels_whatever_the_downsample(tmp_path):
    path = write_slide(
        tmp_path / "odd.tif", noise(1101, 703), factors=(1, 2), compression="jpeg", tile=(128, 128)
    )
    with open_slide(path) as slide:
        assert slide.levels[1].downsample != 2
        assert reader_levels(slide) == {0, 1}
        whole = slide.read((0, 0), 1, slide.levels[1].size)
        part = slide.read_level(1, (333, 210), (150, 120))
        assert np.array_equal(part, whole[210:330, 333:483])
    with open_slide(path, direct=False) as slide:
        exact = slide.read_level(0, (333, 210), (150, 120))
        assert np.array_equal(exact, slide.read((333, 210), 0, (150, 120)))
        assert slide.read_level(1, (333, 210), (150, 120)).shape == part.shape


@pytest.mark.parametrize("color", ["ycbcr", "rgb"])
def test_for_the_screen_whole_tiles_come_with_the_same_pixels(tmp_path, picture, color):
    options = {"compressionargs": {"outcolorspace": "rgb"}} if color == "rgb" else {}
    path = write_slide(tmp_path / "a.tif", picture, compression="jpeg", **options)
    with open_slide(path) as slide:
        for size in ((256, 256), (512, 256)):
            out = np.zeros((size[1], size[0], 4), np.uint8)
            assert slide.read_for_screen(0, (256, 0), 1, out)
            assert np.array_equal(screen_rgb(out), slide.read((256, 0), 0, size))
            assert (out.view(np.uint32) >> 24 == 255).all()


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_for_the_screen_tiles_are_reduced_to_what_they_are_on_average(tmp_path, factor):
    path = write_slide(tmp_path / "a.tif", tissue_picture(1100, 1100)[0], compression="jpeg")
    with open_slide(path) as slide:
        out = np.zeros((1024 // factor, 1024 // factor, 4), np.uint8)
        assert slide.read_for_screen(0, (0, 0), factor, out)
        whole = slide.read((0, 0), 0, (1024, 1024)).astype(float)
    average = whole.reshape(1024 // factor, factor, 1024 // factor, factor, 3).mean((1, 3))
    off = screen_rgb(out) - average
    assert np.abs(off).mean() < 1.5
    assert np.abs(off.mean()) < 0.2


def test_for_the_screen_parts_of_tiles_and_damaged_ones_are_left_to_the_usual_way(jpeg_path):
    with open_slide(jpeg_path) as slide:
        whole = np.zeros((256, 256, 4), np.uint8)
        for origin in ((16, 0), (768, 0), (0, 512), (-256, 0)):  # between tiles, over an edge
            assert not slide.read_for_screen(0, origin, 1, whole)
        assert not slide.read_for_screen(0, (0, 0), 1, np.zeros((256, 200, 4), np.uint8))
        slide.close()
        assert not slide.read_for_screen(0, (0, 0), 1, whole)
    with open_slide(jpeg_path, direct=False) as slide:
        assert not slide.read_for_screen(0, (0, 0), 1, whole)
    bad = shared("slides", "negative", "two-bad-tiles.tif")
    with open_slide(bad) as slide:
        told = {
            (x, y): slide.read_for_screen(0, (x, y), 1, whole)
            for x in range(0, 2048, 256)
            for y in range(0, 2816, 256)
        }
        assert sum(not done for done in told.values()) == 2


def screen_rgb(pixels):
    """Red, green and blue of 0xffRRGGBB."""
    words = pixels.view(np.uint32)[..., 0]
    return np.stack([(words >> shift) & 255 for shift in (16, 8, 0)], axis=-1)


def test_damaged_tiles_are_the_same_with_and_without_it():
    path = shared("slides", "negative", "two-bad-tiles.tif")
    with open_slide(path) as slide, open_slide(path, direct=False) as reference:
        assert slide.reader.startswith("direct (")
        bad = []
        for row in range(12):
            for column in range(9):
                place = ((column * 256, row * 256), 0, (256, 256))
                try:
                    region = slide.read(*place)
                except UnreadableRegionError:
                    bad.append((row, column))
                    with pytest.raises(UnreadableRegionError):
                        reference.read(*place)
                else:
                    assert np.array_equal(region, reference.read(*place))
        assert bad == [(3, 2), (7, 5)]


@pytest.mark.parametrize("name", ["CMU-1-Small-Region.svs", "TCGA-CR-7395-01A-01-TS1.svs"])
def test_whatever_damage_does_to_openslide_it_does_here(tmp_path, name):
    source = shared("slides", name)
    data = bytearray(source.read_bytes())
    rng = np.random.default_rng(0)
    with tifffile.TiffFile(source) as tif:
        page = tif.pages[0]
        fullest = [int(index) for index in np.argsort(page.databytecounts)[-12:]]
        for turn, index in enumerate(fullest):
            offset, count = page.dataoffsets[index], page.databytecounts[index]
            middle = offset + count // 2
            if turn % 3 == 0:
                data[middle] ^= 0xFF
            elif turn % 3 == 1:
                data[middle : offset + count] = bytes(offset + count - middle)
            else:
                data[middle : offset + count] = rng.bytes(offset + count - middle)
        across, tile = -(-page.imagewidth // page.tilewidth), (page.tilewidth, page.tilelength)
    path = tmp_path / name
    path.write_bytes(data)

    def outcome(slide, place):
        try:
            return slide.read(*place)
        except UnreadableRegionError:
            return None

    with open_slide(path) as slide, open_slide(path, direct=False) as reference:
        assert slide.reader.startswith("direct (")
        for index in fullest:
            origin = (index % across * tile[0], index // across * tile[1])
            mine, theirs = (outcome(each, (origin, 0, tile)) for each in (slide, reference))
            assert (mine is None) == (theirs is None)
            assert mine is None or np.array_equal(mine, theirs)


def test_decoded_tiles_are_kept_up_to_a_bound(jpeg_path):
    tile_bytes = 256 * 256 * 3
    reader = reader_of(jpeg_path, cache_bytes=3 * tile_bytes)
    for x in range(0, 900, 100):
        reader.read((x, 0), 0, (100, 600))
        assert 0 < reader.cached_bytes <= 3 * tile_bytes
    reader.close()
    assert reader.cached_bytes == 0


def test_a_region_larger_than_the_cache_is_read_all_the_same(jpeg_path):
    reader = reader_of(jpeg_path, cache_bytes=1)
    with open_slide(jpeg_path, direct=False) as slide:
        assert np.array_equal(reader.read((0, 0), 0, (900, 700)), slide.read((0, 0), 0, (900, 700)))
    reader.close()


@pytest.mark.parametrize("size", [(256, 256), (200, 150)])
@pytest.mark.parametrize("kept", [True, False])
def test_a_region_may_be_changed_without_changing_the_slide(jpeg_path, size, kept):
    with open_slide(jpeg_path) as slide:
        if kept:
            slide.read((100, 100), 0, (300, 300))  # the tile is in memory now
        region = slide.read((0, 0), 0, size)
        before = region.copy()
        region[:] = 0
        assert np.array_equal(slide.read((0, 0), 0, size), before)


def test_a_whole_tile_is_handed_over_as_it_is_decoded_and_not_kept(jpeg_path):
    reader = reader_of(jpeg_path, cache_bytes=10**9)
    before = reader.cached_bytes  # of the comparison with OpenSlide
    with open_slide(jpeg_path, direct=False) as slide:
        width, height = slide.size_l0
        for y in range(0, height - 255, 256):
            for x in range(0, width - 255, 256):
                region = reader.read((x, y), 0, (256, 256))
                assert np.array_equal(region, slide.read((x, y), 0, (256, 256)))
    assert reader.cached_bytes == before
    reader.read((1, 1), 0, (width - 1, height - 1))
    assert reader.cached_bytes > before
    reader.close()


def test_threads_read_the_same_pixels_as_one(jpeg_path):
    rng = np.random.default_rng(1)
    wanted = [((int(x), int(y)), 0, (224, 224)) for x, y in rng.integers(-50, 800, (300, 2))]
    reader = reader_of(jpeg_path, cache_bytes=4 * 256 * 256 * 3)
    with open_slide(jpeg_path, direct=False) as reference, ThreadPoolExecutor(6) as pool:
        for place, region in zip(wanted, pool.map(lambda p: reader.read(*p), wanted), strict=True):
            assert np.array_equal(region, reference.read(*place))
    reader.close()


def test_closing_while_threads_read_is_safe(jpeg_path):
    for _ in range(5):
        slide = open_slide(jpeg_path)
        started = threading.Barrier(4)
        problems = []

        def read(slide=slide, started=started, problems=problems):
            started.wait()
            try:
                while True:
                    slide.read((100, 100), 0, (400, 400))
            except SlideError:
                pass  # closed: what is wanted here
            except Exception as error:  # noqa: BLE001  # whatever else comes out is the failure
                problems.append(error)

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        started.wait()
        slide.close()
        for thread in threads:
            thread.join()
        assert problems == []


def test_reading_directly_can_be_switched_on_later(jpeg_path):
    with open_slide(jpeg_path, direct=False) as slide:
        assert slide.reader.startswith("OpenSlide")
        assert slide.read_directly()
        assert slide.reader.startswith("direct (simplejpeg")
    with open_slide(shared("slides", "tiny-dicom-sm-50px.dcm"), direct=False) as slide:
        assert not slide.read_directly()


@pytest.mark.parametrize(
    ("level", "tag", "value"),
    [(0, "TileOffsets", 16), (1, "TileLength", 0), (1, "TileWidth", 2**31)],
)
def test_a_level_whose_tags_are_damaged_is_left_to_openslide(tmp_path, picture, level, tag, value):
    path = write_slide(tmp_path / "a.tif", picture, factors=(1, 4), compression="jpeg")
    with open_slide(path, direct=False) as slide:
        levels = [(each.size, each.downsample) for each in slide.levels]
        damaged = tmp_path / "b.tif"
        damaged.write_bytes(path.read_bytes())
        with tifffile.TiffFile(damaged, mode="r+b") as tif:
            tif.pages[level].tags[tag].overwrite(value, dtype="I")
        reader = direct_reader(damaged, "generic-tiff", levels, slide.background, slide.read)
        if reader is not None:
            assert level not in reader.levels
            reader.close()


def without_tiles(path, copy, page, indices):
    """A copy of a slide some of whose tiles have no data."""
    copy.write_bytes(path.read_bytes())
    with tifffile.TiffFile(copy, mode="r+b") as tif:
        tags = tif.pages[page].tags
        for name in ("TileOffsets", "TileByteCounts"):
            values = [0 if n in indices else v for n, v in enumerate(tags[name].value)]
            tags[name].overwrite(values)
    return copy


@pytest.mark.parametrize("page", [0, 1])
def test_empty_tiles_are_background_and_stay_with_the_direct_reader(tmp_path, picture, page):
    whole = write_slide(tmp_path / "a.tif", picture, factors=(1, 2), compression="jpeg")
    path = without_tiles(whole, tmp_path / "b.tif", page, {0, 3})
    with open_slide(path) as slide, open_slide(path, direct=False) as reference:
        assert page in slide._direct.levels
        size = slide.levels[page].size
        region = slide.read((0, 0), page, size)
        assert np.array_equal(region, reference.read((0, 0), page, size))
        assert (region[:256, :256] == slide.background).all()
        screen = np.empty((256, 256, 4), np.uint8)
        assert slide.read_for_screen(page, (0, 0), 1, screen)
        assert (screen_rgb(screen) == slide.background).all()


def test_an_empty_tile_of_a_coarse_aperio_level_is_left_to_openslide(tmp_path, picture):
    whole = write_slide(
        tmp_path / "a.svs",
        picture,
        factors=(1, 2),
        compression="jpeg",
        description="Aperio Image Library v10\r\n900x700 (256x256)|AppMag = 20|MPP = 0.5",
    )
    path = without_tiles(whole, tmp_path / "b.svs", 1, {0})
    with open_slide(path) as slide, open_slide(path, direct=False) as reference:
        assert slide.vendor == "aperio"
        assert slide._direct.levels == {0}
        size = slide.levels[1].size
        assert np.array_equal(slide.read((0, 0), 1, size), reference.read((0, 0), 1, size))


def test_a_tile_that_claims_to_be_huge_is_not_made_room_for(tmp_path, picture):
    resource = pytest.importorskip("resource")
    path = write_slide(tmp_path / "a.tif", picture, compression="jpeg")
    with tifffile.TiffFile(path) as tif:
        offset, count = tif.pages[0].dataoffsets[1], tif.pages[0].databytecounts[1]
    data = bytearray(path.read_bytes())
    frame = data.index(b"\xff\xc0", offset, offset + count)
    data[frame + 5 : frame + 9] = b"\xff\x00\xff\x00"  # 65,280 x 65,280 px
    path.write_bytes(data)
    with open_slide(path) as slide:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(UnreadableRegionError):
            slide.read((256, 0), 0, (256, 256))
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 19  # KiB
        slide.read((0, 0), 0, (256, 256))
