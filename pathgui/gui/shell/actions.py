"""Every action of the window, and with those of the viewer, all there are.

A new one is an entry here (or in the viewer's table), a row of docs/viewer.md, and its test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from pathgui.gui.kit.command_palette import Command, CommandPalette
from pathgui.gui.kit.dialogs import AboutDialog
from pathgui.gui.shell.parts import Parts
from pathgui.gui.viewer.actions import VIEWER_ACTIONS
from pathgui.gui.viewer.model.keys import Action, Entry, Held, Need, Scope


@dataclass(frozen=True)
class WindowAction(Action[Parts]):
    """Done by the window."""

    scope: ClassVar[Scope] = Scope.WINDOW


SLIDE: Need[Parts] = Need(lambda parts: parts.compare.current.slide is not None)
LAYER: Need[Parts] = Need(lambda parts: parts.compare.current.layer is not None)
REFERENCE: Need[Parts] = Need(
    lambda parts: parts.references.reference is not None, "choose a reference set first"
)
RUN: Need[Parts] = Need(lambda parts: parts.controller.finished is not None)
NEIGHBORS: Need[Parts] = Need(
    lambda parts: parts.explore.data is not None and parts.explore.data.explorer is not None,
    "no neighbors yet: evaluate first",
)


CHANGEABLE: Need[Parts] = Need(lambda parts: not parts.cohort.book.why_read_only)
ROWS: Need[Parts] = Need(lambda parts: parts.cohort.can_change)


def _can_show_beside(parts: Parts) -> bool:
    several = bool(parts.viewers.others()) or len(parts.compare.panes) > 1
    return parts.compare.current.slide is not None and several


def _can_stop(parts: Parts) -> bool:
    return parts.controller.busy or parts.compare.current.tools.active is not None


def _stop(parts: Parts) -> None:
    if not parts.compare.current.tools.key(Qt.Key.Key_Escape):
        parts.controller.ask_cancel()


def _show_settings(parts: Parts) -> None:
    parts.docks.encoders.show()
    parts.settings_fold.button.setChecked(True)
    parts.run_settings.boxes["k"].setFocus()


def _toggle_full_screen(parts: Parts) -> None:
    parts.window.setWindowState(parts.window.windowState() ^ Qt.WindowState.WindowFullScreen)


def _find_command(parts: Parts) -> None:
    CommandPalette(commands(parts), parts.window).open()


def _panel(id: str, title: str, of: Callable[[Parts], QDockWidget]) -> WindowAction:
    def toggle(parts: Parts) -> None:
        of(parts).setVisible(of(parts).isHidden())
        of(parts).raise_()

    return WindowAction(
        f"panel_{id}", f"Panel: {title}", "Window", (), Entry("Panels", 10, title), toggle,
        on=lambda parts: not of(parts).isHidden(),
    )  # fmt: skip


WINDOW_ACTIONS: tuple[WindowAction, ...] = (
    WindowAction("next_following", "Next tile that follows the center", "Overlay", ("J",),
        Entry("Overlay", 30, "Next tile that &follows the center"),
        lambda parts: parts.explore.follow_center(1), needs=NEIGHBORS, icon="neighbors"),
    WindowAction("previous_following", "Previous tile that follows the center", "Overlay",
        ("Shift+J",), Entry("Overlay", 30), lambda parts: parts.explore.follow_center(-1),
        needs=NEIGHBORS),
    WindowAction("open_regions", "Open regions (QuPath GeoJSON)", "Instruments", (),
        Entry("Tools", 10, "&Open regions (QuPath GeoJSON)…"),
        lambda parts: parts.choosers.regions(), needs=SLIDE),
    WindowAction("tissue_mask", "Tissue mask on the slide", "Instruments", ("Shift+G",),
        Entry("Instruments", 10, "Tiss&ue mask"),
        lambda parts: parts.tissue.show(not parts.tissue.shown), needs=SLIDE,
        on=lambda parts: parts.tissue.shown),
    WindowAction("label", "The slide's label (may name a patient)", "Instruments", (),
        Entry("Picture", 30, "Show the &label (may name a patient)"),
        lambda parts: parts.viewers.show_associated("label"), needs=SLIDE),
    WindowAction("macro", "The slide's macro picture (may name a patient)", "Instruments", (),
        Entry("Picture", 30, "Show the &macro picture (may name a patient)"),
        lambda parts: parts.viewers.show_associated("macro"), needs=SLIDE),
    WindowAction("beside", "Another slide beside this one", "Side by side", ("Ctrl+Shift+B",),
        Entry("Beside", 10, "&Another slide beside…"), lambda parts: parts.viewers.choose_beside(),
        needs=Need(_can_show_beside)),
    WindowAction("save_view", "Save the view as PNG", "Out", ("Ctrl+Shift+S",),
        Entry("Export", 20, "&View as PNG…"), lambda parts: parts.exports.view_png(), needs=SLIDE,
        icon="camera", tool=30),
    WindowAction("save_region", "Save the regions as PNG", "Out", ("Ctrl+Shift+R",),
        Entry("Export", 20, "Re&gions as PNG…"), lambda parts: parts.exports.region_png(),
        needs=SLIDE),
    WindowAction("save_geojson", "Save the layer for QuPath (GeoJSON)", "Out", (),
        Entry("Export", 30, "&Layer for QuPath (GeoJSON)…"),
        lambda parts: parts.exports.layer_geojson(), needs=LAYER),
    WindowAction("save_ome_tiff", "Save the layer as a picture (OME-TIFF)", "Out", (),
        Entry("Export", 30, "Layer as &picture (OME-TIFF)…"),
        lambda parts: parts.exports.layer_ome_tiff(), needs=LAYER),
    WindowAction("save_regions", "Save the regions for QuPath (GeoJSON)", "Out", (),
        Entry("Export", 30, "Regions for &QuPath (GeoJSON)…"),
        lambda parts: parts.exports.regions(),
        needs=Need(lambda parts: parts.compare.current.regions)),
    WindowAction("evaluate", "Evaluate", "Window", ("Ctrl+Return",),
        Entry("Evaluation", 10, "&Evaluate"), lambda parts: parts.controller.evaluate(),
        needs=Need(lambda parts: parts.controller.ready), icon="play", held=Held.ONCE),
    WindowAction("evaluate_all", "Evaluate all slides of the cohort", "Window", (),
        Entry("Evaluation", 10, "Evaluate a&ll slides"),
        lambda parts: parts.cohort_runs.evaluate_all(),
        needs=Need(lambda parts: parts.cohort_runs.ready)),
    WindowAction("retry_failed", "Evaluate slides that failed again", "Window", (),
        Entry("Evaluation", 10, "Try faile&d slides again"),
        lambda parts: parts.cohort_runs.retry(),
        needs=Need(lambda parts: parts.cohort_runs.has_failed)),
    WindowAction("copy_command", "Copy the evaluation as a command", "Window", (),
        Entry("Evaluation", 12, "&Copy as command"), lambda parts: parts.copies.command(),
        needs=Need(lambda parts: parts.copies.possible), icon="copy"),
    WindowAction("copy_python", "Copy the evaluation as Python", "Window", (),
        Entry("Evaluation", 12, "Copy as &Python"), lambda parts: parts.copies.python(),
        needs=Need(lambda parts: parts.copies.possible)),
    WindowAction("copy_all", "Copy the evaluation of all slides as a command", "Window", (),
        Entry("Evaluation", 12, "Copy all slides as co&mmand"),
        lambda parts: parts.copies.command_for_all(),
        needs=Need(lambda parts: parts.copies.possible_for_all)),
    WindowAction("cancel", "Leave the tool; stop the evaluation", "Window", ("Esc",),
        Entry("Evaluation", 10, "&Stop"), _stop, needs=Need(_can_stop), icon="stop"),
    WindowAction("undo", "Undo", "Window", ("Ctrl+Z",), Entry("Edit", 10, "&Undo"),
        lambda parts: parts.undo.undo(),
        needs=Need(lambda parts: parts.undo.canUndo() and not parts.cohort.control.busy,
            "nothing to undo")),
    WindowAction("redo", "Redo", "Window", ("Ctrl+Shift+Z", "Ctrl+Y"),
        Entry("Edit", 10, "&Redo"), lambda parts: parts.undo.redo(),
        needs=Need(lambda parts: parts.undo.canRedo() and not parts.cohort.control.busy,
            "nothing to redo")),
    WindowAction("open", "Open a slide", "Window", ("Ctrl+O",), Entry("File", 10, "&Open slides…"),
        lambda parts: parts.choosers.slides(), icon="open"),
    WindowAction("close_slides", "Close the selected slides", "Window", ("Ctrl+W",),
        Entry("File", 13, "&Close the selected slides"),
        lambda parts: parts.viewers.close_selected(),
        needs=Need(lambda parts: parts.viewers.selected)),
    WindowAction("demo", "Open the demo", "Window", (), Entry("File", 12, "Open the &demo"),
        lambda parts: parts.references.make_demo(),
        needs=Need(lambda parts: not parts.controller.busy), icon="demo"),
    WindowAction("open_reference", "Open a reference set", "Window", (),
        Entry("File", 20, "Open reference &set…"), lambda parts: parts.choosers.reference(),
        icon="reference"),
    WindowAction("import_reference", "Import labeled tiles as a reference set", "Window", (),
        Entry("File", 20, "&Import labeled tiles…"), lambda parts: parts.choosers.manifest(),
        icon="import"),
    WindowAction("look_at_reference", "Look at the tiles of the reference set", "Window", (),
        Entry("File", 20, "&Look at the reference set…"),
        lambda parts: parts.references.sets.show_tiles(), needs=REFERENCE, icon="grid"),
    WindowAction("judge_reference", "Is the reference set any good?", "Window", (),
        Entry("File", 20, "Is the reference set any &good?"),
        lambda parts: parts.references.sets.show_good(), needs=REFERENCE),
    WindowAction("open_run", "Open a run", "Window", ("Ctrl+Shift+O",),
        Entry("File", 30, "Open r&un…"), lambda parts: parts.choosers.run(), icon="history"),
    WindowAction("export", "Export the report (PDF)", "Window", ("Ctrl+E",),
        Entry("Export", 10, "&Report (PDF)…"), lambda parts: parts.reports.ask(),
        needs=Need(lambda parts: RUN.holds(parts) and not parts.controller.busy), icon="export"),
    WindowAction("copy_cells", "Copy the selected cells of the slide table", "Slide table", (),
        Entry("Edit", 20, "&Copy cells"), lambda parts: parts.cohort.panel.grid.copy(),
        needs=Need(lambda parts: parts.cohort.has_slides), icon="copy"),
    WindowAction("paste_cells", "Paste into the slide table", "Slide table", (),
        Entry("Edit", 20, "&Paste cells"), lambda parts: parts.cohort.panel.grid.paste(),
        needs=ROWS),
    WindowAction("empty_cells", "Empty the selected cells of the slide table", "Slide table", (),
        Entry("Edit", 20, "&Empty cells"), lambda parts: parts.cohort.panel.grid.empty(),
        needs=ROWS),
    WindowAction("open_cohort", "Open a cohort", "Slide table", (),
        Entry("Cohort", 10, "&Open cohort…"), lambda parts: parts.choosers.cohort(), icon="open"),
    WindowAction("new_from_folder", "New table of the slides in a folder", "Slide table", (),
        Entry("Cohort", 10, "&New from folder…"), lambda parts: parts.choosers.study(),
        icon="folder"),
    WindowAction("save_cohort_as", "Save the slides as a cohort", "Slide table", (),
        Entry("Cohort", 10, "&Save as cohort…"), lambda parts: parts.choosers.cohort_name(),
        needs=Need(lambda parts: parts.cohort.has_slides and not parts.cohort.is_on_disk),
        icon="save"),
    WindowAction("make_reference_set", "Make a reference set of the cohort", "Slide table", (),
        Entry("Cohort", 35, "&Make a reference set…"),
        lambda parts: parts.cohort.samples.ask(),
        needs=Need(lambda parts: parts.cohort.is_on_disk and parts.cohort.has_slides,
                   "save the slides as a cohort first"), icon="import"),
    WindowAction("close_cohort", "Close the cohort", "Slide table", (),
        Entry("Cohort", 10, "&Close the cohort"), lambda parts: parts.cohort.control.close(),
        needs=Need(lambda parts: parts.cohort.is_on_disk)),
    WindowAction("import_slide_table", "Fill the slide table from a spreadsheet", "Slide table",
        (), Entry("Cohort", 20, "Import &table…"), lambda parts: parts.choosers.facts(),
        needs=CHANGEABLE, icon="import"),
    WindowAction("import_qupath", "Fill the slide table from a QuPath project", "Slide table", (),
        Entry("Cohort", 20, "Import &QuPath project…"), lambda parts: parts.choosers.project(),
        needs=CHANGEABLE),
    WindowAction("propose_from_files", "Fill the slide table from folders and files",
        "Slide table", (), Entry("Cohort", 20, "What folders and files sa&y…"),
        lambda parts: parts.cohort.imports.propose(), needs=ROWS),
    WindowAction("find_slides", "Find moved slides", "Slide table", (),
        Entry("Cohort", 20, "&Find moved slides…"), lambda parts: parts.choosers.moved(),
        needs=ROWS),
    WindowAction("add_column", "Add a column to the slide table", "Slide table", (),
        Entry("Cohort", 30, "&Add a column…"), lambda parts: parts.cohort.ask_column(),
        needs=ROWS),
    WindowAction("take_rows_out", "Take the selected rows out of the slide table", "Slide table",
        (), Entry("Cohort", 30, "Take selected &rows out"),
        lambda parts: parts.cohort.take_out(parts.cohort.panel.grid.selected_rows), needs=ROWS),
    WindowAction("look_again", "Check the slides of the table again", "Slide table", (),
        Entry("Cohort", 40, "Chec&k the slides again"),
        lambda parts: parts.cohort.look.look_again(),
        needs=Need(lambda parts: parts.cohort.has_slides)),
    WindowAction("intended_use", "Intended use", "Window", (),
        Entry("Evaluation", 20, "&Intended use…"), lambda parts: parts.intended_use.edit()),
    WindowAction("criteria", "Acceptance criteria", "Window", (),
        Entry("Evaluation", 20, "&Acceptance criteria…"), lambda parts: parts.criteria.edit()),
    WindowAction("judge", "Judge the shown run", "Window", (),
        Entry("Evaluation", 20, "&Judge the shown run…"),
        lambda parts: parts.criteria.judge_shown(), needs=RUN),
    WindowAction("settings", "Settings", "Window", ("Ctrl+,",),
        Entry("Evaluation", 30, "Se&ttings"), _show_settings, icon="settings"),
    _panel("slides", "Slides", lambda parts: parts.docks.slides),
    _panel("evaluate", "Evaluate", lambda parts: parts.docks.encoders),
    _panel("summary", "Robustness summary", lambda parts: parts.docks.summary),
    _panel("explore", "Neighbors and maps", lambda parts: parts.docks.explore),
    _panel("slide_table", "Slide table", lambda parts: parts.docks.cohort),
    WindowAction("reset_layout", "Reset the layout", "Window", (),
        Entry("Panels", 20, "&Reset the layout"), lambda parts: parts.docks.reset()),
    WindowAction("full_screen", "Full screen", "Window", ("F11",),
        Entry("View", 51, "F&ull screen"), _toggle_full_screen,
        on=lambda parts: parts.window.isFullScreen(), held=Held.ONCE),
    WindowAction("commands", "Find a command", "Window", ("Ctrl+L",),
        Entry("Help", 10, "&Find a command…"), _find_command),
    WindowAction("manual", "Manual", "Window", ("F1",), Entry("Help", 10, "&Manual…"),
        lambda parts: parts.help.open_where_focus_is(), icon="help"),
    WindowAction("first_steps", "First steps", "Window", (), Entry("Help", 10, "First s&teps"),
        lambda parts: parts.start.toggle(), on=lambda parts: parts.start.isVisible()),
    WindowAction("numbers", "What the numbers mean", "Window", (),
        Entry("Help", 12, "What the &numbers mean"), lambda parts: parts.summary_panel.show_help(),
        icon="help"),
    WindowAction("about", "About pathgui", "Window", (), Entry("Help", 12, "&About pathgui"),
        lambda parts: AboutDialog(parts.window).open(), icon="info"),
    WindowAction("quit", "Quit", "Window", ("Ctrl+Q",), Entry("File", 40, "&Quit"),
        lambda parts: parts.window.close()),
)  # fmt: skip

ACTIONS: tuple[Action[Any], ...] = (*VIEWER_ACTIONS, *WINDOW_ACTIONS)


def target(action: Action[Any], parts: Parts) -> Any:
    """What an action acts on: the view last used, all views, or the window."""
    if action.scope is Scope.VIEW:
        return parts.compare.current
    return parts.compare if action.scope is Scope.PANES else parts


def is_possible(action: Action[Any], parts: Parts) -> bool:
    """Whether an action would do something now."""
    return action.possible(target(action, parts))


def is_on(action: Action[Any], parts: Parts) -> bool:
    """Whether what an action switches is on."""
    return action.on is not None and action.on(target(action, parts))


def commands(parts: Parts) -> list[Command]:
    """All that can be done now."""
    return [
        Command(
            action.title,
            ", ".join(parts.keys.keys(action.id)),
            partial(parts.compare.current.perform, action.id),
        )
        for action in parts.keys.actions
        if is_possible(action, parts)
    ]
