"""Every key of the key table and every entry of the menus, in the real window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import ImageCms
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QShortcut, QUndoCommand
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from pathgui.core.progress import SlideTurn
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.proposals_dialog import ProposalsDialog
from pathgui.gui.cohort.sample_dialog import SampleDialog
from pathgui.gui.criteria.criteria_dialog import CriteriaDialog
from pathgui.gui.criteria.intended_use_dialog import IntendedUseDialog
from pathgui.gui.kit.command_palette import CommandPalette
from pathgui.gui.kit.dialogs import AboutDialog
from pathgui.gui.reference.set_dialog import SetDialog
from pathgui.gui.report.report_dialog import ReportDialog
from pathgui.gui.results.classifier_dialog import ClassifierDialog
from pathgui.gui.results.summary_help import SummaryHelp
from pathgui.gui.runs.qualify_dialog import QualifyDialog
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.shell.main_window import MainWindow
from pathgui.gui.shell.manual import Manual
from pathgui.gui.slides.archive_dialog import ArchiveDialog
from pathgui.gui.viewer.dialogs import KeySheet, LineDialog
from tests.explore_factory import explorable
from tests.gui.conftest import idle, texts

PLAIN = Qt.KeyboardModifier.NoModifier
REGION = [(300.0, 200.0), (700.0, 200.0), (700.0, 500.0), (300.0, 500.0)]


class Dialogs:
    """Stands for the system's file dialogs: answers, and remembers what was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.answer = ""

    def getSaveFileName(self, parent: object, title: str, name: str, kinds: str = "") -> Any:
        self.asked.append(title)
        return str(self.folder / Path(name).name), kinds

    def getOpenFileName(self, parent: object, title: str, *rest: str) -> Any:
        self.asked.append(title)
        return self.answer, ""

    def getOpenFileNames(self, parent: object, title: str, *rest: str) -> Any:
        self.asked.append(title)
        return [self.answer] if self.answer else [], ""

    def getExistingDirectory(self, parent: object, title: str, *rest: str) -> str:
        self.asked.append(title)
        return ""


@pytest.fixture
def other_slide(tmp_path: Path) -> Path:
    """A second slide, so that one can be shown beside the other."""
    path = tmp_path / "other.tif"
    picture = np.full((512, 768, 3), 200, np.uint8)
    tifffile.imwrite(
        path, picture, tile=(256, 256), photometric="rgb", resolution=(2e4, 2e4),
        resolutionunit="CENTIMETER",
    )  # fmt: skip
    return path


@pytest.fixture
def profiled_slide(tmp_path: Path) -> Path:
    """A slide with a color profile of its scanner, of two levels at 0.5 µm/px."""
    path = tmp_path / "profiled.tif"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = np.full((1024, 1536, 3), 245, np.uint8)
    picture[200:700, 300:1100] = (180, 60, 140)
    with tifffile.TiffWriter(path) as tif:
        for level, factor in enumerate((1, 4)):
            tif.write(
                picture[::factor, ::factor], tile=(256, 256), photometric="rgb",
                subfiletype=1 if level else 0, resolution=(2e4 / factor, 2e4 / factor),
                resolutionunit="CENTIMETER", iccprofile=profile,
            )  # fmt: skip
    return path


