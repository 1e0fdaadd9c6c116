from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.model.layers import NONE, OverlayLayer
from tests.gui.viewer.slides import MemorySlide, tissue_like, update_overlay

SIZE = (4000, 3000)


@pytest.fixture
def compare(qtbot):
    made = CompareView(KeyTable(ACTIONS))
    qtbot.addWidget(made)
    made.main.navigator.reduced_motion = True
    made.resize(900, 500)
    made.show()
    yield made
    made.shutdown()


def layers():
    colors = [(230, 159, 0), (86, 180, 233)]
    return [
        OverlayLayer(
            encoder,
            np.full((15, 20), NONE, np.uint8),
            colors,
            ["a", "b"],
            stride_l0=200.0,
            encoder=encoder,
        )
        for encoder in ("one", "two", "three")
    ]


def open_slide(compare, **kwargs):
    slide = MemorySlide(tissue_like(SIZE), (1.0, 4.0), **kwargs)
    compare.main.set_slide(slide)
    return slide


def test_new_panes_show_the_same_slide_each_with_the_next_encoder(compare):
    slide = open_slide(compare)
    compare.main.set_layers(layers())
    compare.main.perform("panes_3")
    assert [pane.slide for pane in compare.panes] == [slide] * 3
    assert [pane.layer.encoder for pane in compare.panes] == ["one", "two", "three"]


def test_panes_of_one_encoder_show_different_kinds_of_its_answers(compare):
    open_slide(compare)
    only = layers()[0]
    kinds = ("tissue", "center", "agreement")
    compare.main.set_layers([replace(only, title=kind, kind=kind) for kind in kinds])
    compare.set_panes(4)
    assert [pane.layer.kind for pane in compare.panes] == [*kinds, "tissue"]


def test_a_frame_says_which_pane_was_used_last(qtbot, compare):
    open_slide(compare)
    compare.set_panes(2)
    accent = compare.palette().highlight().color()

    def framed():
        picture = compare.grab().toImage()
        return [
            picture.pixelColor(pane.geometry().center().x(), pane.geometry().top() - 2) == accent
            for pane in compare.panes
        ]

    assert framed() == [True, False]
    compare.panes[1].setFocus()
    assert framed() == [False, True]
    with_signal = []
    compare.shown_changed.connect(lambda: with_signal.append(compare.current))
    compare.set_panes(1)
    assert with_signal == [compare.main]
    qtbot.waitUntil(lambda: compare.main.geometry() == compare.rect())  # one needs no frame


def test_in_small_panes_name_legend_and_minimap_do_not_lie_on_each_other(compare):
    open_slide(compare)
    compare.main.set_layers(layers())
    compare.set_panes(4)
    other = MemorySlide(tissue_like(SIZE), (1.0, 4.0))
    other.path = Path("a long name " * 9)
    compare.set_slide_of(1, other)
    for pane in compare.panes:
        shown = pane.instruments
        pane.instruments.second_legend.hide()
        parts = [each for each in (shown.name, shown.legend, shown.minimap) if each.isVisible()]
        assert shown.name in parts
        assert len(parts) > 1
        for one, other in itertools.combinations(parts, 2):
            assert not one.geometry().intersects(other.geometry())
        assert all(pane.rect().contains(each.geometry()) for each in parts)


def test_a_new_pane_does_not_move_the_others(qtbot, compare):
    open_slide(compare)
    compare.main.go_to(1500, 1100, 0.7)
    compare.set_panes(3)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    for pane in compare.panes:
        assert (pane.viewport.center_l0, pane.viewport.scale) == ((1500, 1100), 0.7)


def test_panes_on_one_slide_share_their_viewport(qtbot, compare):
    open_slide(compare)
    compare.set_panes(4)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    compare.panes[2].go_to(1500, 1100, 0.7)
    compare.panes[2].rotate(90)
    for pane in compare.panes:
        assert pane.viewport.center_l0 == (1500, 1100)
        assert pane.viewport.scale == 0.7
        assert pane.viewport.rotation == 90
        assert pane.viewport.size_px == (pane.width(), pane.height())


