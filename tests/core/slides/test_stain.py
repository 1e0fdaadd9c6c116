"""Slides that are not stained by H&E are told by their colors; of H&E nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.stain import OVERVIEW_PX, stain_doubt, unlike_he
from tests.core.slide_factory import tissue_picture
from tests.shared_data import shared

GLASS = np.array((243.0, 242.0, 241.0))
# Optical densities of one strength: Ruifrok and Johnston (2001), and of others what is typical.
HEMATOXYLIN, EOSIN, DAB = (0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78)
ANILINE_BLUE, SILVER = (0.95, 0.55, 0.15), (0.48, 0.55, 0.68)


def stained(*densities, strength=0.5, glass=GLASS, share=0.5):
    """An ellipse of tissue in one stain, the ``share`` of it in the second, if there is one."""
    rng = np.random.default_rng(0)
    _, inside = tissue_picture(256, 200)
    picture = np.tile(np.asarray(glass, np.float64), (200, 256, 1))
    second = rng.random(inside.shape) < share
    for density, where in zip(densities, (inside, inside & second), strict=False):
        picture[where] *= 10 ** -(strength * np.array(density))
    if len(densities) == 2:
        picture[inside & second] /= 10 ** -(strength * np.array(densities[0]))
    return np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("strength", [0.15, 0.3, 1.0])
@pytest.mark.parametrize("glass", [GLASS, (225, 222, 200)])
def test_of_hematoxylin_and_eosin_nothing_is_said_however_pale(strength, glass):
    for densities in ((EOSIN,), (HEMATOXYLIN,), (EOSIN, HEMATOXYLIN)):
        assert unlike_he(stained(*densities, strength=strength, glass=glass)) == ""
    assert unlike_he(tissue_picture(256, 200)[0]) == ""


@pytest.mark.parametrize(
    ("density", "color"), [(DAB, "blue"), (SILVER, "blue"), (ANILINE_BLUE, "red")]
)
@pytest.mark.parametrize("strength", [0.3, 0.8])
def test_other_stains_are_told_by_the_color_that_they_absorb_most(density, color, strength):
    assert color in unlike_he(stained(density, strength=strength))


def test_some_brown_nuclei_or_a_little_ink_are_not_enough_to_doubt_the_stain():
    assert unlike_he(stained(HEMATOXYLIN, DAB, share=0.1)) == ""


def test_light_on_a_dark_ground_is_called_fluorescence_and_dark_tissue_is_not():
    picture, inside = tissue_picture(256, 200)
    dark = np.full_like(picture, 8)
    dark[inside] = (10, 20, 90)
    assert "fluorescence" in unlike_he(dark)
    assert unlike_he(stained(HEMATOXYLIN, strength=1.6)) == ""
    framed = picture.copy()
    framed[:, :140] = 0  # a scanner fills what it left out
    assert "fluorescence" not in unlike_he(framed)


def test_where_there_is_no_tissue_nothing_is_said():
    assert unlike_he(np.full((200, 256, 3), 243, np.uint8)) == ""
    assert stain_doubt(np.full((4, 4, 3), 220, np.uint8), "a.tif") == ""


def test_the_sentence_names_the_slide_and_what_it_means():
    said = stain_doubt(stained(DAB), "IHC 7.svs")
    assert said.startswith("IHC 7.svs absorbs blue light most")
    assert "if the reference set is of them" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CMU-1-Small-Region.svs", ""),
        ("TCGA-CR-7395-01A-01-TS1.svs", ""),
        ("camelyon17-center2-patient056_node_1.tif", ""),
        ("hamamatsu-dapi-fluorescence.ndpi", "is light on a dark ground, as in fluorescence"),
    ],
)
def test_real_slides_are_judged_rightly(name, said):
    with open_slide(shared("slides", name)) as slide:
        assert unlike_he(slide.thumbnail(OVERVIEW_PX)) == said