@pytest.fixture
def win(
    qtbot: QtBot,
    window: Any,
    profiled_slide: Path,
    other_slide: Path,
    reference: Any,
    tmp_path: Path,
) -> MainWindow:
    """A window after an evaluation of three encoders, where everything can be done."""
    made_up = explorable(reference, profiled_slide, "Lakeside")
    tiles = made_up.tiles
    assert tiles is not None
    other = dict(tiles.tissue, shell=1 - tiles.tissue["shell"])  # so that encoders differ
    made_up = replace(made_up, tiles=replace(tiles, tissue=other))

    def evaluate(request: object, at_hand: object, store: object, report: object) -> Any:
        EVALUATED.append(request)
        return made_up

    def evaluate_slides(
        request: Any, target: Path, *, reference: Any, retry_failed: bool, store: Any, report: Any
    ) -> Any:
        EVALUATED.append((request, retry_failed))
        report(SlideTurn(request.slides[0].slide_id, "failed", "It is gone."))
        return made_up

    made: MainWindow = window(evaluate=evaluate, evaluate_slides=evaluate_slides)
    made.choosers.dialogs = Dialogs(tmp_path)  # type: ignore[assignment]
    made.viewer.navigator.reduced_motion = True
    made.open_slides([other_slide, profiled_slide])
    made.references.open(reference.folder)
    qtbot.waitUntil(lambda: made.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    made.controller.evaluate()
    qtbot.waitUntil(lambda: made.controller.finished is not None)
    qtbot.waitUntil(idle(made), timeout=10_000)
    qtbot.waitUntil(lambda: made.viewer.sharp and bool(made.viewer.pixels.content_id))
    return made


EVALUATED: list[object] = []


def prepare(win: MainWindow) -> None:
    """The same state before every action."""
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog | QMenu) and widget.isVisible():
            widget.close()
    win.compare.set_panes(1)
    win.compare.set_linked(True)
    if win.windowState() & Qt.WindowState.WindowFullScreen:
        win.setWindowState(Qt.WindowState.WindowNoState)
    view = win.viewer
    view.tools.take(None)
    view.set_upright()
    view.fit()
    view.tools.give_class("")
    view.tools.select(None)
    view.set_regions([REGION])
    view.show_layer(next(e.title for e in view.layers if e.kind == "tissue"))
    view.show_beside(None)
    view.set_opacity(0.4)
    view.go_to(700, 500, 0.4)
    view.go_to(720, 520, 0.5)
    view.navigator.back()
    view.set_color_correction(True)
    view.lens.offer({})
    view.lens.offer({"Bonn": lambda pixels: 255 - pixels})
    if not view.instruments.all_visible:
        view.perform("instruments")
    for name in list(win.messages._bars):
        win.messages.clear(name)
    QGuiApplication.clipboard().clear()
    view.setFocus()


def at(win: MainWindow) -> tuple[float, float]:
    return win.viewer.viewport.center_l0


def scale(win: MainWindow) -> float:
    return win.viewer.viewport.scale


def opacity(win: MainWindow) -> float:
    return win.viewer.opacity


def kind(win: MainWindow) -> tuple[str, str]:
    layer = win.viewer.layer
    assert layer is not None
    return layer.kind, layer.encoder


def copied(win: MainWindow) -> str:
    return " ".join(QGuiApplication.clipboard().text().split()[:2])


def tool(win: MainWindow) -> str | None:
    return win.viewer.tools.active


def dialog(cls: type, title: str = "") -> Callable[[MainWindow], bool]:
    def shown(win: MainWindow) -> bool:
        return any(
            isinstance(each, cls) and each.isVisible() and title in each.windowTitle()
            for each in QApplication.topLevelWidgets()
        )

    return shown


def menu_shown(win: MainWindow) -> bool:
    return isinstance(QApplication.activePopupWidget(), QMenu)


def written(name: str) -> Callable[[MainWindow], object]:
    def found(win: MainWindow) -> object:
        path = win.choosers.dialogs.folder / name  # type: ignore[attr-defined]
        if path.is_file() and f"Written: {path}" in texts(win):
            path.unlink()
            win.messages.clear("picture")
            return "written"
        return None

    return found


def asked(win: MainWindow) -> int:
    return len(win.choosers.dialogs.asked)  # type: ignore[attr-defined]


def told(win: MainWindow) -> str:
    return win.viewer.instruments._told


def kinds(win: MainWindow) -> tuple[str, ...]:
    return win.viewer.tools.kinds


def swipe(win: MainWindow) -> float | None:
    return win.viewer.look.swipe


def panes(win: MainWindow) -> int:
    return len(win.compare.panes)


Probe = Callable[[MainWindow], Any]
Check = Callable[[Any, Any], bool]  # before, after


def changed(before: Any, after: Any) -> bool:
    return bool(before != after)


def becomes(value: object) -> Check:
    return lambda before, after: before != after == value