@pytest.mark.parametrize("count", [2, 3, 4])
def test_panes_keep_the_slide_whole_until_one_of_them_is_moved(qtbot, compare, count):
    open_slide(compare)
    compare.set_panes(count)
    for size in ((700, 420), (1000, 600)):
        compare.resize(*size)
        qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
        for pane in compare.panes:
            whole = pane.viewport.fitted(pane.bounds_l0)
            assert pane.viewport.center_l0 == whole.center_l0
            assert pane.viewport.scale == pytest.approx(whole.scale, rel=0.01)
    compare.panes[1].go_to(1500, 1100, 0.7)
    compare.resize(800, 500)
    for pane in compare.panes:
        assert (pane.viewport.center_l0, pane.viewport.scale) == ((1500, 1100), 0.7)


def test_the_pane_of_a_smaller_slide_moves_no_other_by_getting_another_size(qtbot, compare):
    open_slide(compare, mpp=0.2201)
    compare.set_panes(2)
    compare.set_slide_of(1, MemorySlide(tissue_like((1000, 800)), (1.0, 4.0), mpp=0.2525))
    compare.main.go_to(3500, 2500, 1.0)  # the other ends before
    compare.resize(800, 500)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    assert compare.main.viewport.center_l0 == (3500, 2500)


def test_unlinked_panes_move_alone(compare):
    open_slide(compare)
    compare.set_panes(2)
    compare.main.perform("link")
    compare.main.go_to(100, 100, 2.0)
    assert compare.panes[1].viewport.center_l0 != (100, 100)


def test_the_region_read_for_one_pane_is_not_read_for_the_other(qtbot, compare):
    slide = open_slide(compare)
    compare.set_panes(2)
    compare.main.go_to(2000, 1500, 1.0)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    assert len(slide.reads) == len(set(slide.reads))


def test_different_slides_move_by_the_same_length_and_keep_their_offset(compare):
    open_slide(compare, mpp=0.5)
    compare.set_panes(2)
    other = MemorySlide(tissue_like((8000, 6000), 3), (1.0, 4.0, 16.0), mpp=0.25)
    compare.set_slide_of(1, other)
    second = compare.panes[1]
    compare.main.go_to(1000, 1000, 0.5)
    assert second.viewport.center_l0 == pytest.approx((2000, 2000))
    assert second.viewport.scale == pytest.approx(0.25)
    compare.set_linked(False)
    second.go_to(2600, 1900)
    compare.set_linked(True)
    compare.main.go_to(1100, 1000)
    assert second.viewport.center_l0 == pytest.approx((2800, 1900))
    second.go_to(3000, 1900)
    assert compare.main.viewport.center_l0 == pytest.approx((1200, 1000))
    compare.reset_offset()
    assert second.viewport.center_l0 == pytest.approx((2400, 2000))


