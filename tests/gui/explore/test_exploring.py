"""Seeing why: neighbors and maps, as a user does it."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QToolTip

from pathgui.core.explore.neighborhood import TileId
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.pictures.palette import KIND_COLORS
from pathgui.gui.explore.explore_data import Selection
from pathgui.gui.explore.neighbor_grid import CARD
from pathgui.gui.kit.theme import DARK, LIGHT, apply
from pathgui.gui.viewer.instruments.hover_card import HoverCard
from tests.explore_factory import FIRST, SECOND, explorable
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def evaluation(reference, slide_path):
    return explorable(reference, slide_path, "Lakeside")


@pytest.fixture
def explored(qtbot, window, slide_path, reference, evaluation):
    """A window in which an evaluation has finished, and another ``changed`` one if given."""

    def make(changed=None, *, size=(1700, 1000)):
        win = window(evaluate=lambda request, at_hand, store, report: changed or evaluation)
        win.resize(*size)
        win.open_slides([slide_path])
        win.references.open(reference.folder)
        qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
        click(qtbot, win.run_panel.evaluate_button)
        qtbot.waitUntil(lambda: win.controller.finished is not None, timeout=10_000)
        qtbot.waitUntil(idle(win))
        return win

    return make


@pytest.fixture
def open_explorer(qtbot, explored):
    """The same, with neighbors and maps in front."""

    def make(changed=None, **options):
        win = explored(changed, **options)
        win.docks.show_explorer()
        qtbot.waitUntil(lambda: win.explore_panel.maps is not None)
        click(qtbot, win.explore_panel.parts.button("both"))
        view, seen = win.explore_panel.maps.views["tissue"], []

        def settled():
            seen.append(view.size())
            return len(seen) > 3 and seen[-1] == seen[-4]

        qtbot.waitUntil(settled)
        return win

    return make


def click_tile(qtbot, win, row):
    view = win.viewer
    x0, y0, x1, y1 = view.viewport.rect_to_px(view.tile_rect(row))
    at = QPoint(round((x0 + x1) / 2 / view.dpr), round((y0 + y1) / 2 / view.dpr))
    qtbot.mouseMove(view, at)
    qtbot.mouseClick(view, LEFT, NONE, at)


def at_point(view, index):
    return QPoint(*(round(float(each)) for each in view.places()[index]))


def lone_point(view, points):
    """A point with no other near it, of the reference set."""
    places = view.places()
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    nearest = np.where(points.of_slide, -1, apart.min(axis=1))
    assert nearest.max() > 3
    return int(nearest.argmax())


def lasso(qtbot, view, middle, radius=30, modifier=NONE):
    ring = [
        QPoint(
            round(middle.x() + radius * math.cos(angle)),
            round(middle.y() + radius * math.sin(angle)),
        )
        for angle in np.linspace(0, 2 * math.pi, 40)
    ]
    qtbot.mousePress(view, LEFT, modifier, ring[0])
    for point in ring[1:]:
        qtbot.mouseMove(view, point)
    qtbot.mouseRelease(view, LEFT, modifier, ring[-1])


def shown_rows(win):
    return [card.row for card in win.explore_panel.neighbors.grid.cards.cards]


def pictures(win):
    cards = win.explore_panel.neighbors.grid.cards
    return [cards.picture(row) for row in shown_rows(win)]


# Neighbors


def test_where_the_runs_reference_set_is_open_its_own_names_are_shown(
    qtbot, open_explorer, evaluation, reference, tmp_path
):
    win = open_explorer()
    click_tile(qtbot, win, 3)
    qtbot.waitUntil(lambda: bool(shown_rows(win)))
    panel = win.explore_panel.neighbors
    card = panel.grid.cards.cards[0]
    kept = evaluation.known.slides[card.row]
    true = str(reference.labels.slide[card.row])
    assert kept.startswith("slide-")
    assert f"slide {true}" in card.about
    assert reference.tiles[card.row].rpartition("/")[2] in card.about
    assert win.explore.data.known.slides == tuple(reference.labels.slide.tolist())
    # The run itself, and a set that is another, know no more than the run.
    assert win.controller.finished.evaluation.known is evaluation.known
    for other in (replace(reference.info, tiles_sha256="0" * 64), None):
        there = None if other is None else replace(reference, info=other)
        win.references.reference = there
        win.references.changed.emit()
        card = panel.grid.cards.cards[0]
        assert f"slide {kept}" in card.about
        assert true not in card.about


def test_before_an_evaluation_it_says_what_to_do(window):
    win = window()
    win.docks.show_explorer()
    assert "Evaluate encoders" in win.explore_panel.empty.text()
    assert win.explore_panel.empty.isVisible()
    assert not win.explore_panel.encoder_box.isVisible()


def test_with_no_tile_chosen_it_says_how_to_choose_one(open_explorer):
    win = open_explorer()
    assert (
        "Click a tile on the slide or a point on a map" in win.explore_panel.neighbors.empty.text()
    )
    assert win.explore_panel.neighbors.empty.isVisible()


def test_a_click_on_a_tile_of_the_slide_shows_its_nearest_reference_tiles(
    qtbot, explored, evaluation, reference
):
    win = explored()
    assert win.explore_panel.maps is None  # nothing was made before it is looked at
    click_tile(qtbot, win, 7)
    qtbot.waitUntil(lambda: win.explore_panel.neighbors is not None)
    panel = win.explore_panel.neighbors
    qtbot.waitUntil(panel.isVisible)
    assert shown_rows(win) == evaluation.tiles.neighbors[FIRST][7].tolist()
    qtbot.waitUntil(lambda: all(pictures(win)))
    assert panel.picture.pixmap().width() > 0
    counts = dict(zip(KINDS, evaluation.tiles.kinds[FIRST][7].tolist(), strict=True))
    for kind, chip in panel.kinds.items():
        assert chip.text.text().startswith(f"{kind} {counts[kind]}")
        assert f"{counts[kind]} of the {evaluation.run.encoders[0].reference.k}" in chip.toolTip()
    card = panel.grid.model().index(0).data(CARD)
    row = evaluation.tiles.neighbors[FIRST][7, 0]
    assert card.tissue == reference.labels.tissue[row]
    assert card.center == reference.labels.center[row]
    assert card.letter == {"Lakeside": "A", "Northfield": "B"}[card.center]
    assert panel.center.text.text() == "Lakeside"
    assert panel.center.patch.text() == "A"


def test_neighbors_beyond_those_that_count_are_told_apart(qtbot, explored, evaluation):
    win = explored()
    click_tile(qtbot, win, 40)
    qtbot.waitUntil(lambda: win.explore_panel.neighbors is not None)
    cards = win.explore_panel.neighbors.grid.cards.cards
    k = evaluation.run.encoders[0].reference.k
    assert [card.counts for card in cards] == [rank < k for rank in range(len(cards))]
    assert "not counted" in cards[-1].tip
    assert f"of the {k} nearest" in win.explore_panel.neighbors.counting.text()


def test_another_encoder_shows_its_neighbors_of_the_same_tile(qtbot, open_explorer, evaluation):
    win = open_explorer()
    click_tile(qtbot, win, 3)
    box = win.explore_panel.encoder_box
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert win.explore.tile == TileId("slide", 3)
    assert shown_rows(win) == evaluation.tiles.neighbors[SECOND][3].tolist()
    qtbot.waitUntil(lambda: all(pictures(win)))


def test_slide_and_explorer_speak_of_the_same_encoder(qtbot, open_explorer):
    win = open_explorer()
    box = win.explore_panel.encoder_box
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert (win.viewer.layer.encoder, win.viewer.layer.kind) == (SECOND, "tissue")
    win.viewer.setFocus()
    qtbot.keyClick(win.viewer, Qt.Key.Key_E)
    assert win.viewer.layer.encoder == FIRST
    assert box.currentData() == win.explore.encoder == FIRST
    qtbot.keyClick(win.viewer, Qt.Key.Key_C)  # another kind of layer, not another encoder
    assert box.currentData() == FIRST
    # Also after the next run, and after going to another pane.
    win.explore.show_encoder(SECOND)
    finished = win.controller.finished
    win.explore.show_run(None)
    win.explore.show_run(finished)
    assert win.viewer.layer.encoder == win.explore.encoder == box.currentData() == SECOND
    win.compare.set_panes(2)
    second = win.compare.panes[1]
    assert second.layer.encoder == FIRST
    row = win.overlay_panel
    assert (row.encoder_box.currentData(), row.segments.current) == (SECOND, "center")
    with qtbot.waitSignal(win.explore._slide.tile_hovered) as hovered:
        second.tile_hovered.emit(3)  # its card is of the layer that it lies over
    assert hovered.args == [TileId("slide", 3), FIRST]
    second.setFocus()
    assert win.explore.encoder == box.currentData() == row.encoder_box.currentData() == FIRST
    second.perform("layer_tissue")
    second.set_opacity(0.7)
    assert (row.segments.current, row.slider.value()) == ("tissue", 70)
    row.layer_wanted.emit(SECOND, "confidence")
    assert (second.layer.encoder, second.layer.kind) == (SECOND, "confidence")
    assert (win.viewer.layer.kind, box.currentData()) == ("center", SECOND)
    row.opacity_wanted.emit(0.2)
    assert (second.opacity, win.viewer.opacity) == (0.2, 0.45)
    win.compare.set_panes(1)
    assert (row.segments.current, row.slider.value()) == ("center", 45)


def test_one_can_go_on_from_a_neighbor_to_its_own_neighbors(qtbot, open_explorer, evaluation):
    win = open_explorer()
    click_tile(qtbot, win, 3)
    grid = win.explore_panel.neighbors.grid
    first = shown_rows(win)[0]
    qtbot.mouseClick(grid.viewport(), LEFT, NONE, grid.visualRect(grid.model().index(0)).center())
    assert "Reference tile" in win.explore_panel.neighbors.about.text()
    click(qtbot, win.explore_panel.neighbors.explore_button)
    assert win.explore.tile == TileId("reference", first)
    assert shown_rows(win) == evaluation.known.neighbors[FIRST].rows[first].tolist()
    assert not win.explore_panel.neighbors.locate_button.isVisible()
    qtbot.waitUntil(lambda: win.explore_panel.neighbors.picture.pixmap().width() > 0)
    second = shown_rows(win)[1]
    grid.setCurrentIndex(grid.model().index(1))
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert win.explore.tile == TileId("reference", second)


def test_a_tile_that_the_cursor_rests_on_shows_its_nearest_neighbors_on_the_card(
    qtbot, explored, evaluation
):
    win = explored()
    x0, y0, x1, y1 = win.viewer.viewport.rect_to_px(win.viewer.tile_rect(40))
    at = QPoint(round((x0 + x1) / 2 / win.viewer.dpr), round((y0 + y1) / 2 / win.viewer.dpr))
    qtbot.mouseMove(win.viewer, QPoint(2, 2))
    qtbot.mouseMove(win.viewer, at)
    card = win.viewer.findChild(HoverCard)
    qtbot.waitUntil(card.isVisible)
    qtbot.waitUntil(card.strip.isVisible)
    assert card.strip_title.text() == "Nearest reference tiles by Color statistics"
    strip = card.strip.pixmap().toImage()
    kinds = win.explore.data.explorer.neighborhood(FIRST, TileId("slide", 40)).neighbors
    step = strip.width() / 5
    for place in range(5):
        frame = strip.pixelColor(round(place * step + 30), 1)
        assert frame.getRgb()[:3] == KIND_COLORS[kinds[place].kind]
    qtbot.mouseMove(win.viewer, QPoint(2, 2))
    qtbot.waitUntil(lambda: not card.isVisible())
    qtbot.waitUntil(idle(win))


def test_keys_go_through_the_tiles_that_follow_the_center(qtbot, open_explorer):
    win = open_explorer()
    panel = win.explore_panel.neighbors
    queue = panel.queue.tiles
    assert len(queue) >= 2
    assert queue == tuple(win.explore.data.explorer.following(FIRST, "slide"))
    panel.grid.setFocus()
    qtbot.keyClick(panel.grid, Qt.Key.Key_N)
    assert win.explore.tile == queue[0]
    assert panel.count.text() == f"1 of {len(queue)}"
    qtbot.keyClick(panel.grid, Qt.Key.Key_N)
    assert win.explore.tile == queue[1]
    qtbot.keyClick(panel.grid, Qt.Key.Key_P)
    qtbot.keyClick(panel.grid, Qt.Key.Key_P)
    assert win.explore.tile == queue[-1]
    assert panel.count.text() == f"{len(queue)} of {len(queue)}"
    click(qtbot, panel.next_button)
    assert win.explore.tile == queue[0]
    qtbot.waitUntil(idle(win))


def test_the_viewers_key_goes_to_the_next_such_tile_and_brings_it_into_view(qtbot, explored):
    win = explored()
    win.viewer.go_to(0, 0, 4.0)
    win.viewer.setFocus()
    qtbot.keyClick(win.viewer, Qt.Key.Key_J)
    tile = win.explore.tile
    assert tile is not None
    assert tile.part == "slide"
    assert win.explore_panel.neighbors.isVisible()

    def visible():
        x0, y0, x1, y1 = win.viewer.viewport.rect_to_px(win.viewer.tile_rect(tile.row))
        width, height = win.viewer.viewport.size_px
        return x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height

    qtbot.waitUntil(visible)
    qtbot.keyClick(win.viewer, Qt.Key.Key_J, SHIFT)
    assert win.explore.tile == win.explore_panel.neighbors.queue.tiles[-1]
    qtbot.waitUntil(idle(win))


def test_tiles_of_the_reference_set_can_be_reviewed_too(qtbot, open_explorer):
    win = open_explorer()
    panel = win.explore_panel.neighbors
    index = panel.queue_box.findData("reference")
    panel.queue_box.setCurrentIndex(index)
    panel.queue_box.activated.emit(index)
    expected = win.explore.data.explorer.following(FIRST, "reference")
    assert panel.queue.tiles == tuple(expected)
    assert f"({len(expected):,})" in panel.queue_box.currentText()
    if expected:
        click(qtbot, panel.next_button)
        assert win.explore.tile == expected[0]
    qtbot.waitUntil(idle(win))


def test_the_tile_is_shown_on_the_slide(qtbot, open_explorer):
    win = open_explorer()
    panel = win.explore_panel.neighbors
    click(qtbot, panel.next_button)
    row = win.explore.tile.row
    win.viewer.fit()
    click(qtbot, panel.locate_button)
    x0, y0, x1, y1 = win.viewer.tile_rect(row)
    qtbot.waitUntil(
        lambda: np.allclose(win.viewer.viewport.center_l0, ((x0 + x1) / 2, (y0 + y1) / 2), atol=2)
    )
    qtbot.waitUntil(idle(win))


def test_with_a_second_slide_beside_the_tile_is_shown_on_the_slide_of_the_run(
    qtbot, open_explorer, slide_path, tmp_path
):
    win = open_explorer()
    other = tmp_path / "other.tif"
    other.write_bytes(slide_path.read_bytes())
    win.viewers.show_beside(other)
    qtbot.waitUntil(lambda: len(win.compare.panes) == 2)
    beside = win.compare.panes[1]
    qtbot.waitUntil(lambda: win.compare.has_own_slide(beside))
    click(qtbot, beside)
    assert win.compare.current is beside
    win.explore._slide.locate(3)
    x0, y0, x1, y1 = win.viewer.tile_rect(3)
    assert win.viewer.viewport.center_l0 == ((x0 + x1) / 2, (y0 + y1) / 2)


def test_without_the_reference_set_labels_are_shown_and_the_reason(
    qtbot, explored, evaluation, tmp_path
):
    elsewhere = replace(
        evaluation, run=replace(
            evaluation.run,
            reference=replace(evaluation.run.reference, sha256="0" * 64, name="Gone elsewhere"),
        )
    )  # fmt: skip
    win = explored(elsewhere)
    click_tile(qtbot, win, 3)
    qtbot.waitUntil(lambda: win.explore_panel.neighbors is not None)
    panel = win.explore_panel.neighbors
    qtbot.waitUntil(lambda: "“Gone elsewhere” is not here" in panel.note.text())
    assert panel.open_reference.isVisible()
    assert len(shown_rows(win)) == 10
    assert pictures(win) == [None] * 10
    assert panel.grid.model().index(0).data(Qt.ItemDataRole.DisplayRole).startswith("1: ")


def test_pictures_come_when_the_reference_set_is_opened(
    qtbot, explored, evaluation, reference, tmp_path
):
    win = explored()
    other = make_reference(tmp_path, slides=2, tiles=2)
    hidden = reference.folder.rename(reference.folder.with_name("away"))
    try:
        win.references.open(other.folder)
        qtbot.waitUntil(lambda: win.references.reference.folder == other.folder)
        click_tile(qtbot, win, 3)
        qtbot.waitUntil(lambda: win.explore_panel.neighbors is not None)
        panel = win.explore_panel.neighbors
        qtbot.waitUntil(lambda: "is not here" in panel.note.text())
        assert not any(pictures(win))
        shutil.copytree(hidden, tmp_path / "back.pgref")
        win.references.open(tmp_path / "back.pgref")
        qtbot.waitUntil(lambda: all(pictures(win)))
        assert not panel.note.isVisible()
    finally:
        hidden.rename(reference.folder)


def test_a_slide_that_is_not_open_leaves_its_tiles_with_words(qtbot, explored, slide_path):
    win = explored()
    win.explore_panel.build()
    win.slides.close(slide_path)
    win.docks.show_explorer()
    win.explore.show_tile(TileId("slide", 3))
    panel = win.explore_panel.neighbors
    qtbot.waitUntil(lambda: "not shown" in panel.picture.text())
    assert panel.title.text() == "Tile of the slide"
    assert not panel.locate_button.isVisible()


def test_the_slide_of_a_neighbor_is_shown_where_it_is_at_hand(
    qtbot, window, slide_path, tmp_path, evaluation
):
    known = evaluation.known
    places = known.places_l0.copy()
    places[:] = (640, 448)
    here = replace(
        evaluation,
        known=replace(known, slides=tuple(slide_path.stem for _ in known.slides), places_l0=places),
    )
    win = window()
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.slides.path is not None)
    show(win, here)
    win.docks.show_explorer()
    qtbot.waitUntil(lambda: win.explore_panel.neighbors is not None)
    win.explore.show_tile(TileId("reference", 0))
    grid = win.explore_panel.neighbors.grid
    grid.setCurrentIndex(grid.model().index(0))
    click(qtbot, win.explore_panel.neighbors.slide_button)
    # 64 px at 0.5 µm/px on a slide of 0.5 µm/px: the middle is 32 px further.
    qtbot.waitUntil(lambda: np.allclose(win.viewer.viewport.center_l0, (672, 480), atol=2))
    qtbot.waitUntil(idle(win))


def test_a_slide_that_is_not_at_hand_is_named(qtbot, open_explorer):
    win = open_explorer()
    click_tile(qtbot, win, 3)
    panel = win.explore_panel.neighbors
    panel.grid.setCurrentIndex(panel.grid.model().index(0))
    assert not panel.slide_button.isEnabled()
    name = win.explore.data.known.slides[shown_rows(win)[0]]
    assert f"The slide {name} is not among those open" in panel.slide_button.toolTip()
    qtbot.waitUntil(idle(win))


def test_a_run_kept_before_says_that_it_cannot_be_explored(qtbot, explored, evaluation):
    old = replace(
        evaluation,
        known=None,
        maps={},
        tiles=replace(evaluation.tiles, neighbors={}, neighbor_distance={}),
    )
    win = explored(old)
    win.docks.show_explorer()
    assert "Evaluate again to explore it" in win.explore_panel.empty.text()
    assert win.explore_panel.empty.isVisible()
    click_tile(qtbot, win, 3)
    assert win.explore.tile is None


# Maps


def show(win, evaluation):
    """Show a run as if it had been opened."""
    from pathgui.gui.evaluation.shown_run import Finished

    win.controller.show_run(Finished(evaluation, win.services.runs() / "made.pgrun"))


def test_both_maps_show_all_tiles_and_a_caution(open_explorer, reference, evaluation):
    win = open_explorer()
    maps = win.explore_panel.maps
    points = win.explore.data.points(FIRST)
    assert len(points) == len(reference) + len(evaluation.tiles.cells)
    kept = evaluation.run.encoders[0].map.neighbors_kept
    assert f"{kept:.0%}" in maps.caution.toolTip()
    assert "Maps bend distances" in maps.caution.text()
    for view in maps.views.values():
        places = view.places()
        assert (places >= 0).all()
        assert (places <= (view.width(), view.height())).all()


def test_the_colors_of_the_map_are_those_of_the_labels(open_explorer):
    win = open_explorer()
    view = win.explore_panel.maps.views["tissue"]
    win.explore_panel.maps.slide_box.setChecked(False)
    points = win.explore.data.points(FIRST)
    index = lone_point(view, points)
    seen = view.grab().toImage().pixelColor(at_point(view, index))
    assert seen.getRgb()[:3] == win.explore.data.colors["tissue"][points.tissue[index]]


def test_a_click_on_a_point_shows_its_neighbors_and_marks_it_on_both_maps(qtbot, open_explorer):
    win = open_explorer()
    view = win.explore_panel.maps.views["center"]
    points = win.explore.data.points(FIRST)
    index = lone_point(view, points)
    before = win.explore_panel.maps.views["tissue"].grab().toImage()
    qtbot.mouseClick(view, LEFT, NONE, at_point(view, index))
    assert win.explore.tile == points.tile(index)
    assert shown_rows(win)[0] == win.explore.data.known.neighbors[FIRST].rows[index, 0]
    assert win.explore_panel.maps.views["tissue"].grab().toImage() != before
    qtbot.waitUntil(idle(win))


def test_a_lasso_selects_on_both_maps_on_the_slide_and_in_the_list(qtbot, open_explorer):
    win = open_explorer()
    maps, panel = win.explore_panel.maps, win.explore_panel.neighbors
    view = maps.views["tissue"]
    points = win.explore.data.points(FIRST)
    middle = at_point(view, int(np.flatnonzero(points.of_slide)[0]))
    lasso(qtbot, view, middle)
    places = view.places()
    within = np.hypot(*(places - (middle.x(), middle.y())).T)
    surely, perhaps = points.selection(within < 27), points.selection(within < 31)
    selected = win.explore.selection
    assert surely.slide <= selected.slide <= perhaps.slide
    assert surely.reference <= selected.reference <= perhaps.reference
    assert selected.slide
    assert win.viewer.marked_tiles == selected.slide
    assert panel.queue.tiles == tuple(selected.tiles)
    assert panel.queue_box.currentData() == "selected"
    assert f"{len(selected)} selected" in maps.count.text()
    qtbot.waitUntil(panel.queue_list.isVisible)
    panel.queue_list.setCurrentIndex(panel.queue.index(0))
    qtbot.mouseClick(
        panel.queue_list.viewport(),
        LEFT,
        NONE,
        panel.queue_list.visualRect(panel.queue.index(0)).center(),
    )
    assert win.explore.tile == selected.tiles[0]
    assert panel.count.text() == f"1 of {len(selected)}"
    qtbot.waitUntil(idle(win))


def test_shift_adds_and_escape_undoes_step_by_step(qtbot, open_explorer):
    win = open_explorer()
    view = win.explore_panel.maps.views["tissue"]
    points = win.explore.data.points(FIRST)
    places = view.places()
    one = int(np.flatnonzero(points.of_slide)[0])
    other = int(np.hypot(*(places - places[one]).T).argmax())
    lasso(qtbot, view, at_point(view, one), 14)
    first = win.explore.selection
    lasso(qtbot, view, at_point(view, other), 14, SHIFT)
    second = win.explore.selection
    assert first.tiles
    assert set(first.tiles) < set(second.tiles)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert win.explore.selection == first
    assert win.viewer.marked_tiles == first.slide
    win.explore_panel.neighbors.grid.setFocus()
    qtbot.keyClick(win.explore_panel.neighbors.grid, Qt.Key.Key_Escape)
    assert win.explore.selection == Selection()
    assert win.viewer.marked_tiles == frozenset()
    qtbot.keyClick(view, Qt.Key.Key_Escape)  # nothing is left to undo
    assert win.explore.selection == Selection()


def test_a_lasso_without_shift_selects_anew_and_a_button_selects_nothing(qtbot, open_explorer):
    win = open_explorer()
    maps = win.explore_panel.maps
    view = maps.views["center"]
    points = win.explore.data.points(FIRST)
    places = view.places()
    one = int(np.flatnonzero(points.of_slide)[0])
    other = int(np.hypot(*(places - places[one]).T).argmax())
    lasso(qtbot, view, at_point(view, one), 14)
    first = win.explore.selection
    lasso(qtbot, view, at_point(view, other), 14)
    assert not set(first.tiles) & set(win.explore.selection.tiles)
    click(qtbot, maps.clear_button)
    assert win.explore.selection == Selection()
    assert win.explore_panel.neighbors.queue_box.currentData() == "slide"


def test_another_encoder_keeps_the_selection(qtbot, open_explorer):
    win = open_explorer()
    maps = win.explore_panel.maps
    chosen = Selection(frozenset({2, 5}), frozenset({1, 20}))
    win.explore.select(chosen)
    win.explore.show_encoder(SECOND)
    assert win.explore.selection == chosen
    assert win.viewer.marked_tiles == {2, 5}
    # Its map is a sample that lacks the first ten reference tiles.
    assert "4 selected, 3 of them on this map" in maps.count.toolTip()
    assert win.explore_panel.encoder_box.currentData() == SECOND


def test_moving_one_map_moves_the_other(qtbot, open_explorer):
    win = open_explorer()
    first, second = win.explore_panel.maps.views.values()
    middle = QPoint(first.width() // 2, first.height() // 2)
    before = first.places()[0]
    qtbot.mousePress(first, Qt.MouseButton.MiddleButton, NONE, middle)
    qtbot.mouseMove(first, middle + QPoint(20, 10))
    qtbot.mouseRelease(first, Qt.MouseButton.MiddleButton, NONE, middle + QPoint(20, 10))
    assert np.allclose(first.places()[0] - before, (20, 10))
    assert first.window_shown == second.window_shown
    click(qtbot, win.explore_panel.maps.tool.button("move"))
    qtbot.mousePress(second, LEFT, NONE, middle)
    qtbot.mouseMove(second, middle - QPoint(20, 10))
    qtbot.mouseRelease(second, LEFT, NONE, middle - QPoint(20, 10))
    assert np.allclose(first.places()[0], before)
    assert win.explore.selection == Selection()
    qtbot.keyClick(first, Qt.Key.Key_Plus)
    assert second.window_shown.scale == first.window_shown.scale
    click(qtbot, win.explore_panel.maps.fit_button)
    assert np.allclose(first.places()[0], before, atol=1)


def test_zooming_keeps_what_is_under_the_cursor(qtbot, open_explorer):
    win = open_explorer()
    view = win.explore_panel.maps.views["tissue"]
    at = view.places()[4]
    view.zoom(3.0, at_point(view, 4))
    assert np.allclose(view.places()[4], at, atol=2)


@pytest.mark.qt_log_ignore("does not support (raise|propagateSizeHints)")  # offscreen, of tooltips
def test_the_cursor_says_which_tile_a_point_is(qtbot, open_explorer, reference):
    win = open_explorer()
    first, second = win.explore_panel.maps.views.values()
    points = win.explore.data.points(FIRST)
    index = lone_point(first, points)
    qtbot.mouseMove(first, QPoint(1, 1))
    qtbot.mouseMove(first, at_point(first, index))
    said = QToolTip.text()
    assert f"Reference tile {reference.tiles[points.rows[index]]} " in said  # its set is open
    assert reference.labels.tissue[points.rows[index]] in said
    before = second.grab().toImage()
    QApplication.sendEvent(first, QEvent(QEvent.Type.Leave))
    assert second.grab().toImage() != before  # the ring was on both


def test_the_legend_takes_a_tissue_off_both_maps(qtbot, open_explorer):
    win = open_explorer()
    maps = win.explore_panel.maps
    points = win.explore.data.points(FIRST)
    view = maps.views["center"]
    index = lone_point(view, points)
    legend = maps.legend
    names = win.explore.data.tissues
    row = 1 + int(points.tissue[index])
    assert legend.item(row).text() == names[points.tissue[index]]
    assert not maps.field.isVisible()  # so few are seen at a glance
    maps.field.setText(names[0].upper())
    shown = [i for i in range(legend.count()) if not legend.item(i).isHidden()]
    assert [legend.item(i).text() for i in shown] == ["Tissue", names[0], "Center"]
    maps.field.clear()
    assert not any(legend.item(i).isHidden() for i in range(legend.count()))
    qtbot.mouseClick(
        legend.viewport(), LEFT, NONE, legend.visualItemRect(legend.item(row)).center()
    )
    assert view.point_at(at_point(view, index).toPointF()) != index
    qtbot.mouseClick(
        legend.viewport(), LEFT, NONE, legend.visualItemRect(legend.item(row)).center()
    )
    assert view.point_at(at_point(view, index).toPointF()) == index


def test_letters_of_centers_stand_in_the_legend(open_explorer):
    legend = open_explorer().explore_panel.maps.legend
    assert [legend.item(row).text() for row in range(legend.count())][-2:] == [
        "A  Lakeside",
        "B  Northfield",
    ]


def test_a_run_without_maps_says_why_and_has_neighbors_all_the_same(
    qtbot, open_explorer, evaluation
):
    run = evaluation.run
    without = replace(
        evaluation, maps={}, run=replace(run, settings=replace(run.settings, maps=False))
    )
    win = open_explorer(without)
    assert "made without maps" in win.explore_panel.maps.empty.text()
    click_tile(qtbot, win, 3)
    assert len(shown_rows(win)) == 10
    qtbot.waitUntil(idle(win))


def test_maps_are_made_unless_the_user_leaves_them_out(qtbot, window, reference, evaluation):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return evaluation

    win = window(evaluate=evaluate)
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    click(qtbot, win.settings_fold.button)
    for _ in range(2):
        click(qtbot, win.run_panel.evaluate_button)
        qtbot.waitUntil(lambda: not win.controller.busy)
        click(qtbot, win.run_settings.boxes["maps"])
    assert [request.settings.maps for request in asked] == [True, False]
    assert "--no-maps" in asked[1].command
    assert "maps" not in asked[0].command


def test_it_follows_the_theme(qtbot, qapp, open_explorer):
    win = open_explorer()
    view = win.explore_panel.maps.views["tissue"]
    corner = QPoint(view.width() - 5, view.height() - 5)
    light = view.grab().toImage().pixelColor(corner)
    try:
        apply(qapp, DARK)
        win.recolor()
        dark = view.grab().toImage().pixelColor(corner)
    finally:
        apply(qapp, LIGHT)
        win.recolor()
    assert light.lightness() > 200
    assert dark.lightness() < 80


def test_the_run_of_another_slide_leaves_the_slide_alone(qtbot, open_explorer, evaluation):
    win = open_explorer()
    win.explore.select(Selection(frozenset({1, 2}), frozenset()))
    assert win.viewer.marked_tiles == {1, 2}
    run = evaluation.run
    show(win, replace(evaluation, run=replace(run, slide=replace(run.slide, file_name="x.svs"))))
    assert win.viewer.marked_tiles == frozenset()
    click_tile(qtbot, win, 3)
    assert win.explore.tile is None


def test_a_run_of_the_reference_set_alone_can_be_explored(qtbot, window, reference, evaluation):
    alone = replace(
        evaluation,
        tiles=None,
        maps={
            name: replace(each, slide_rows=each.slide_rows[:0], slide_positions=each.positions[:0])
            for name, each in evaluation.maps.items()
        },
        run=replace(
            evaluation.run,
            slide=None,
            encoders=[replace(each, slide=None) for each in evaluation.run.encoders],
        ),
    )
    win = window()
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.references.reference is not None)
    show(win, alone)
    win.docks.show_explorer()
    qtbot.waitUntil(lambda: win.explore_panel.maps is not None)
    click(qtbot, win.explore_panel.parts.button("both"))
    panel = win.explore_panel.neighbors
    assert panel.queue_box.currentData() == "reference"
    assert "(0)" in panel.queue_box.itemText(panel.queue_box.findData("slide"))
    assert not win.explore_panel.maps.slide_box.isVisible()
    click(qtbot, panel.next_button)
    assert win.explore.tile == win.explore.data.explorer.following(FIRST, "reference")[0]
    qtbot.waitUntil(lambda: all(pictures(win)))
    qtbot.waitUntil(idle(win))


def test_panes_that_are_added_show_the_marks_too(qtbot, open_explorer):
    win = open_explorer()
    win.explore.select(Selection(frozenset({1, 2}), frozenset()))
    win.compare.set_panes(2)
    assert [pane.marked_tiles for pane in win.compare.panes] == [{1, 2}, {1, 2}]
    win.compare.set_panes(1)


def test_marks_are_seen_on_the_slide(qtbot, open_explorer):
    win = open_explorer()
    win.viewer.set_overlay_visible(False)
    qtbot.waitUntil(lambda: win.viewer.pending == 0)
    before: QImage = win.viewer.grab().toImage()
    win.explore.select(Selection(frozenset({0}), frozenset()))
    after = win.viewer.grab().toImage()
    x0, y0, x1, _ = win.viewer.viewport.rect_to_px(win.viewer.tile_rect(0))
    edge = QPoint(round((x0 + x1) / 2), round(y0))
    assert after.pixelColor(edge) != before.pixelColor(edge)
    assert "no tile" not in texts(win)
