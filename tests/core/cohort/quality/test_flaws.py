"""A tile is thrown out for what is unusual on its slide, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.cohort.quality.flaws import ENOUGH, SAID, Flaw, find_flaw, is_telling
from pathgui.core.cohort.quality.look import Look

SOUND = Look(edges=900, edges_by_slope=3, ink=0, gray=0, density=0.15, tissue=0.98, brightness=150)
SPOILED = {
    "black": replace(SOUND, brightness=5, density=2, edges=1),
    "tissue": replace(SOUND, tissue=0.01),
    "pen": replace(SOUND, ink=0.3),
    "bubble": replace(SOUND, gray=0.4),
    "fold": replace(SOUND, density=0.7),
    "blur": replace(SOUND, edges=20, edges_by_slope=0.5),
}


@pytest.mark.parametrize("kind", SAID)
def test_each_flaw_is_found_and_said_with_its_value_and_limit(kind):
    flaw = find_flaw(SPOILED[kind], SOUND, 20)
    assert flaw is not None
    assert flaw.kind == kind
    assert "limit" in str(flaw)


def test_a_sound_tile_has_none():
    assert find_flaw(SOUND, SOUND, 20) is None


def test_the_text_has_the_numbers():
    assert str(Flaw("pen", 0.314, 0.1)) == "is under ink: 31% of it (limit 10%)"


@pytest.mark.parametrize("kind", ["black", "pen", "bubble", "fold", "blur"])
def test_what_is_usual_on_the_slide_is_no_flaw(kind):
    assert find_flaw(SPOILED[kind], SPOILED[kind], 20) is None


@pytest.mark.parametrize("kind", ["fold", "blur"])
def test_of_few_tiles_it_is_not_known_what_is_usual(kind):
    assert find_flaw(SPOILED[kind], SOUND, ENOUGH - 1) is None
    assert find_flaw(SPOILED[kind], SOUND, ENOUGH) is not None


def test_pale_tissue_and_smooth_tissue_are_not_blurred():
    assert find_flaw(replace(SOUND, edges=20), SOUND, 20) is None
    assert find_flaw(replace(SOUND, edges_by_slope=0.5), SOUND, 20) is None


def test_glass_is_no_flaw_where_no_tissue_is_asked_for():
    assert find_flaw(SPOILED["tissue"], SOUND, 20, needs_tissue=False) is None


@pytest.mark.parametrize("kind", ["black", "tissue", "pen", "bubble", "fold"])
def test_of_fluorescence_only_blur_is_told(kind):
    dark = replace(SOUND, brightness=12)
    assert find_flaw(replace(SPOILED[kind], edges=900, edges_by_slope=3), dark, 20) is None
    assert find_flaw(replace(SPOILED["blur"], brightness=12), dark, 20).kind == "blur"
    assert find_flaw(replace(SPOILED["blur"], brightness=3), dark, 20) is None


def test_glass_is_not_blurred_and_tells_nothing_while_fat_does():
    glass = replace(SPOILED["blur"], tissue=0.02)
    assert find_flaw(glass, SOUND, 20, needs_tissue=False) is None
    assert not is_telling(glass)
    assert is_telling(replace(SOUND, tissue=0.2))


def test_a_slide_without_any_edge_has_no_blur():
    flat = replace(SOUND, edges=0, edges_by_slope=0)
    assert find_flaw(flat, flat, 20) is None
