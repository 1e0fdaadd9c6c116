from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication

from pathgui.core.progress import Progress, ignore_progress
from pathgui.gui.viewer.model.layers import NONE
from pathgui.gui.viewer.model.memory import Bookmark, Remembered, SlideMemory
from pathgui.gui.viewer.prompts import show_associated
from pathgui.gui.viewer.snapshot import region_picture, view_image
from tests.gui.viewer.slides import MemorySlide, tissue_like
from tests.gui.viewer.test_slide_view import click, drag, hover, layer, mouse

SIZE = (6000, 4400)


@pytest.fixture
def view(show):
    made = show(MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    made.go_to(3000, 2000, 1.0)
    return made


def pull(view, to):
    """The mouse moves with its left button down."""
    mouse(view, QEvent.Type.MouseMove, to, Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton)


def test_a_length_is_measured_in_micrometers(qtbot, view):
    qtbot.keyClicks(view, "m")
    drag(view, (100, 200), (150, 200), (300, 200))
    assert view.tools.length_words() == "100 µm"
    drag(view, (300, 200), (310, 230), (400, 200))  # an end can be taken again
    assert view.tools.length_words() == "150 µm"
    assert view.viewport.center_l0 == (3000, 2000)
    view.set_mpp(None)
    assert view.tools.length_words() == "300 px"


def test_a_length_stays_on_the_slide_while_the_view_moves(qtbot, view):
    qtbot.keyClicks(view, "m")
    drag(view, (100, 200), (150, 200), (300, 200))
    before = view.tools.length
    view.rotate(90)
    view.set_magnification(5)
    assert view.tools.length == before


def test_a_rectangle_is_told_in_level_0(qtbot, view):
    told: list[object] = []
    view.regions_changed.connect(told.append)
    qtbot.keyClicks(view, "u")
    drag(view, (100, 100), (120, 130), (300, 250))
    x, y = 3000 - 250, 2000 - 200
    corners = ((x + 100, y + 100), (x + 300, y + 100), (x + 300, y + 250), (x + 100, y + 250))
    assert told == [(corners,)]
    assert view.tools.region_words(view.regions[0]) == "0.0075 mm²"


def test_a_corner_of_a_rectangle_can_be_pulled(qtbot, view):
    qtbot.keyClicks(view, "u")
    drag(view, (100, 100), (120, 130), (300, 250))
    drag(view, (300, 250), (320, 260), (350, 300))
    xs, ys = zip(*view.regions[0], strict=True)
    assert (max(xs) - min(xs), max(ys) - min(ys)) == (250, 200)


def test_a_polygon_is_clicked_corner_by_corner_and_closed_by_enter(qtbot, view):
    told: list[object] = []
    view.regions_changed.connect(told.append)
    qtbot.keyClicks(view, "o")
    for at in ((100, 100), (300, 100), (420, 300), (300, 250)):
        click(view, at)
    qtbot.keyClick(view, Qt.Key.Key_Backspace)
    hover(view, (200, 300))
    view.grab()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert len(told) == 1
    assert len(view.regions[0]) == 3


def test_a_double_click_closes_a_polygon_and_does_not_zoom(qtbot, view):
    qtbot.keyClicks(view, "o")
    for at in ((100, 100), (300, 100), (300, 300)):
        click(view, at)
    mouse(view, QEvent.Type.MouseButtonDblClick, (300, 300))
    mouse(view, QEvent.Type.MouseButtonRelease, (300, 300))
    assert len(view.regions[0]) == 3
    assert view.viewport.scale == 1.0


def test_escape_gives_up_the_corners_then_the_tool_then_asks_the_window(qtbot, view):
    asked: list[str] = []
    view.action_requested.connect(asked.append)
    qtbot.keyClicks(view, "o")
    click(view, (100, 100))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.tools.active == "polygon"
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.tools.active is None
    assert asked == []
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert asked == ["cancel"]


def test_with_a_tool_in_hand_space_and_the_middle_button_still_move(qtbot, view):
    qtbot.keyClicks(view, "m")
    drag(view, (200, 200), (230, 200), (260, 200), button=Qt.MouseButton.MiddleButton)
    assert view.viewport.center_l0 == pytest.approx((2940, 2000))
    qtbot.keyPress(view, Qt.Key.Key_Space)
    drag(view, (200, 200), (230, 200), (260, 200))
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert view.viewport.center_l0 == pytest.approx((2880, 2000))
    assert view.tools.length is None


def test_delete_removes_the_region(qtbot, view):
    view.set_regions([[(0, 0), (10, 0), (10, 10)]])
    told: list[object] = []
    view.regions_changed.connect(told.append)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert told == [()]


def test_a_new_region_replaces_the_former_and_with_shift_stands_beside_it(qtbot, view):
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClicks(view, "u")
    drag(view, (100, 100), (120, 130), (200, 200))
    drag(view, (300, 100), (320, 130), (400, 200))
    assert len(view.regions) == 1
    drag(view, (100, 100), (120, 130), (200, 200), modifiers=shift)
    assert len(view.regions) == 2
    qtbot.keyClicks(view, "o")
    click(view, (100, 300), modifiers=shift)
    click(view, (200, 300))
    click(view, (200, 390))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert [len(region) for region in view.regions] == [4, 4, 3]


def test_a_click_without_a_drag_leaves_the_regions_alone(qtbot, view):
    qtbot.keyClicks(view, "u")
    drag(view, (100, 100), (120, 130), (200, 200))
    before = view.regions
    click(view, (400, 300))
    assert view.regions == before


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_M, Qt.Key.Key_U, Qt.Key.Key_O])
def test_a_drag_that_is_given_up_leaves_the_regions_as_they_were(qtbot, view, key):
    view.set_regions([[(0, 0), (10, 0), (10, 10)]])
    told: list[object] = []
    view.regions_changed.connect(told.append)
    before = view.regions
    qtbot.keyClicks(view, "u")
    mouse(view, QEvent.Type.MouseButtonPress, (100, 100))
    pull(view, (200, 200))
    assert view.regions != before
    qtbot.keyClick(view, key)
    assert view.regions == before
    pull(view, (220, 220))
    mouse(view, QEvent.Type.MouseButtonRelease, (220, 220))
    assert view.regions == before
    assert told == []