def grows(before: float, after: float) -> bool:
    return after > before


def shrinks(before: float, after: float) -> bool:
    return after < before


def east(before: Any, after: Any) -> bool:
    return after[0] > before[0] and after[1] == before[1]


def west(before: Any, after: Any) -> bool:
    return after[0] < before[0] and after[1] == before[1]


def north(before: Any, after: Any) -> bool:
    return after[1] < before[1] and after[0] == before[0]


def south(before: Any, after: Any) -> bool:
    return after[1] > before[1] and after[0] == before[0]


def rotation(win: MainWindow) -> float:
    return win.viewer.viewport.rotation


def look(name: str) -> Probe:
    return lambda win: getattr(win.viewer.look, name)


def center_of_first(win: MainWindow) -> str:
    return win.cohort.book.content.slides.cell(0, "center")


def with_centers(win: MainWindow) -> None:
    """A table of the open slides; the first one got a center, and another."""
    win.docks.show_slide_table()
    QGuiApplication.clipboard().setText("East")
    book = win.cohort.book
    book.show(Content().with_files(win.slide_panel.paths))
    for center in ("North", "South"):
        book.edit("center", {(0, "center"): center})
    model = win.cohort_panel.model
    win.cohort_panel.grid.setCurrentIndex(model.index(0, model.column_of("center")))


def with_slides_of_two_folders(win: MainWindow) -> None:
    with_centers(win)
    book = win.cohort.book
    paths = [Path("/nowhere") / folder / "S.tif" for folder in ("North", "South")]
    book.show(Content().with_files(paths))


def instrument(name: str) -> Probe:
    return lambda win: getattr(win.viewer.instruments, name)


def with_numbers(win: MainWindow) -> None:
    win.viewer.perform("layer_confidence")


def with_panes(win: MainWindow) -> None:
    win.compare.set_panes(2)


def two_slides(win: MainWindow) -> None:
    other = next(path for path in win.slide_panel.paths if path != win.slides.path)
    win.viewers.show_beside(other)


