"""What is painted of layers while a run fills them, and the divider between two of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt

from pathgui.gui.viewer.model.layers import OverlayLayer
from tests.gui.viewer.pictures import shown
from tests.gui.viewer.slides import MemorySlide, tissue_like, update_overlay
from tests.gui.viewer.test_slide_view import BIG, drag, layer, mouse

ROUGHNESS = 12  # what scaling the slide smoothly in parts makes of a shade


@pytest.fixture
def view(show):
    made = show(MemorySlide(tissue_like(BIG), (1.0, 4.0)))
    made.perform("instruments")
    return made


@pytest.fixture
def fill(qtbot, view):
    """Give the layer of a title (the shown one by default) values, and wait for the picture."""

    def give(cells, values, title=None):
        update_overlay(view, np.array(cells), np.array(values), title)
        qtbot.waitUntil(lambda: not view._live_timer.isActive())

    return give


def painted_anew(view):
    view.invalidate()
    return shown(view)


def assert_nothing_is_stale(view, before):
    live, anew = shown(view).astype(int), painted_anew(view)
    assert abs(live - before).max() > 3 * ROUGHNESS  # else nothing was filled
    assert abs(live - anew).max() <= ROUGHNESS


@pytest.mark.parametrize("title", ["one", "two"])
def test_the_disagreement_in_view_follows_values_as_they_come(view, fill, title):
    view.set_layers([layer(0, name, encoder=name) for name in ("one", "two")])
    view.set_opacity(1.0)
    view.perform("layer_disagreement")
    before = shown(view)
    fill([(14, 10), (15, 12)], np.array([1, 1], np.uint8), title)
    assert_nothing_is_stale(view, before)


def test_the_layer_right_of_the_divider_follows_values_as_they_come(view, fill):
    view.set_layers([layer(0, name, encoder=name) for name in ("one", "two")])
    view.set_opacity(1.0)
    view.perform("swipe")
    before = shown(view)
    fill([(14, 10), (20, 12)], np.array([1, 1], np.uint8), "two")
    assert_nothing_is_stale(view, before)


def test_stretched_colors_of_all_tiles_follow_a_new_extreme(view, fill):
    numbers = np.tile(np.linspace(0.4, 0.5, 30, dtype=np.float32), (22, 1))
    view.set_layers([OverlayLayer("n", numbers, [], stride_l0=200.0, kind="confidence")])
    view.set_opacity(1.0)
    view.set_stretched(True)
    before = shown(view)
    fill([(0, 0)], np.array([1.0], np.float32))
    assert_nothing_is_stale(view, before)


@pytest.mark.parametrize("rotation", [0.0, 90.0, 33.0])
@pytest.mark.parametrize("scale", [0.1199, 0.123, 0.1307])
def test_lines_beside_a_new_value_are_painted_whole(qtbot, view, fill, scale, rotation):
    view.set_layers([layer(0)])
    view.set_look(replace(view.look, outlined=True, opacity=1.0))
    at = replace(view.viewport, center_l0=(3000.0, 2200.0), scale=scale, rotation=rotation)
    view.set_viewport(at)
    qtbot.waitUntil(lambda: view.sharp)
    before = shown(view)
    fill([(14, 10)], np.array([1], np.uint8))
    assert_nothing_is_stale(view, before)


def test_values_of_a_layer_that_is_not_shown_let_nothing_be_painted(view, fill):
    view.set_layers([layer(0, name, encoder=name) for name in ("one", "two")])
    view.grab()
    fill([(14, 10)], np.array([1], np.uint8), "two")
    view.grab()
    assert view.kept.painted_px == 0


@pytest.fixture
def divided(view):
    """With a divider between the layers of two encoders."""
    view.set_layers([layer(0, name, encoder=name) for name in ("one", "two")])
    view.perform("swipe")
    assert view.look.swipe == 0.5
    return view


def test_the_divider_goes_with_the_slide(divided):
    divided.set_slide(MemorySlide(tissue_like((1000, 1000))))
    assert divided.look.swipe is None
    divided.go_to(500, 500, 1.0)
    drag(divided, (250, 300), (300, 300), (350, 300))  # where it was, the slide is moved
    assert divided.viewport.center_l0 == pytest.approx((400, 500))


def test_the_divider_goes_with_the_layer_right_of_it(divided):
    told = []
    divided.look_changed.connect(lambda look: told.append(look.swipe))
    divided.set_layers([layer(0, "one", encoder="one")])
    assert told == [None]
    divided.perform("swipe")
    assert divided.look.swipe is None


def test_the_divider_stays_where_both_its_layers_come_anew(divided):
    divided.move_divider(0.3)
    divided.set_layers([layer(0, f"new {name}", encoder=name) for name in ("one", "two")])
    assert divided.look.swipe == 0.3
    assert divided.overlay.second.title == "new two"


def test_a_divider_that_goes_while_it_is_in_hand_does_not_come_back(divided):
    mouse(divided, QEvent.Type.MouseButtonPress, (250, 300))
    divided.set_layers([layer(0, "one", encoder="one")])
    mouse(
        divided,
        QEvent.Type.MouseMove,
        (280, 300),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
    )
    mouse(divided, QEvent.Type.MouseButtonRelease, (280, 300))
    assert divided.look.swipe is None


def test_large_tiles_of_many_classes_carry_their_letters_upright(view):
    codes = ["A", "B"]
    view.set_layers([replace(layer(0), codes=codes), replace(layer(0, "bare"), codes=[])])
    view.set_opacity(0.5)

    def inked():
        return (shown(view).astype(int).max(axis=2) < 40).sum()

    view.go_to(3000, 2000, 0.05)
    assert inked() == 0  # tiles of 10 px
    view.go_to(3000, 2000, 0.3)
    upright = inked()
    assert upright > 100
    assert abs(painted_anew(view).astype(int) - shown(view)).max() <= ROUGHNESS
    view.rotate(180)
    assert 0.7 < inked() / upright < 1.4
    view.set_opacity(0.0)
    assert inked() == 0
    view.set_opacity(0.5)
    view.overlay.toggle_class(view.layer, view.layer.names[0])
    view.look_was_changed()
    assert inked() == 0