def test_the_same_place_is_gone_to_by_panes_that_move_alone_too(compare):
    open_slide(compare)
    compare.set_panes(2)
    compare.set_slide_of(1, MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    compare.set_linked(False)
    compare.main.go_to(1000, 1000, 1.0)
    compare.panes[1].go_to(2000, 1500, 0.5)
    compare.reset_offset()
    assert compare.panes[1].viewport.center_l0 == (1000, 1000)
    assert compare.panes[1].viewport.scale == 1.0
    compare.main.go_to(1500, 1200)
    assert compare.panes[1].viewport.center_l0 == (1000, 1000)
    compare.reset_offset()
    compare.set_linked(True)
    compare.main.go_to(2000, 1600)
    assert compare.panes[1].viewport.center_l0 == pytest.approx((2000, 1600))


def test_another_slide_beside_moves_no_pane_that_moves_alone(compare):
    open_slide(compare)
    compare.set_panes(3)
    compare.set_linked(False)
    compare.panes[1].go_to(2000, 1500, 0.5)
    compare.set_slide_of(2, MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    assert compare.panes[1].viewport.center_l0 == (2000, 1500)


def test_panes_are_linked_while_the_first_is_empty(compare):
    open_slide(compare)
    compare.set_panes(2)
    compare.set_slide_of(1, MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    compare.main.set_slide(None)
    compare.set_linked(False)
    compare.set_linked(True)
    assert compare.linked


def test_values_that_come_while_it_runs_reach_every_pane(qtbot, compare):
    open_slide(compare)
    made = layers()
    compare.main.set_layers(made)
    compare.set_panes(2)
    update_overlay(compare.main, np.array([[3, 3]]), np.array([1]), "two")
    legend = compare.panes[1].instruments.legend
    qtbot.waitUntil(lambda: legend.facts is not None and legend.facts.rows[1].count == 1)


def test_values_of_one_slide_are_nothing_to_the_pane_of_another(compare):
    open_slide(compare)
    compare.main.set_layers(layers())
    compare.set_panes(2)
    compare.set_slide_of(1, MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    update_overlay(compare.main, np.array([[3, 3]]), np.array([1]), "two")
    assert compare.main._live_timer.isActive()
    assert not compare.panes[1]._live_timer.isActive()
    assert not compare.panes[1]._live


def test_a_tile_grid_that_is_found_later_reaches_every_pane_of_the_slide(compare):
    open_slide(compare)
    compare.set_panes(3)
    compare.set_slide_of(2, MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    found = TileGrid(np.array([[0, 0], [3, 2]], np.int32), (20, 15), 200, 200, (0, 0), 0.5)
    compare.main.set_tile_grid(found)
    assert [pane.tile_grid for pane in compare.panes] == [found, found, None]
    compare.main.set_layers(layers())
    compare.main.set_tile_grid(None)
    assert compare.panes[1].tile_grid is None


def test_another_slide_in_the_main_pane_reaches_the_others(compare):
    open_slide(compare)
    compare.set_panes(2)
    second = open_slide(compare)
    assert [pane.slide for pane in compare.panes] == [second] * 2


def test_closing_panes_leaves_the_slide_open_for_the_rest(qtbot, compare):
    slide = MemorySlide(tissue_like(SIZE), (1.0, 4.0))
    compare.main.set_slide(slide, owned=True)
    compare.set_panes(3)
    compare.set_panes(1)
    compare.main.go_to(2000, 1500, 1.0)
    qtbot.waitUntil(lambda: compare.main.sharp)
    assert not slide.closed.is_set()
    compare.main.set_slide(None)
    qtbot.waitUntil(slide.closed.is_set)


@pytest.mark.parametrize("pane", [0, 1])
def test_a_slide_stays_open_while_a_pane_shows_it_in_whatever_colors(qtbot, compare, pane):
    slide = MemorySlide(tissue_like(SIZE), (1.0, 4.0))
    compare.main.set_slide(slide, owned=True)
    compare.set_panes(2)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    compare.panes[pane].perform("colors")
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    compare.set_panes(1)
    assert not slide.closed.is_set()
    compare.main.go_to(2000, 1500, 1.0)
    qtbot.waitUntil(lambda: compare.main.sharp)
    compare.main.set_slide(None)
    assert slide.closed.wait(5)


@pytest.mark.parametrize("pane", [0, 1])
def test_retry_in_one_pane_is_one_in_all_that_show_the_slide(qtbot, compare, pane):
    slide = open_slide(compare)
    compare.set_panes(2)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))
    slide.gone = True
    compare.main.go_to(2000, 1500, 1.0)
    qtbot.waitUntil(lambda: all(pane.instruments.banner.text for pane in compare.panes))
    qtbot.waitUntil(lambda: not compare.loader._reading)  # by all threads
    slide.gone = False
    compare.panes[pane].instruments.banner.retry_button.click()
    assert not any(pane.instruments.banner.text for pane in compare.panes)
    qtbot.waitUntil(lambda: all(pane.sharp for pane in compare.panes))


def test_what_is_the_windows_to_do_is_asked_for_from_any_pane(compare):
    open_slide(compare)
    compare.set_panes(2)
    asked: list[str] = []
    compare.action_requested.connect(asked.append)
    compare.panes[1].perform("evaluate")
    assert asked == ["evaluate"]