# What each action changes, and how. An action that is not here fails the tests.
DOES: dict[str, tuple[Probe, Check]] = {
    **{f"pan_{way}": (at, check) for way, check in
       (("left", west), ("right", east), ("up", north), ("down", south))},
    **{f"half_{way}": (at, check) for way, check in
       (("left", west), ("right", east), ("up", north), ("down", south))},
    "zoom_in": (scale, grows),
    "zoom_out": (scale, shrinks),
    "fit": (lambda win: win.viewer._stays_fit, becomes(True)),
    "power_1": (scale, shrinks),  # half of all there is, on so small a slide
    "power_2": (scale, shrinks),
    **{f"power_{n}": (scale, becomes(pytest.approx(power * 0.5 / 10)))
       for n, power in enumerate((5, 10, 20, 40), 3)},
    "back": (at, changed),
    "forward": (at, becomes((720, 520))),
    "go_to": (dialog(LineDialog, "coordinates"), becomes(True)),
    "bookmark": (dialog(LineDialog, "Bookmark"), becomes(True)),
    "bookmarks": (menu_shown, becomes(True)),
    "rotate_right": (rotation, becomes(90)),
    "rotate_left": (rotation, becomes(270)),
    "rotate_fine_right": (rotation, becomes(5)),
    "rotate_fine_left": (rotation, becomes(355)),
    "flip": (lambda win: win.viewer.viewport.flipped, becomes(True)),
    "upright": (rotation, becomes(0)),
    "colors": (lambda win: win.viewer.correct_colors, becomes(False)),
    "toggle_overlay": (look("visible"), becomes(False)),
    "opacity_down": (opacity, becomes(pytest.approx(0.3))),
    "opacity_up": (opacity, becomes(pytest.approx(0.5))),
    "opacity_full": (opacity, becomes(1.0)),
    "opacity_half": (opacity, becomes(0.5)),
    "opacity_none": (opacity, becomes(0.0)),
    "outline": (look("outlined"), changed),
    "next_encoder": (kind, becomes(("tissue", "shell"))),
    "previous_encoder": (kind, becomes(("tissue", "shell"))),
    "layer_tissue": (kind, becomes(("tissue", "color-statistics"))),
    "layer_center": (kind, becomes(("center", "color-statistics"))),
    "layer_nearest_center": (kind, becomes(("nearest_center", "color-statistics"))),
    "layer_agreement": (kind, becomes(("agreement", "color-statistics"))),
    "layer_disagreement": (kind, becomes(("disagreement", ""))),
    "layer_confidence": (kind, becomes(("confidence", "color-statistics"))),
    "layer_distance": (kind, becomes(("distance", "color-statistics"))),
    "stretch": (look("stretched"), changed),
    "palette": (look("palette"), changed),
    "next_tile": (at, changed),
    "previous_tile": (at, changed),
    "next_following": (lambda win: win.explore.tile, changed),
    "previous_following": (lambda win: win.explore.tile, changed),
    "grid": (lambda win: win.viewer.overlay.grid_visible, changed),
    "tissue_mask": (lambda win: win.tissue.shown, changed),
    "instruments": (instrument("all_visible"), changed),
    "minimap": (lambda win: win.viewer.instruments.minimap.isVisible(), changed),
    "scale_bar": (instrument("bar_visible"), changed),
    "legend": (lambda win: win.viewer.instruments.legend.isVisible(), changed),
    "measure": (tool, becomes("measure")),
    "rectangle": (tool, becomes("rectangle")),
    "polygon": (tool, becomes("polygon")),
    "lens": (lambda win: win.viewer.lens.shown, becomes("Bonn")),
    **{f"class_{n}": (kinds, changed) for n in range(1, 10)},
    "class_none": (kinds, becomes(("",))),
    "class_new": (dialog(LineDialog, "Class of regions"), becomes(True)),
    "clear_region": (lambda win: win.viewer.regions, becomes(())),
    "open_regions": (asked, grows),
    "mpp": (dialog(LineDialog, "µm per pixel"), becomes(True)),
    "label": (told, becomes("This slide has no label picture.")),
    "macro": (told, becomes("This slide has no macro picture.")),
    "swipe": (swipe, becomes(0.5)),
    "panes_1": (panes, becomes(1)),
    "panes_2": (panes, becomes(2)),
    "panes_3": (panes, becomes(3)),
    "panes_4": (panes, becomes(4)),
    "link": (lambda win: win.compare.linked, becomes(False)),
    "reset_offset": (lambda win: win.compare.panes[1].viewport.center_l0, changed),
    "beside": (menu_shown, becomes(True)),
    "copy_view": (lambda win: QGuiApplication.clipboard().image().size().width(), grows),
    "copy_place": (lambda win: QGuiApplication.clipboard().text(), becomes("700, 500")),
    "save_view": (written("view.png"), becomes("written")),
    "save_region": (written("region.png"), becomes("written")),
    "save_geojson": (written("tiles.geojson"), becomes("written")),
    "save_ome_tiff": (written("tiles.ome.tif"), becomes("written")),
    "save_regions": (written("regions.geojson"), becomes("written")),
    "full_screen": (lambda win: win.isFullScreen(), becomes(True)),
    "evaluate": (lambda win: len(EVALUATED), grows),
    "evaluate_all": (lambda win: len(EVALUATED), grows),
    "retry_failed": (lambda win: len(EVALUATED), grows),
    "copy_command": (copied, becomes("pathgui evaluate")),
    "copy_python": (copied, becomes("import pathgui")),
    "copy_all": (lambda win: "--cohort" in QGuiApplication.clipboard().text(), becomes(True)),
    "cancel": (tool, becomes(None)),
    "close_slides": (lambda win: len(win.slide_panel.paths), shrinks),
    "undo": (lambda win: win.undo.index(), shrinks),
    "redo": (lambda win: win.undo.index(), grows),
    "open": (asked, grows),
    "export": (dialog(ReportDialog), becomes(True)),
    "commands": (dialog(CommandPalette), becomes(True)),
    "settings": (lambda win: win.settings_fold.content.isVisible(), becomes(True)),
    "help": (dialog(KeySheet), becomes(True)),
    "manual": (dialog(Manual), becomes(True)),
    "first_steps": (lambda win: win.start.isVisible(), changed),
    "move": (tool, becomes(None)),
    "demo": (lambda win: win.slides.path, changed),
    "open_archive": (dialog(ArchiveDialog), becomes(True)),
    "open_reference": (asked, grows),
    "import_reference": (asked, grows),
    "look_at_reference": (dialog(SetDialog), becomes(True)),
    "judge_reference": (dialog(SetDialog), becomes(True)),
    "open_run": (asked, grows),
    "panel_slides": (lambda win: win.docks.slides.isVisible(), changed),
    "panel_evaluate": (lambda win: win.docks.encoders.isVisible(), changed),
    "panel_summary": (lambda win: win.docks.summary.isHidden(), changed),
    "panel_explore": (lambda win: win.docks.explore.isHidden(), changed),
    "reset_layout": (lambda win: win.docks.slides.isVisible(), becomes(True)),
    "panel_slide_table": (lambda win: win.docks.cohort.isHidden(), changed),
    "copy_cells": (lambda win: QGuiApplication.clipboard().text(), becomes("South")),
    "paste_cells": (center_of_first, becomes("East")),
    "empty_cells": (center_of_first, becomes("")),
    "open_cohort": (asked, grows),
    "new_from_folder": (asked, grows),
    "save_cohort_as": (lambda win: win.cohort.is_on_disk, becomes(True)),
    "close_cohort": (lambda win: win.cohort.is_on_disk, becomes(False)),
    "import_slide_table": (asked, grows),
    "import_qupath": (asked, grows),
    "propose_from_files": (dialog(ProposalsDialog), becomes(True)),
    "find_slides": (asked, grows),
    "add_column": (dialog(LineDialog, "Add a column"), becomes(True)),
    "take_rows_out": (lambda win: len(win.cohort.book.content.files), shrinks),
    "make_reference_set": (dialog(SampleDialog), becomes(True)),
    "look_again": (lambda win: len(win.cohort.look.facts), changed),
    "intended_use": (dialog(IntendedUseDialog), becomes(True)),
    "criteria": (dialog(CriteriaDialog), becomes(True)),
    "judge": (dialog(CriteriaDialog), becomes(True)),
    "classifier": (dialog(ClassifierDialog), becomes(True)),
    "qualify": (dialog(QualifyDialog), becomes(True)),
    "numbers": (dialog(SummaryHelp), becomes(True)),
    "about": (dialog(AboutDialog), becomes(True)),
    "quit": (lambda win: win.isVisible(), becomes(False)),
}  # fmt: skip


