from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pathgui.core.progress import Cancelled
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tissue import TissueMask, find_tissue, is_dark, tissue_on_glass
from tests.core.slide_factory import tissue_picture, write_slide
from tests.shared_data import shared

UM = 4.0  # µm per pixel of the pictures below

EXPECTED_SHARE = {  # judged by eye from the mask drawn over the slide
    "CMU-1-Small-Region.svs": (0.33, 0.45),
    "TCGA-CR-7395-01A-01-TS1.svs": (0.57, 0.68),
    "hamamatsu-dapi-fluorescence.ndpi": (0.5, 0.85),
    "camelyon17-center0-patient006_node_1.tif": (0.97, 1.0),
    "camelyon17-center1-patient024_node_2.tif": (0.97, 1.0),
    "camelyon17-center2-patient056_node_1.tif": (0.97, 1.0),
    "camelyon17-center3-patient066_node_1.tif": (0.97, 1.0),
    "cmu-generic-pyramid-mpp.tif": (0.33, 0.45),
    "cmu-generic-pyramid-no-mpp.tif": (0.33, 0.45),
    "CMU-1-Small-Region-dicom": (0.33, 0.45),
    "tiny-dicom-sm-50px.dcm": (0.0, 0.02),
    "boxes-synthetic.tiff": (0.45, 0.55),
}


def overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def with_stroke(picture, color, width=14):
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).line([(20, 30), (240, 60), (280, 40)], fill=color, width=width)
    stroke = Image.new("L", image.size)
    ImageDraw.Draw(stroke).line([(20, 30), (240, 60), (280, 40)], fill=255, width=width)
    return np.array(image), np.array(stroke) > 0


@pytest.mark.parametrize("name", EXPECTED_SHARE)
def test_the_tissue_of_every_good_slide_is_found(name):
    with open_slide(shared("slides", name)) as slide:
        mask = find_tissue(slide)
    low, high = EXPECTED_SHARE[name]
    assert low <= mask.mask.mean() <= high


def test_fluorescence_is_told_by_its_dark_background():
    with open_slide(shared("slides", "hamamatsu-dapi-fluorescence.ndpi")) as slide:
        mask = find_tissue(slide)
        overview = slide.look_over(mask.mask.shape[0]).picture
    assert "dark" in mask.method
    signal = overview.max(axis=2)
    assert signal[mask.mask].mean() > 5 * signal[~mask.mask].mean()
    assert (signal > 60)[mask.mask].sum() > 0.95 * (signal > 60).sum()


def test_whole_slides_are_seen_at_about_8_um_per_pixel(tmp_path):
    picture = np.full((800, 9000, 3), 240, np.uint8)
    with open_slide(write_slide(tmp_path / "a.tif", picture, mpp=0.5)) as slide:
        mask = find_tissue(slide)
    assert mask.mask.shape == (50, 562)
    assert not mask.mask.any()
    assert mask.downsample == pytest.approx((9000 / 562, 16.0))


@pytest.mark.parametrize(
    "glass", [(255, 255, 255), (243, 242, 241), (200, 198, 196), (238, 232, 205), (240, 232, 237)]
)
def test_the_color_of_the_glass_does_not_matter(glass):
    picture, inside = tissue_picture(400, 300, glass)
    stained = picture * (np.array(glass) / (243, 242, 241))
    picture[inside] = np.clip(stained[inside], 0, 255).astype(np.uint8)
    assert overlap(tissue_on_glass(picture, UM), inside) > 0.93


@pytest.mark.parametrize(
    "color", [(30, 60, 180), (0, 140, 70), (20, 20, 22), (215, 30, 40), (0, 170, 200)]
)
def test_ink_is_no_tissue(color):
    picture, inside = tissue_picture(400, 300)
    inked, stroke = with_stroke(picture, color)
    found = tissue_on_glass(inked, UM)
    assert not (found & stroke).any()
    assert overlap(found, inside) > 0.93


def test_a_stain_that_is_blue_all_over_is_tissue_not_ink():
    picture, inside = tissue_picture(400, 300)
    picture[inside] = (60, 120, 200)
    assert overlap(tissue_on_glass(picture, UM), inside) > 0.93