def test_another_slide_in_mid_drag_has_no_regions(qtbot, view):
    qtbot.keyClicks(view, "u")
    mouse(view, QEvent.Type.MouseButtonPress, (100, 100))
    pull(view, (200, 200))
    view.set_slide(MemorySlide(tissue_like((500, 400))))
    assert view.regions == ()


def test_a_tool_taken_while_the_button_is_down_waits_for_the_next_press(qtbot, view):
    qtbot.keyClicks(view, "m")
    mouse(view, QEvent.Type.MouseButtonPress, (100, 100))
    qtbot.keyClicks(view, "u")
    pull(view, (200, 200))
    mouse(view, QEvent.Type.MouseButtonRelease, (200, 200))
    assert view.regions == ()
    drag(view, (100, 100), (120, 130), (300, 250))
    assert len(view.regions) == 1


def test_a_drag_after_a_double_click_outlines_nothing(qtbot, view):
    qtbot.keyClicks(view, "u")
    click(view, (100, 100))
    mouse(view, QEvent.Type.MouseButtonDblClick, (100, 100))
    pull(view, (200, 200))
    mouse(view, QEvent.Type.MouseButtonRelease, (200, 200))
    assert view.regions == ()


def test_regions_removed_while_a_corner_is_pulled_stay_removed(qtbot, view):
    qtbot.keyClicks(view, "u")
    drag(view, (100, 100), (120, 130), (300, 250))
    mouse(view, QEvent.Type.MouseButtonPress, (300, 250))
    pull(view, (320, 260))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    pull(view, (350, 300))
    mouse(view, QEvent.Type.MouseButtonRelease, (350, 300))
    assert view.regions == ()


def test_regions_are_kept_with_the_slide(qtbot, show, tmp_path):
    memory = SlideMemory(tmp_path)
    first = show(MemorySlide(tissue_like(SIZE), (1.0, 4.0)), memory=memory)
    first.set_regions([[(0, 0), (10, 0), (10, 10)]])
    again = show(MemorySlide(tissue_like(SIZE), (1.0, 4.0)), memory=SlideMemory(tmp_path))
    qtbot.waitUntil(lambda: bool(again.regions))
    assert again.regions == (((0.0, 0.0), (10.0, 0.0), (10.0, 10.0)),)
    again.set_regions(())
    last = show(MemorySlide(tissue_like(SIZE), (1.0, 4.0)), memory=SlideMemory(tmp_path))
    qtbot.waitUntil(lambda: last.pixels.thumbnail is not None)
    assert last.regions == ()