def nine_classes(win: MainWindow) -> None:
    for number in range(9):
        win.region_book.add_class(f"class {number}")


def with_a_class(win: MainWindow) -> None:
    win.viewer.tools.give_class("Tumor")


def with_a_step(win: MainWindow) -> None:
    win.undo.push(QUndoCommand("a change"))


def taken_back(win: MainWindow) -> None:
    with_a_step(win)
    win.undo.undo()


def settle_offset(win: MainWindow) -> None:
    """Two slides, the second one off its place."""
    two_slides(win)
    QApplication.processEvents()


def with_a_third_slide(win: MainWindow) -> None:
    """One that can go: the others are needed."""
    third = win.slide_panel.paths[0].with_name("third.tif")
    third.write_bytes(b"no slide")
    win.open_slides([third])


FIRST: dict[str, Callable[[MainWindow], None]] = {
    "close_slides": with_a_third_slide,
    "forward": lambda win: None,
    "upright": lambda win: win.viewer.rotate(90),
    "layer_tissue": lambda win: win.viewer.perform("layer_center") or None,
    "stretch": with_numbers,
    "palette": with_numbers,
    "cancel": lambda win: win.viewer.tools.take("measure"),
    **{f"class_{n}": nine_classes for n in range(1, 10)},
    "class_none": lambda win: win.viewer.tools.select(0) or with_a_class(win),
    "undo": with_a_step,
    "redo": taken_back,
    "move": lambda win: win.viewer.tools.take("measure"),
    "reset_layout": lambda win: win.docks.slides.hide(),
    "panes_1": with_panes,
    "link": with_panes,
    "settings": lambda win: win.settings_fold.button.setChecked(False),
    **dict.fromkeys(
        (
            "copy_cells",
            "find_slides",
            "paste_cells",
            "empty_cells",
            "add_column",
            "take_rows_out",
        ),
        with_centers,
    ),
    "propose_from_files": with_slides_of_two_folders,
    "look_again": with_centers,
    "save_cohort_as": with_centers,
}