def test_gray_dirt_and_shadows_are_no_tissue():
    picture, inside = tissue_picture(400, 300)
    picture[10:40, 10:390] = np.linspace(140, 240, 380, dtype=np.uint8)[None, :, None]
    found = tissue_on_glass(picture, UM)
    assert not found[5:45].any()
    assert overlap(found, inside) > 0.93


def test_white_filling_beside_the_scan_is_not_taken_for_the_glass():
    picture, inside = tissue_picture(400, 300, (236, 228, 231))
    picture[:, :60] = 255
    picture[:60] = 255
    assert overlap(tissue_on_glass(picture, UM), inside) > 0.93


def test_black_filling_around_a_bright_scan_is_neither_fluorescence_nor_tissue():
    picture, inside = tissue_picture(400, 300)
    framed = np.zeros((600, 800, 3), np.uint8)
    framed[150:450, 200:600] = picture
    truth = np.zeros(framed.shape[:2], bool)
    truth[150:450, 200:600] = inside
    assert not is_dark(framed)
    assert overlap(tissue_on_glass(framed, UM), truth) > 0.9


def test_a_picture_full_of_tissue_is_all_tissue():
    picture, inside = tissue_picture(1000, 800)
    crop = picture[300:500, 350:650]
    assert inside[300:500, 350:650].all()
    assert tissue_on_glass(crop, 1.0).mean() > 0.99


def test_faint_and_strong_stains_have_the_same_tissue():
    picture, inside = tissue_picture(400, 300)
    glass = np.array((243, 242, 241))
    for strength in (0.4, 2.0):
        stained = glass * (np.maximum(picture, 1) / glass) ** strength
        found = tissue_on_glass(np.clip(stained, 0, 255).astype(np.uint8), UM)
        assert overlap(found, inside) > 0.9


def test_the_share_of_a_square_counts_partly_covered_pixels_in_part():
    mask = TissueMask(np.array([[True, False], [False, False]]), (10.0, 20.0), "by hand")
    origins = np.array([(0, 0), (5, 0), (5, 15), (12, 3), (-5, 0)])
    assert mask.fraction(origins, 10).tolist() == pytest.approx([1.0, 0.5, 0.25, 0.0, 0.5])


def test_outside_the_slide_there_is_no_tissue():
    mask = TissueMask(np.ones((4, 4), bool), (8.0, 8.0), "by hand")
    origins = np.array([(0, 0), (24, 24), (28, 28), (100, 0)])
    assert mask.fraction(origins, 8).tolist() == pytest.approx([1.0, 1.0, 0.25, 0.0])


def test_the_area_is_in_square_millimeters():
    mask = TissueMask(np.ones((10, 20), bool), (50.0, 100.0), "by hand")
    assert mask.area_mm2(0.5) == pytest.approx(1000 * 1000 * 0.25 / 1e6)


def test_finding_tissue_can_be_cancelled(slide_path):
    def cancel(event):
        raise Cancelled

    with open_slide(slide_path) as slide, pytest.raises(Cancelled):
        find_tissue(slide, cancel)


def test_a_threshold_that_is_chosen_takes_the_place_of_the_automatic_one(tmp_path):
    picture, inside = tissue_picture(1000, 800)
    glass = np.array((243, 242, 241))
    pale = np.clip(glass * (np.maximum(picture, 1) / glass) ** 0.1, 0, 255).round()
    with open_slide(write_slide(tmp_path / "pale.tif", pale.astype(np.uint8))) as slide:
        found, lower = find_tissue(slide), find_tissue(slide, threshold=0.01)
        higher = find_tissue(slide, threshold=1.0)
    assert 0.03 <= found.threshold <= 0.08
    assert (lower.threshold, higher.threshold) == (0.01, 1.0)
    assert found.mask.mean() < 0.1 * inside.mean()
    assert lower.mask.mean() == pytest.approx(inside.mean(), rel=0.05)
    assert not higher.mask.any()
    assert lower.method == found.method


def test_in_the_dark_the_threshold_is_the_brightness_over_the_background(tmp_path):
    picture = np.zeros((1000, 800, 3), np.uint8)
    picture[200:600, 200:600] = 60
    with open_slide(write_slide(tmp_path / "dark.tif", picture)) as slide:
        found = find_tissue(slide)
        below, above = (find_tissue(slide, threshold=level / 255) for level in (59, 60))
    assert found.threshold == pytest.approx(8 / 255)
    assert found.mask.any()
    assert below.mask.any()
    assert not above.mask.any()
