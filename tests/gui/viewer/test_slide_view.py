from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from pathgui.core.slides.tiling import TileGrid
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.viewer.instruments.hover_card import Card, CardRow
from pathgui.gui.viewer.instruments.hud import paint_hud
from pathgui.gui.viewer.model.keys import KeyTable, Scope
from pathgui.gui.viewer.model.layers import NONE, OverlayLayer
from pathgui.gui.viewer.model.memory import SlideMemory
from pathgui.gui.viewer.model.plan import CellKey
from tests.gui.viewer.slides import MemorySlide, tissue_like, update_overlay

BIG = (6000, 4400)


@pytest.fixture(scope="module")
def picture():
    return tissue_like(BIG)


@pytest.fixture
def slide(picture):
    return MemorySlide(picture, (1.0, 4.0))


def layer(value=0, title="Tissue", kind="tissue", encoder="one", stride=200.0):
    shape = (-(-BIG[1] // int(stride)), -(-BIG[0] // int(stride)))
    image = np.full(shape, value, np.uint8)
    colors = [(230, 159, 0), (86, 180, 233), (0, 158, 115)]
    return OverlayLayer(
        title, image, colors, ["a", "b", "c"], stride_l0=stride, kind=kind, encoder=encoder
    )


def grid(stride=200, size=None):
    columns, rows = -(-BIG[0] // stride), -(-BIG[1] // stride)
    cells = np.array([(c, r) for r in range(rows) for c in range(0, columns, 2)], np.int32)
    return TileGrid(cells, (columns, rows), size or stride, stride, (0, 0), 0.5)


def wheel(view, notches, at=(250, 200), modifiers=Qt.KeyboardModifier.NoModifier):
    position = QPointF(*at)
    event = QWheelEvent(
        position,
        QPointF(view.mapToGlobal(position.toPoint())),
        QPoint(0, 0),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def mouse(
    view, kind, at, button=Qt.MouseButton.LeftButton, held=None,
    modifiers=Qt.KeyboardModifier.NoModifier,
):  # fmt: skip
    if held is None:
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    position = QPointF(*at)
    event = QMouseEvent(
        kind,
        position,
        QPointF(view.mapToGlobal(position.toPoint())),
        button,
        held,
        modifiers,
    )
    QApplication.sendEvent(view, event)


def drag(view, *points, button=Qt.MouseButton.LeftButton, **kwargs):
    mouse(view, QEvent.Type.MouseButtonPress, points[0], button, **kwargs)
    for point in points[1:]:
        mouse(view, QEvent.Type.MouseMove, point, Qt.MouseButton.NoButton, button, **kwargs)
    mouse(view, QEvent.Type.MouseButtonRelease, points[-1], button, **kwargs)


def click(view, at, **kwargs):
    drag(view, at, **kwargs)


def hover(view, at):
    none = Qt.MouseButton.NoButton
    mouse(view, QEvent.Type.MouseMove, at, none, none)


def test_an_empty_view_says_what_to_do(show):
    view = show()
    shot = view.grab().toImage()
    colors = {shot.pixelColor(x, y).name() for x in range(0, 500, 3) for y in range(0, 400, 3)}
    assert len(colors) > 3  # there is text
    assert view.slide is None


def test_a_slide_is_shown_whole_and_sharp(show, slide):
    view = show(slide)
    x0, y0, x1, y1 = view.viewport.rect_to_px((0, 0, *BIG))
    assert x0 >= 0
    assert y0 >= 0
    assert x1 <= 500
    assert y1 <= 400
    assert view.sharp
    assert view.pending == 0


def test_what_is_in_view_again_is_not_pushed_out_by_what_is_read_beside_it(qtbot, show, slide):
    view = show(slide)
    cache = view.loader.cache
    view.go_to(1000, 1000, 1.0)
    qtbot.waitUntil(lambda: view.sharp)
    qtbot.waitUntil(lambda: not view.loader.pending(view.pixels))
    seen = [(view.pixels.uid, key) for key in view._plan.shown]
    view.go_to(4000, 3000, 1.0)
    qtbot.waitUntil(lambda: view.sharp)  # what was seen before is now the oldest
    view.go_to(1000, 1000, 1.0)
    view._replan()  # as the next paint does before anything
    cache.limit_bytes = cache.used_bytes
    for number in range((len(cache) - len(seen)) // 2):  # and then others come, before the paint
        cache.put((view.pixels.uid, CellKey(0, 900 + number, 0)), None, 256 * 256 * 4)
    assert all(key in cache for key in seen)


def test_only_the_scanned_part_is_fitted_where_the_file_says_which(show, picture):
    view = show(MemorySlide(picture, (1.0, 4.0), bounds=(3000, 2000, 1000, 800)))
    assert view.viewport.center_l0 == (3500, 2400)
    assert view.viewport.scale == pytest.approx(0.49, rel=0.02)


def test_the_fit_follows_the_windows_size_until_the_user_moves(show, slide):
    view = show(slide)
    view.resize(700, 600)
    assert view.viewport.scale == pytest.approx(700 / BIG[0] * 0.98, rel=0.01)
    wheel(view, 1)
    scale = view.viewport.scale
    view.resize(800, 700)
    assert view.viewport.scale == scale


def test_the_fit_follows_to_a_screen_of_another_density(show, slide, monkeypatch):
    view = show(slide)
    monkeypatch.setattr(type(view), "devicePixelRatioF", lambda self: 2.0)
    QApplication.sendEvent(view, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert view.viewport.size_px == (1000, 800)
    assert view.viewport.scale == pytest.approx(1000 / BIG[0] * 0.98, rel=0.01)
    view.resize(700, 600)
    assert view.viewport.scale == pytest.approx(1400 / BIG[0] * 0.98, rel=0.01)


def test_the_wheel_zooms_at_the_cursor(show, slide):
    view = show(slide)
    at = (137.0, 91.0)
    point = view.viewport.to_l0(at)
    before = view.viewport.scale
    wheel(view, 2, at)
    assert view.viewport.scale == pytest.approx(before * 1.25**2)
    assert view.viewport.to_px(point) == pytest.approx(at, abs=1)


def test_an_animated_zoom_adds_notches_up_and_ends_where_they_say(qtbot, show, slide):
    view = show(slide)
    view.navigator.reduced_motion = False
    at = (300.0, 111.0)
    point = view.viewport.to_l0(at)
    before = view.viewport.scale
    for _ in range(3):
        wheel(view, 1, at)
    assert view.viewport.scale < before * 1.25**3
    qtbot.waitUntil(lambda: not view.navigator.moving)
    assert view.viewport.scale == pytest.approx(before * 1.25**3)
    assert view.viewport.to_px(point) == pytest.approx(at, abs=1)
    qtbot.waitUntil(lambda: view.sharp)


def test_while_zooming_a_cheap_level_is_painted_and_at_rest_the_sharp_one(qtbot, show, slide):
    view = show(slide)
    wheel(view, 6)
    assert not view.pixels.pyramid.levels[view.level].virtual
    qtbot.waitUntil(lambda: view.sharp)
    assert view.level == view.pixels.pyramid.at_rest(view.viewport.scale)


def test_dragging_moves_the_slide_with_the_hand(show, slide):
    view = show(slide)
    view.go_to(3000, 2000, 1.0)
    drag(view, (200, 200), (260, 170), (330, 150))
    assert view.viewport.center_l0 == pytest.approx((3000 - 130, 2000 + 50))


def test_a_flick_coasts_and_ends(qtbot, show, slide):
    view = show(slide)
    view.navigator.reduced_motion = False
    view.go_to(3000, 2000, 1.0)
    drag(view, (200, 200), (230, 200), (270, 200), (320, 200))
    at_release = view.viewport.center_l0[0]
    assert view.navigator.moving
    qtbot.waitUntil(lambda: not view.navigator.moving, timeout=3000)
    assert view.viewport.center_l0[0] < at_release - 5


def test_under_reduced_motion_nothing_coasts(show, slide):
    view = show(slide)
    view.go_to(3000, 2000, 1.0)
    drag(view, (200, 200), (230, 200), (270, 200), (320, 200))
    assert not view.navigator.moving


def test_arrows_step_and_run_on_while_held(qtbot, show, slide):
    view = show(slide)
    view.navigator.reduced_motion = False
    view.go_to(1000, 2000, 1.0)
    qtbot.keyPress(view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: view.viewport.center_l0[0] > 1100, timeout=3000)
    qtbot.keyRelease(view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: not view.navigator.moving)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    x = view.viewport.center_l0[0]
    qtbot.waitUntil(lambda: not view.navigator.moving)
    assert view.viewport.center_l0[0] == pytest.approx(x - 50, abs=8)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not view.navigator.moving)
    assert view.viewport.center_l0[1] == pytest.approx(2200, abs=4)


def test_number_keys_are_magnifications(qtbot, show, slide):
    view = show(slide)
    for key, power in (("1", 1.25), ("4", 10), ("5", 20), ("6", 40)):
        qtbot.keyClicks(view, key)
        assert view.viewport.scale == pytest.approx(power * 0.5 / 10)
    assert view.instruments.power.text().startswith("40×")
    assert "digital zoom" in view.instruments.power.text()
    qtbot.keyClicks(view, "0")
    assert view.viewport.scale == pytest.approx(500 / BIG[0] * 0.98, rel=0.01)


def test_back_and_forward_through_what_was_visited(qtbot, show, slide):
    view = show(slide)
    first = view.viewport
    view.go_to(1000, 1000, 1.0)
    view.go_to(5000, 3000, 2.0)
    view.perform("back")
    assert view.viewport.center_l0 == (1000, 1000)
    view.perform("back")
    assert view.viewport == first
    view.perform("back")
    view.perform("forward")
    view.perform("forward")
    assert view.viewport.center_l0 == (5000, 3000)


def test_going_where_one_is_already_is_nothing_to_go_back_from(qtbot, show, slide):
    view = show(slide)
    view.go_to(3000, 2000, 1.0)
    qtbot.keyClicks(view, "00")
    view.perform("back")
    assert (view.viewport.center_l0, view.viewport.scale) == ((3000, 2000), 1.0)
    view.go_to(3000.3, 2000.4, 0.77)
    qtbot.keyClicks(view, "55")
    view.perform("back")
    assert (view.viewport.center_l0, view.viewport.scale) == ((3000.3, 2000.4), 0.77)
    view.perform("back")
    view.perform("back")
    assert view.viewport.scale < 0.1
    view.fit()
    view.perform("forward")
    assert view.viewport.center_l0 == (3000, 2000)


def test_turned_and_mirrored_the_value_under_the_cursor_is_still_that_of_the_tile(show, slide):
    view = show(slide)
    view.set_layers([layer(NONE)])
    view.layer.image[7, 11] = 2
    view.rotate(90)
    view.flip()
    at = view.viewport.to_px((11.5 * 200, 7.5 * 200))
    said: list[tuple[float, float, str]] = []
    view.hovered.connect(lambda *args: said.append(args))
    hover(view, at)
    assert said[-1][2] == "c"
    assert said[-1][:2] == pytest.approx((2300, 1500), abs=view.viewport.scale**-1)


def test_the_overlay_is_painted_on_its_tiles_with_its_opacity(show, slide):
    view = show(slide)
    view.go_to(3000, 2000, 0.2)
    plain = view.grab().toImage()
    view.set_layers([layer(NONE)])
    update_overlay(view, np.array([[15, 10]]), np.array([1]))
    view._show_live()
    view.set_opacity(1.0)
    full = view.grab().toImage()
    x0, y0, x1, y1 = (round(v) for v in view.viewport.rect_to_px((3000, 2000, 3200, 2200)))
    assert full.pixelColor(x0 + 3, y0 + 3) == QColor(86, 180, 233)
    assert full.pixelColor(x1 - 2, y1 - 2) == QColor(86, 180, 233)
    assert full.pixelColor(x0 - 3, y0 + 3) == plain.pixelColor(x0 - 3, y0 + 3)
    view.set_overlay_visible(False)
    assert view.grab().toImage().pixelColor(x0 + 3, y0 + 3) == plain.pixelColor(x0 + 3, y0 + 3)


def test_live_values_are_painted_at_most_five_times_a_second(qtbot, show, slide):
    view = show(slide)
    view.set_layers([layer(NONE)])
    view.grab()
    painted: list[int] = []
    original = view.overlay.changed
    view.overlay.changed = lambda layer: (painted.append(1), original(layer))
    for row in range(20):
        update_overlay(view, np.array([[row, 0]]), np.array([0]))
    assert not painted
    qtbot.waitUntil(lambda: bool(painted))
    assert len(painted) == 1
    assert view.instruments.legend.facts.rows[0].count == 20


def test_control_wheel_and_keys_change_the_opacity(qtbot, show, slide):
    view = show(slide)
    view.set_layers([layer()])
    view.set_opacity(0.5)
    wheel(view, 1, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert view.opacity == pytest.approx(0.6)
    for key, opacity in (("]", 0.7), ("[", 0.6), ("X", 1.0), ("V", 0.5), ("Y", 0.0)):
        qtbot.keyClicks(view, key)
        assert view.opacity == pytest.approx(opacity), key


def test_a_tap_on_h_toggles_the_overlay_and_holding_it_peeks(qtbot, show, slide):
    view = show(slide)
    view.set_layers([layer()])
    qtbot.keyClicks(view, "h")
    assert not view.look.visible
    qtbot.keyClicks(view, "h")
    assert view.look.visible
    qtbot.keyPress(view, Qt.Key.Key_H)
    assert not view.look.visible
    qtbot.wait(350)  # holding a key is a matter of time
    qtbot.keyRelease(view, Qt.Key.Key_H)
    assert view.look.visible


def test_keys_walk_through_encoders_and_kinds(qtbot, show, slide):
    view = show(slide)
    both = [layer(0, f"{e} {k}", k, e) for e in ("one", "two") for k in ("tissue", "center")]
    view.set_layers(both)
    shown: list[str] = []
    view.layer_changed.connect(lambda each: shown.append(each.title))
    qtbot.keyClicks(view, "e")
    qtbot.keyClicks(view, "c")
    qtbot.keyClick(view, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(view, "t")
    assert shown == ["two tissue", "two center", "one center", "one tissue"]


def test_the_disagreement_layer_is_made_on_demand_and_follows_live_values(qtbot, show, slide):
    view = show(slide)
    first, second = layer(0, "one", encoder="one"), layer(0, "two", encoder="two")
    view.set_layers([first, second])
    qtbot.keyClicks(view, "d")
    assert view.layer.kind == "disagreement"
    assert view.layer.counts()[1] == 0
    update_overlay(view, np.array([[3, 4], [5, 6]]), np.array([1, 1]), "two")
    qtbot.waitUntil(lambda: view.layer.counts()[1] == 2)
    view.go_to(100, 100)
    qtbot.keyClicks(view, ".")  # the nearest first
    assert view.viewport.center_l0 == (700, 900)
    qtbot.keyClicks(view, ".")
    assert view.viewport.center_l0 == (1100, 1300)
    qtbot.keyClicks(view, ",")
    assert view.viewport.center_l0 == (700, 900)


def test_the_legend_shows_hides_and_solos_classes(qtbot, show, slide):
    view = show(slide)
    view.set_layers([layer()])
    legend = view.instruments.legend
    view.grab()

    def press(name, kind=qtbot.mouseClick):
        kind(legend, Qt.MouseButton.LeftButton, pos=legend.row_rect(name).center().toPoint())

    press("b")
    assert [row.shown for row in legend.facts.rows] == [True, False, True]
    press("b")
    legend.soloed.emit("c")
    assert [row.shown for row in legend.facts.rows] == [False, False, True]
    legend.soloed.emit("c")
    assert all(row.shown for row in legend.facts.rows)
    legend.setFocus()
    qtbot.keyClick(legend, Qt.Key.Key_Down)
    qtbot.keyClick(legend, Qt.Key.Key_Space)
    assert [row.shown for row in legend.facts.rows] == [True, False, True]


def test_a_reduction_and_a_stretch_are_said_in_the_picture(show, slide):
    view = show(slide)
    numbers = np.full((440, 600), 0.5, np.float32)
    numbers[0, 0] = 0.25
    scalar = OverlayLayer("p", numbers, [(0, 0, 0), (255, 255, 255)], stride_l0=10.0, kind="scalar")
    view.set_layers([scalar])
    assert view.overlay.note(view.viewport) == "reduced: mean of 4 × 4 tiles"
    view.set_stretched(True)
    assert "stretched to 0.25–0.50" in view.overlay.note(view.viewport)
    view.set_layers([scalar.with_image(numbers / 1000)])  # as distances are of some encoders
    assert "stretched to 2.5e-04–5.0e-04" in view.overlay.note(view.viewport)
    view.go_to(100, 100, 1.0)
    assert "reduced" not in view.overlay.note(view.viewport)


def test_a_click_on_a_tile_tells_its_row_and_a_click_beside_tells_nothing(show, slide):
    view = show(slide)
    view.set_tile_grid(grid())
    clicked: list[int] = []
    view.tile_clicked.connect(clicked.append)
    columns = -(-BIG[0] // 200)
    click(view, view.viewport.to_px((2 * 200 + 100, 3 * 200 + 100)))
    click(view, view.viewport.to_px((3 * 200 + 100, 3 * 200 + 100)))  # every other cell
    assert clicked == [3 * -(-columns // 2) + 1]


def test_resting_over_a_tile_shows_its_card_and_the_true_tile(qtbot, show, slide):
    view = show(slide)
    view.set_tile_grid(grid(size=260))
    view.card_of = lambda row: Card(f"Tile {row}", (CardRow("one", (("gland", (1, 2, 3)),)),), "x")
    with qtbot.waitSignal(view.tile_hovered) as told:
        hover(view, view.viewport.to_px((100, 100)))
    assert told.args == [0]
    assert view._card.isVisible()
    assert "Tile 0" in view._card.text.text()
    assert view.tile_rect(0) == (0, 0, 260, 260)
    hover(view, (1, 1))
    assert not view._card.isVisible()


def test_names_on_a_card_are_never_markup(show, slide):
    from pathgui.gui.viewer.instruments.hover_card import card_html

    assert "<img" not in card_html(Card("<img src=x>", (CardRow("<b>", (("<i>", None),)),)))


def test_a_slide_without_mpp_says_so_and_takes_one(qtbot, show, picture, tmp_path):
    memory = SlideMemory(tmp_path)
    view = show(MemorySlide(picture, (1.0, 4.0), mpp=None), memory=memory)
    assert "unknown" in view.instruments.power.text()
    given: list[float] = []
    view.mpp_given.connect(given.append)
    view.perform("mpp")
    dialog = QApplication.activeModalWidget()
    dialog.edit.setText("fast")
    dialog.accept()
    assert "number" in dialog.problem.text()
    dialog.edit.setText("25")
    dialog.accept()
    assert "slides have 0.08 to 2" in dialog.problem.text()
    assert dialog.problem.height() >= dialog.problem.heightForWidth(dialog.problem.width())
    dialog.edit.setText("0,25")
    dialog.accept()
    assert given == [0.25]
    assert "0.25 µm/px, given by you" in view.instruments.power.text()
    content_id = "0" * 64
    qtbot.waitUntil(lambda: SlideMemory(tmp_path).recall(content_id).mpp == 0.25)
    again = show(MemorySlide(picture, (1.0, 4.0), mpp=None), memory=SlideMemory(tmp_path))
    qtbot.waitUntil(lambda: (again.mpp, again.mpp_source) == (0.25, "user"))


def test_bookmarks_are_kept_with_the_slide(qtbot, show, slide, tmp_path):
    memory = SlideMemory(tmp_path)
    view = show(slide, memory=memory)
    view.go_to(4321, 1234, 0.7)
    view.perform("bookmark")
    dialog = QApplication.activeModalWidget()
    dialog.edit.setText("odd nuclei")
    dialog.accept()
    view.fit()
    kept = SlideMemory(tmp_path).recall(slide.content_id).bookmarks
    assert [mark.name for mark in kept] == ["odd nuclei"]
    from pathgui.gui.viewer.prompts import go_to_bookmark

    go_to_bookmark(view, kept[0])
    assert view.viewport.center_l0 == (4321, 1234)
    assert view.viewport.scale == 0.7


def test_a_bookmark_is_offered_no_name_that_another_one_has(show, slide, tmp_path):
    view = show(slide, memory=SlideMemory(tmp_path))

    def mark():
        view.perform("bookmark")
        QApplication.activeModalWidget().accept()
        return [each.name for each in view.memory.recall(slide.content_id).bookmarks]

    mark()
    assert mark() == ["View 1", "View 2"]
    known = view.memory.recall(slide.content_id)
    view.memory.keep(slide.content_id, replace(known, bookmarks=known.bookmarks[1:]))
    assert mark() == ["View 2", "View 3"]


def test_going_to_coordinates(qtbot, show, slide):
    view = show(slide)
    view.perform("go_to")
    dialog = QApplication.activeModalWidget()
    dialog.edit.setText("nowhere")
    dialog.accept()
    assert "two numbers" in dialog.problem.text()
    dialog.edit.setText("1 mm, 500 µm @ 20x")
    dialog.accept()
    assert view.viewport.center_l0 == (2000, 1000)
    assert view.viewport.scale == pytest.approx(1.0)


@pytest.mark.parametrize("action", ["minimap", "scale_bar", "legend"])
@pytest.mark.parametrize("before", [True, False])
def test_an_instrument_asked_for_on_the_bare_picture_is_seen(show, slide, action, before):
    view = show(slide)
    view.set_layers([layer()])
    instruments = view.instruments

    def seen():
        return {
            "minimap": instruments.minimap.isVisible(),
            "scale_bar": instruments.all_visible and instruments.bar_visible,
            "legend": instruments.legend.isVisible(),
        }[action]

    if not before:
        view.perform(action)
    assert seen() == before
    view.perform("instruments")
    assert not seen()
    view.perform(action)
    assert seen()


def test_the_minimap_goes_where_it_is_pressed(qtbot, show, slide):
    view = show(slide)
    view.go_to(100, 100, 1.0)
    minimap = view.instruments.minimap
    assert minimap.isVisible()
    qtbot.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=minimap.rect().center())
    assert view.viewport.center_l0 == pytest.approx((3000, 2200), abs=60)


def test_colors_are_corrected_for_display_only_and_can_be_left_alone(qtbot, show):
    from PIL import ImageCms

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A scanner whose red is sRGB's blue, and the other way round.
    swapped = srgb.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")
    picture = np.full((600, 800, 3), (220, 120, 40), np.uint8)
    slide = MemorySlide(picture, icc_profile=swapped)
    view = show(slide)
    corrected = view.grab().toImage().pixelColor(250, 200)
    assert corrected.red() < 80
    assert corrected.blue() > 180
    assert any("ICC" in note for note in view.instruments.facts().notes)
    qtbot.keyClicks(view, "i")
    qtbot.waitUntil(lambda: view.sharp)
    assert view.grab().toImage().pixelColor(250, 200) == QColor(220, 120, 40)
    assert not any("ICC" in note for note in view.instruments.facts().notes)
    assert (slide.read((0, 0), 0, (5, 5)) == (220, 120, 40)).all()
    assert not slide.closed.is_set()


def test_a_profile_that_is_none_leaves_the_colors_alone(qtbot, show, caplog):
    view = show(MemorySlide(np.full((600, 800, 3), 99, np.uint8), icc_profile=b"no profile"))
    assert view.grab().toImage().pixelColor(250, 200) == QColor(99, 99, 99)
    assert "ICC" in caplog.text


def test_damage_is_said_in_the_picture_and_the_rest_is_shown(qtbot, show, picture):
    slide = MemorySlide(picture, (1.0, 4.0))
    slide.damaged = [(3000, 2000, 3010, 2010)]
    view = show(slide)
    assert view.instruments.banner.text == ""
    view.go_to(3000, 2000, 1.0)
    qtbot.waitUntil(lambda: view.sharp)
    qtbot.waitUntil(lambda: "hatched" in view.instruments.banner.text)
    assert any("damaged" in warning for warning in view.instruments.facts().warnings)
    assert view.instruments.banner.retry_button.isHidden()


def test_a_vanished_file_ends_in_a_message_and_a_retry_that_works(qtbot, show, slide):
    view = show(slide)
    slide.gone = True
    view.go_to(3000, 2000, 1.0)
    qtbot.waitUntil(lambda: view.instruments.banner.text != "")
    assert "gone" in view.instruments.banner.text
    slide.gone = False
    qtbot.mouseClick(view.instruments.banner.retry_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.sharp)
    assert view.instruments.banner.text == ""


def test_while_regions_are_missing_something_of_the_slide_is_shown_everywhere(qtbot, show, slide):
    view = show(slide)
    slide.gone = True
    view.go_to(3100, 2100, 1.0)
    shot = view.grab().toImage()
    for x in range(5, 500, 45):
        for y in range(200, 390, 37):
            at = view.viewport.to_l0((x, y))
            if not (0 < at[0] < BIG[0] and 0 < at[1] < BIG[1]):
                continue
            color = shot.pixelColor(x, y)
            assert color not in (QColor(255, 255, 255), QColor(40, 40, 40), QColor(0, 0, 0))


def test_another_slide_leaves_nothing_of_the_first(qtbot, show, slide, picture):
    view = show(slide)
    view.set_layers([layer()])
    view.set_tile_grid(grid())
    view.rotate(90)
    view.set_regions([[(0, 0), (10, 0), (10, 10)]])
    regions: list[object] = []
    view.regions_changed.connect(regions.append)
    other = MemorySlide(picture[:1000, :1000])
    other.content_id = "1" * 64
    view.set_slide(other)
    assert view.layer is None
    assert view.row_at(100, 100) == -1
    assert view.viewport.rotation == 0
    assert regions == [()]
    assert not view.navigator.can_go_back
    view.set_slide(None)
    assert view.slide is None
    assert not view.instruments.minimap.isVisible()


def test_a_slide_opened_in_mid_zoom_starts_on_a_level_of_its_own(qtbot, show, picture):
    view = show(MemorySlide(picture, (1.0, 4.0, 16.0)))
    wheel(view, -1)  # for a moment on a coarse level
    changed: list[bool] = []
    view.slide_changed.connect(lambda: changed.append(True))
    view.set_slide(MemorySlide(picture[:300, :400]))
    assert changed == [True]
    assert view.level == view.pixels.pyramid.at_rest(view.viewport.scale)
    qtbot.waitUntil(lambda: view.sharp)


def test_the_message_of_a_lost_slide_goes_with_it(qtbot, show, slide, picture):
    view = show(slide)
    slide.gone = True
    view.go_to(3000, 2000, 1.0)
    qtbot.waitUntil(lambda: view.instruments.banner.text != "")
    view.set_slide(MemorySlide(picture[:1000, :1000]))
    assert view.instruments.banner.text == ""


def test_the_swipe_divider_parts_two_layers_and_can_be_dragged(qtbot, show, slide):
    view = show(slide)
    view.set_layers([layer(0, "one", encoder="one"), layer(1, "two", encoder="two")])
    view.set_opacity(1.0)
    qtbot.keyClicks(view, "s")
    assert view.look.swipe == 0.5
    shot = view.grab().toImage()
    assert shot.pixelColor(150, 300) == QColor(230, 159, 0)
    assert shot.pixelColor(350, 300) == QColor(86, 180, 233)
    hover(view, (251, 300))
    assert view.cursor().shape() == Qt.CursorShape.SplitHCursor
    hover(view, (280, 300))
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor
    drag(view, (250, 300), (300, 300), (400, 300))
    assert view.look.swipe == pytest.approx(0.8)
    assert view.grab().toImage().pixelColor(350, 300) == QColor(230, 159, 0)
    qtbot.keyClicks(view, "s")
    assert view.look.swipe is None


@pytest.mark.qt_log_ignore("This plugin does not support")  # menus, offscreen
def test_every_key_of_the_table_does_something_and_none_does_two_things(qtbot, show, slide):
    table = KeyTable(ACTIONS)
    taken = [key for action in ACTIONS for key in table.keys(action.id)]
    assert len(taken) == len(set(taken))
    view = show(slide)
    view.set_layers([layer(0, "one", encoder="one"), layer(1, "two", encoder="two")])
    view.set_tile_grid(grid())
    view.set_regions([[(0, 0), (1000, 0), (1000, 1000)]])
    asked: list[str] = []
    view.action_requested.connect(asked.append)
    for action in ACTIONS:
        view.perform(action.id)
        for widget in (QApplication.activeModalWidget(), QApplication.activePopupWidget()):
            if widget is not None:
                widget.close()
        view.tools.take(None)
    known = {action.id for action in ACTIONS if action.scope is not Scope.VIEW}
    assert set(asked) - known <= {"cancel"}
    assert known <= set(asked)


def test_a_key_can_be_given_to_another_action(qtbot, show, slide):
    table = KeyTable(ACTIONS, {"fit": ("Home",)})
    view = show(slide, keys=table)
    view.go_to(3000, 2000, 1.0)
    qtbot.keyClicks(view, "0")
    assert view.viewport.scale == 1.0
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.viewport.scale < 0.1
    lost = table.set_keys("grid", ("N",))
    assert lost == ["Minimap"]
    assert table.keys("minimap") == ()
    assert table.changed == {"fit": ("Home",), "grid": ("N",), "minimap": ()}
    qtbot.keyClicks(view, "n")
    assert view.overlay.grid_visible


def test_in_a_narrow_view_the_minimap_gives_way_to_the_legend(show, slide):
    view = show(slide, size=(250, 400))
    assert view.instruments.minimap.isVisible()
    view.set_layers([layer()])
    assert view.instruments.legend.isVisible()
    assert not view.instruments.minimap.isVisible()
    view.resize(600, 400)
    assert view.instruments.minimap.isVisible()


@pytest.mark.parametrize("power", ["fit", "40x"])
@pytest.mark.parametrize("width", [200, 300, 350, 500, 900])
def test_the_scale_bar_leaves_the_magnification_its_place(qtbot, show, slide, width, power):
    view = show(slide, size=(width, 300))
    if power == "40x":
        qtbot.keyClicks(view, "6")  # it says "digital zoom", too
    assert view.instruments.power.x() > 0
    assert "×" in view.instruments.power.text()
    picture = QImage(view.size(), QImage.Format.Format_RGB32)
    with QPainter(picture) as painter:
        taken = paint_hud(painter, QRectF(view.rect()), view.instruments.facts())
    assert taken.width() > 0
    assert not taken.intersects(QRectF(view.instruments.power.geometry()))


def test_without_the_scale_bar_a_note_leaves_the_magnification_its_place_too(show, slide):
    view = show(slide, size=(300, 300))
    view.instruments.bar_visible = False
    power = view.instruments.power.geometry()
    beside = QRect(14, power.top(), power.left() - 16, power.height())
    before = view.grab(beside).toImage()
    view.instruments.tell("A note that is longer than the view is wide, and then some more of it")
    assert view.grab(beside).toImage() == before
    assert view.grab().toImage() != before


def test_question_mark_shows_the_table(qtbot, show, slide):
    view = show(slide)
    qtbot.keyClick(view, Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    sheet = QApplication.activeModalWidget()
    texts = [sheet.table.item(row, 1).text() for row in range(sheet.table.rowCount())]
    assert {action.title for action in ACTIONS} <= set(texts)
    sheet.start("minimap")
    qtbot.keyClick(sheet.edit, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: view.keys.keys("minimap") == ("F7",), timeout=3000)
    sheet.close()


def test_a_shared_view_shows_the_same_place_in_its_own_size(show, slide, picture):
    view = show(slide)
    view.set_viewport(replace(view.viewport, center_l0=(1000, 900), scale=0.5, size_px=(9, 9)))
    assert view.viewport.size_px == (500, 400)
    assert view.viewport.center_l0 == (1000, 900)


def test_keys_are_written_as_qt_writes_them():
    table = KeyTable(ACTIONS)
    for action in ACTIONS:
        for key in table.keys(action.id):
            assert QKeySequence(key).toString() == key


def test_a_card_is_no_wider_than_the_view_and_its_text_wraps(qtbot):
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from pathgui.gui.viewer.instruments.hover_card import HoverCard

    view = QWidget()
    qtbot.addWidget(view)
    view.resize(520, 300)
    shown = HoverCard(view)
    shown.show_card(Card("A tile", note="many words " * 40), QPixmap(84, 84), QPoint(300, 40))
    assert shown.x() + shown.width() <= view.width()
    shown.show_card(Card("A tile", note="a word"), QPixmap(84, 84), QPoint(10, 10))
    assert shown.width() < 300