def first(qtbot: QtBot, win: MainWindow, action: str) -> None:
    prepare(win)
    if action == "reset_offset":
        two_slides(win)
        qtbot.waitUntil(lambda: win.compare.has_own_slide(win.compare.panes[1]))
        win.compare.set_linked(False)
        win.compare.panes[1].go_to(100, 100)
        win.compare.set_linked(True)
    if action == "make_reference_set":
        with_centers(win)
        win.cohort.control.save_as(win.slide_panel.paths[0].with_name("drawn.pgcohort"))
        qtbot.waitUntil(lambda: win.cohort.is_on_disk)
        qtbot.waitUntil(idle(win), timeout=10_000)
    if action in ("evaluate_all", "copy_all"):
        with_centers(win)
        former = win.cohort.control.opened
        win.cohort.control.save_as(win.slide_panel.paths[0].with_name(f"{action}.pgcohort"))
        qtbot.waitUntil(lambda: win.cohort.control.opened not in (None, former), timeout=10_000)
        qtbot.waitUntil(idle(win), timeout=10_000)
    FIRST.get(action, lambda win: None)(win)


def press(qtbot: QtBot, win: MainWindow, key: str) -> None:
    """As a hand does, with the slide under it."""
    view = win.viewer
    view.setFocus()
    combination = QKeySequence(key)[0]
    modifiers = combination.keyboardModifiers()
    if len(key) == 1 and not key.isalpha():
        qtbot.keyClicks(view, key)
    else:
        qtbot.keyClick(view, combination.key(), modifiers)


def check(qtbot: QtBot, win: MainWindow, action: str, act: Callable[[], None]) -> str:
    """What is wrong with an action; empty if it does what it should."""
    first(qtbot, win, action)
    probe, right = DOES[action]
    before = probe(win)
    act()
    seen: list[Any] = []

    def done() -> bool:
        after = probe(win)
        if right(before, after):
            return True
        seen.append(after)
        return False

    try:
        qtbot.waitUntil(done, timeout=5000)
        qtbot.waitUntil(idle(win), timeout=10_000)
    except AssertionError:
        return f"{action}: {before!r} became {seen[-1] if seen else None!r}"
    except Exception as error:
        if type(error).__name__ != "TimeoutError":
            raise
        said = texts(win, "error")
        return f"{action}: {before!r} became {seen[-1] if seen else None!r} {said}"
    finally:
        win.viewer.instruments._told = ""
    return ""


ALONE = ("quit", "demo")  # nothing can follow them: they have tests of their own

offscreen = pytest.mark.qt_log_ignore("This plugin does not support")  # menus


def test_every_action_of_the_table_is_in_this_test():
    assert set(DOES) == {action.id for action in ACTIONS}


@offscreen
def test_every_key_does_its_thing_in_the_window(qtbot, win):
    wrong = []
    for action in ACTIONS:
        for key in () if action.id in ALONE else win.keys.keys(action.id):
            problem = check(qtbot, win, action.id, lambda key=key: press(qtbot, win, key))
            if problem:
                wrong.append(f"{key}: {problem}")
    prepare(win)
    assert not wrong, "\n".join(wrong)


def leaves(menu: QMenu) -> list[QAction]:
    """All entries of a menu, those of its submenus in their place."""
    menu.aboutToShow.emit()
    found = []
    for entry in menu.actions():
        below = entry.menu()
        if below is not None:
            found += leaves(below)
        elif not entry.isSeparator():
            found.append(entry)
    return found


