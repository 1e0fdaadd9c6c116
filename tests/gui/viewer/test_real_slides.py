from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PySide6.QtGui import QColor

from pathgui.core.slides.slide import open_slide
from pathgui.gui.viewer.model.layers import NONE, OverlayLayer
from tests.gui.viewer.pictures import shown
from tests.gui.viewer.slides import checkered
from tests.gui.viewer.test_alignment import dark, on_slide, thick
from tests.shared_data import shared

SLIDES = (
    "CMU-1-Small-Region.svs",
    "CMU-1-Small-Region-dicom/instance_05.dcm",
    "TCGA-CR-7395-01A-01-TS1.svs",
    "boxes-synthetic.tiff",
    "camelyon17-center2-patient056_node_1.tif",
    "cmu-generic-pyramid-no-mpp.tif",
    "hamamatsu-dapi-fluorescence.ndpi",
    "tiny-dicom-sm-50px.dcm",
)


@pytest.fixture
def opened():
    """Opens a slide of the shared data; closed after the test."""
    slides = []

    def make(*parts):
        slides.append(open_slide(shared("slides", *parts)))
        return slides[-1]

    yield make
    for slide in slides:
        slide.close()


def bare(view):
    view.perform("instruments")
    return view


@pytest.mark.parametrize("name", SLIDES)
def test_the_view_shows_what_the_file_holds(qtbot, show, opened, name):
    slide = opened(*name.split("/"))
    view = bare(show())
    view.set_color_correction(False)
    view.set_slide(slide)
    x, y, width, height = slide.bounds_l0
    side = min(300, width, height)
    view.go_to(x + width // 2, y + height // 2, 1.0)
    qtbot.waitUntil(lambda: view.sharp)
    x0, y0 = (round(v) for v in view.viewport.to_l0((250 - side // 2, 200 - side // 2)))
    expected = slide.read((x0, y0), 0, (side, side))
    part = shown(view)[200 - side // 2 :, 250 - side // 2 :][:side, :side]
    assert (part == expected).all()


def test_a_fluorescence_slide_is_dark_and_stays_so(qtbot, show, opened):
    view = bare(show(opened("hamamatsu-dapi-fluorescence.ndpi")))
    assert np.median(shown(view)[150:250, 200:300]) < 60


def test_a_slide_of_fifty_pixels_is_shown_in_the_middle(show, opened):
    view = bare(show(opened("tiny-dicom-sm-50px.dcm")))
    x0, y0, x1, y1 = view.viewport.rect_to_px((0, 0, 50, 50))
    assert (x1 - x0, y1 - y0) == pytest.approx((400, 400), rel=0.03)
    assert x0 == pytest.approx(500 - x1, abs=1)


def test_a_scanners_own_profile_is_understood(qtbot, show, opened):
    slide = opened("TCGA-CR-7395-01A-01-TS1.svs")
    assert slide.icc_profile is not None
    view = show(slide)
    assert any("ICC" in note for note in view.instruments.facts().notes)
    before = slide.read((2000, 1500), 0, (64, 64))
    view.perform("colors")
    qtbot.waitUntil(lambda: view.sharp)
    assert not any("ICC" in note for note in view.instruments.facts().notes)
    assert (slide.read((2000, 1500), 0, (64, 64)) == before).all()


def test_exactly_the_two_bad_tiles_are_hatched(qtbot, show, opened):
    slide = opened("negative", "two-bad-tiles.tif")
    view = bare(show(slide, size=(1500, 1000)))
    for x, y in ((600, 900), (1400, 1900)):
        view.go_to(x, y, 1.0)
        qtbot.waitUntil(lambda: view.sharp)
    view.grab()
    assert "hatched" in view.instruments.banner.text
    hatched = {(key.column, key.row) for key in view.pixels.damaged if key.level == 0}
    assert hatched == {(2, 3), (5, 7)}
    assert "2 damaged places, hatched" in view.instruments.facts().warnings


def test_a_file_read_by_openslide_is_aligned_too(qtbot, show, tmp_path):
    """Odd sides, so that the downsamples OpenSlide reports are not whole."""
    size, square = (5011, 3773), 117
    level_0 = checkered(size, square)
    path = tmp_path / "odd.tif"
    with tifffile.TiffWriter(path) as tif:
        for level, factor in enumerate((1, 4, 16)):
            height, width = size[1] // factor * factor, size[0] // factor * factor
            blocks = level_0[:height, :width].reshape(
                height // factor, factor, width // factor, factor, 3
            )
            tif.write(
                blocks.mean(axis=(1, 3)).round().astype(np.uint8),
                tile=(256, 256),
                photometric="rgb",
                subfiletype=1 if level else 0,
                resolution=(1e4 / (0.5 * factor),) * 2,
                resolutionunit="CENTIMETER",
            )
    slide = open_slide(path)
    assert slide.levels[2].downsample != 16
    view = bare(show())
    view.set_slide(slide, owned=True)
    columns, rows = -(-size[0] // square), -(-size[1] // square)
    image = np.where(np.add.outer(np.arange(rows), np.arange(columns)) % 2 == 0, 0, NONE)
    for scale in (0.07, 0.2, 0.3, 1.0):
        view.set_layers(())
        view.go_to(size[0] - 250 / scale, size[1] - 200 / scale, scale)
        qtbot.waitUntil(lambda: view.sharp)
        slide_alone = dark(view.grab().toImage())
        squares = OverlayLayer(
            "light", image.astype(np.uint8), [(255, 255, 255)], ["x"], stride_l0=square
        )
        view.set_layers([squares])
        view.set_opacity(1.0)
        # The dark squares are covered by white ones: what is left dark is where they disagree.
        left = dark(view.grab().toImage()) & on_slide(view.viewport)
        assert slide_alone.any()
        assert not thick(left).any()
    assert view.surround == QColor(40, 40, 40)