def test_the_view_is_copied_with_scale_bar_and_legend(qtbot, view):
    view.set_layers([layer(0)])
    view.set_opacity(1.0)
    qtbot.waitUntil(lambda: view.sharp)
    view.perform("copy_view")
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == view.viewport.size_px
    assert image.pixelColor(250, 120).name() == "#e69f00"
    colors = {image.pixelColor(x, y).name() for x in range(12, 120) for y in range(12, 60)}
    assert len(colors) > 10  # the legend's text over the plate


@pytest.mark.parametrize("action", ["measure", "rectangle", "polygon", "swipe"])
def test_a_picture_of_the_view_says_nothing_of_what_is_being_done(qtbot, view, action):
    qtbot.waitUntil(lambda: view.sharp)
    plain = view_image(view)
    said = view.instruments.facts()
    view.perform(action)  # the last tells that there is no second layer
    assert view.instruments.facts() != said
    assert view_image(view) == plain


def test_a_region_is_painted_as_sharp_as_the_file_has_it(view):
    picture = tissue_like(SIZE)
    view.set_regions([[(1000, 500), (1900, 500), (1900, 1100), (1000, 1100)]])
    seen: list[Progress] = []
    image = region_picture(view).paint(view.slide, seen.append)
    assert (image.width(), image.height()) == (900, 600)
    for x, y in ((350, 300), (423, 211), (600, 77)):
        color = image.pixelColor(x, y)
        assert (color.red(), color.green(), color.blue()) == tuple(picture[500 + y, 1000 + x])
    assert image.dotsPerMeterX() == 2_000_000  # 0.5 µm per pixel
    assert seen[-1].done == seen[-1].total > 0


def test_the_overlay_of_a_region_is_that_of_the_moment_it_was_asked_for(view):
    made = replace(layer(0), fades=np.full_like(layer(0).image, 3))
    view.set_layers([made])
    view.set_opacity(1.0)
    view.set_regions([[(1000, 500), (1900, 500), (1900, 1100), (1000, 1100)]])
    picture = region_picture(view)
    made.image[:] = NONE
    made.fades[:] = 0
    view.set_layers([])
    image = picture.paint(view.slide, ignore_progress)
    assert {image.pixelColor(500, y).name() for y in range(300, 320)} == {"#e69f00"}


def test_beside_a_small_region_scale_bar_and_legend_hide_none_of_it(view):
    picture = tissue_like(SIZE)
    view.set_regions([[(1000, 500), (1100, 500), (1100, 590), (1000, 590)]])
    image = region_picture(view).paint(view.slide, ignore_progress)
    assert image.width() > 100
    inner = [(x, y) for x in range(4, 96) for y in range(4, 86)]  # within the outline
    for x, y in inner:
        color = image.pixelColor(x, y)
        assert (color.red(), color.green(), color.blue()) == tuple(picture[500 + y, 1000 + x])
    beside = {image.pixelColor(x, y).name() for x in range(110, 250) for y in range(12, 60)}
    assert len(beside) > 5


def test_without_a_region_the_whole_slide_is_painted_at_a_size_that_fits(show, monkeypatch):
    from pathgui.gui.viewer import snapshot

    monkeypatch.setattr(snapshot, "LONGEST_PX", 1200)
    view = show(MemorySlide(tissue_like(SIZE), (1.0, 4.0)))
    image = region_picture(view).paint(view.slide, ignore_progress)
    assert (image.width(), image.height()) == (1200, 880)


def test_the_label_is_shown_only_when_asked_for(view):
    dialog = show_associated(view, "label", view.slide.associated_image("label"))
    assert dialog is not None
    dialog.close()
    assert show_associated(view, "thumbnail", view.slide.associated_image("thumbnail")) is None


def test_what_is_remembered_of_a_slide_outlives_the_program(tmp_path):
    memory = SlideMemory(tmp_path / "slides")
    region = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.5))
    kept = Remembered(0.25, (Bookmark("a", 1.0, 2.0, 0.5, 90.0, True),), (region,))
    memory.keep("abc", kept)
    assert SlideMemory(tmp_path / "slides").recall("abc") == kept
    assert SlideMemory(tmp_path / "slides").recall("other") == Remembered()


@pytest.mark.parametrize("text", ["", "[]", '{"mpp": "big", "bookmarks": []}', '{"mpp": -1}'])
def test_a_damaged_memory_is_no_memory(tmp_path, text, caplog):
    (tmp_path / "abc.json").write_text(text)
    assert SlideMemory(tmp_path).recall("abc") == Remembered()
    assert "cannot be read" in caplog.text