def entries(win: MainWindow) -> list[QAction]:
    return [each for top in win.menuBar().actions() for each in leaves(top.menu())]


@offscreen
def test_every_entry_of_the_menus_does_its_thing(qtbot, win):
    wrong, seen = [], set()
    by_entry = {entry: action for action, entry in win.menus.by_id.items()}
    recent = {path.name for path in win.recent.slides + win.recent.references + win.recent.runs}
    for entry in entries(win):
        text = entry.text().replace("&", "")
        if entry in by_entry:
            action = by_entry[entry]
            seen.add(action)
            if action in ALONE:
                continue

            def trigger(action: str = action) -> None:
                win.menus.refresh()
                entry = win.menus.by_id[action]
                assert entry.isEnabled(), f"{action} is not offered"
                entry.trigger()

            problem = check(qtbot, win, action, trigger)
        else:
            problem = "" if text in recent else "it is no action"
        if problem:
            wrong.append(f"{text}: {problem}")
    prepare(win)
    assert not wrong, "\n".join(wrong)
    assert seen == {action.id for action in ACTIONS}  # nothing is reached by a key alone


@pytest.mark.qt_log_ignore("This plugin does not support", "Keyboard event not accepted")
@pytest.mark.parametrize("how", ["menu", "key"])
def test_quit_closes_the_window(qtbot, win, how):
    prepare(win)
    if how == "key":
        press(qtbot, win, "Ctrl+Q")
    else:
        next(e for e in entries(win) if e.text().replace("&", "") == "Quit").trigger()
    qtbot.waitUntil(lambda: not win.isVisible())


@offscreen
def test_the_demo_is_opened_by_its_entry(qtbot, win):
    assert not check(qtbot, win, "demo", win.menus.by_id["demo"].trigger)


@offscreen
def test_the_tools_beside_the_slide_do_what_their_keys_do(qtbot, win):
    for action, button in win.tool_strip.buttons.items():
        if action == "move":
            continue
        problem = check(qtbot, win, action, button.click)
        assert not problem
    prepare(win)
    win.viewer.perform("polygon")
    assert win.tool_strip.buttons["polygon"].isChecked()
    win.tool_strip.buttons["move"].click()
    assert win.viewer.tools.active is None
    assert win.tool_strip.buttons["move"].isChecked()


@offscreen
def test_a_key_given_anew_works_in_the_window_and_is_said_in_its_menus(qtbot, win):
    prepare(win)
    win.viewer.perform("help")
    sheets = [each for each in QApplication.topLevelWidgets() if isinstance(each, KeySheet)]
    sheet = next(each for each in sheets if each.isVisible())  # not one of a closed window
    for action, key in (("open", Qt.Key.Key_F6), ("grid", Qt.Key.Key_F7)):
        sheet.start(action)
        qtbot.keyClick(sheet.edit, key)
        qtbot.waitUntil(lambda: not sheet.edit.isVisible(), timeout=5000)
    sheet.close()
    assert win.menus.by_id["open"].shortcut().toString() == "F6"
    before, grid = asked(win), win.viewer.overlay.grid_visible
    press(qtbot, win, "Ctrl+O")
    assert asked(win) == before
    press(qtbot, win, "F6")
    assert asked(win) == before + 1
    press(qtbot, win, "F7")
    assert win.viewer.overlay.grid_visible != grid
    press(qtbot, win, "F7")


@offscreen
def test_what_cannot_be_done_is_not_offered_and_its_key_says_why(qtbot, window, slide_path):
    win = window()
    win.menus.refresh()
    offered = {action for action, entry in win.menus.by_id.items() if entry.isEnabled()}
    assert "open" in offered
    assert not {"save_view", "layer_tissue", "go_to", "clear_region", "evaluate"} & offered
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.sharp)
    for action, words in (("layer_tissue", "evaluate first"), ("swipe", "needs two layers")):
        win.viewer.perform(action)
        assert words in win.viewer.instruments.facts().notes[0]


def test_a_key_of_the_window_works_as_soon_as_it_has_something_to_do(qtbot, window, slide_path):
    win = window()
    assert not win.menus.by_id["save_view"].isEnabled()
    win.open_slides([slide_path])
    qtbot.waitUntil(win.menus.by_id["save_view"].isEnabled, timeout=10_000)
    assert not win.menus.by_id["save_regions"].isEnabled()
    win.viewer.set_regions([REGION])
    qtbot.waitUntil(win.menus.by_id["save_regions"].isEnabled)


def test_no_shortcut_of_a_panel_is_a_key_of_the_window(window):
    win = window()
    window_wide = Qt.ShortcutContext.WindowShortcut
    taken = {
        key.toString()
        for entry in win.menus.by_id.values()
        if entry.shortcutContext() == window_wide
        for key in entry.shortcuts()
    }
    panels = {each.key().toString() for each in win.findChildren(QShortcut)}
    assert {"Ctrl+O", "F11"} <= taken
    assert {"F2", "Del"} <= panels
    assert not taken & panels


def focus_places(win: MainWindow) -> dict[str, QWidget]:
    """One widget of each kind that can have the focus, beside the slide."""
    return {
        "list of slides": win.slide_panel.list,
        "list of runs": win.runs_panel.list,
        "table": win.summary_panel.table,
        "button": win.summary_panel.export_button,
        "check box": win.encoder_panel.rows["shell"].box,
        "choice": win.overlay_panel.encoder_box,
        "slider": win.overlay_panel.slider,
        "number": win.overlay_panel.number,
        "pressed button": win.overlay_panel.segments.button("tissue"),
    }


@offscreen
def test_keys_of_the_slide_work_wherever_the_focus_is_and_lists_keep_theirs(qtbot, win):
    prepare(win)
    win.compare.set_panes(2)
    win.compare.panes[1].setFocus()
    win.viewer.perform("panes_1")
    assert win.viewer.hasFocus()  # the view that had it is gone
    for name, place in focus_places(win).items():
        keys = {"rectangle": "U", "power_4": "4", "mpp": "Ctrl+M"}
        if name == "number":
            del keys["power_4"]  # is typed into it
        for action, key in keys.items():
            win.viewer.tools.take(None)
            win.viewer.fit()
            place.setFocus()
            assert place.hasFocus(), name
            probe, _ = DOES[action]
            before = probe(win)
            combination = QKeySequence(key)[0]
            qtbot.keyClick(place, combination.key(), combination.keyboardModifiers())
            assert probe(win) != before, f"{key} in {name}"
            for each in QApplication.topLevelWidgets():
                if isinstance(each, QDialog) and each.isVisible():
                    each.close()
    view, row = at(win), win.slide_panel.list.currentRow()
    win.viewer.tools.take(None)
    win.slide_panel.list.setFocus()
    qtbot.keyClick(win.slide_panel.list, Qt.Key.Key_Up)
    assert (at(win), win.slide_panel.list.currentRow()) == (view, row - 1)
    win.encoder_panel.filter.setFocus()
    qtbot.keyClicks(win.encoder_panel.filter, "u2")
    assert (win.encoder_panel.filter.text(), tool(win)) == ("u2", None)
    menu, view = win.menuBar().actions()[0].menu(), at(win)
    menu.popup(win.pos())
    qtbot.keyClick(win, Qt.Key.Key_Right)  # as a menu leaves it over: it walks the menus
    menu.close()
    assert at(win) == view
    bar = win.menuBar()
    bar.setFocus()  # as with a menu open, or after Alt
    menus = [each for each in bar.findChildren(QMenu) if each.title()]
    assert len(menus) > 10
    for key, on in product(("Right", "R"), (bar, *menus)):
        pressed = QKeyEvent(QEvent.Type.ShortcutOverride, QKeySequence(key)[0].key(), PLAIN)
        pressed.ignore()
        QApplication.sendEvent(on, pressed)
        assert pressed.isAccepted(), on  # by it: else Qt finds an entry that has this key
