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

from pathgui.core.language.texts import say
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
    lambda parts: parts.references.reference is not None, say("choose a reference set first")
)
RUN: Need[Parts] = Need(lambda parts: parts.controller.finished is not None)
NEIGHBORS: Need[Parts] = Need(
    lambda parts: parts.explore.data is not None and parts.explore.data.explorer is not None,
    say("no neighbors yet: evaluate first"),
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
        f"panel_{id}", say("Panel: {title}", title=title), say("Window"), (), Entry("Panels", 10,
            title), toggle,
        on=lambda parts: not of(parts).isHidden(),
    )  # fmt: skip


WINDOW_ACTIONS: tuple[WindowAction, ...] = (
    WindowAction("next_following", say("Next tile that follows the center"), say("Overlay"), ("J",),
        Entry("Overlay", 30, say("Next tile that &follows the center")),
        lambda parts: parts.explore.follow_center(1), needs=NEIGHBORS, icon="neighbors"),
    WindowAction("previous_following", say("Previous tile that follows the center"), say("Overlay"),
        ("Shift+J",), Entry("Overlay", 30), lambda parts: parts.explore.follow_center(-1),
        needs=NEIGHBORS),
    WindowAction("open_regions", say("Open regions (QuPath GeoJSON)"), say("Instruments"), (),
        Entry("Tools", 10, say("&Open regions (QuPath GeoJSON)…")),
        lambda parts: parts.choosers.regions(), needs=SLIDE),
    WindowAction("tissue_mask", say("Tissue mask on the slide"), say("Instruments"), ("Shift+G",),
        Entry("Instruments", 10, say("Tiss&ue mask")),
        lambda parts: parts.tissue.show(not parts.tissue.shown), needs=SLIDE,
        on=lambda parts: parts.tissue.shown),
    WindowAction("label", say("The slide's label (may name a patient)"), say("Instruments"), (),
        Entry("Picture", 30, say("Show the &label (may name a patient)")),
        lambda parts: parts.viewers.show_associated("label"), needs=SLIDE),
    WindowAction("macro", say("The slide's macro picture (may name a "
                              "patient)"), say("Instruments"), (),
        Entry("Picture", 30, say("Show the &macro picture (may name a patient)")),
        lambda parts: parts.viewers.show_associated("macro"), needs=SLIDE),
    WindowAction("beside", say("Another slide beside this one"), say("Side by side"),
        ("Ctrl+Shift+B",),
        Entry("Beside", 10, say("&Another slide beside…")),
        lambda parts: parts.viewers.choose_beside(),
        needs=Need(_can_show_beside)),
    WindowAction("save_view", say("Save the view as PNG"), say("Out"), ("Ctrl+Shift+S",),
        Entry("Export", 20, say("&View as PNG…")), lambda parts: parts.exports.view_png(),
        needs=SLIDE,
        icon="camera", tool=30),
    WindowAction("save_region", say("Save the regions as PNG"), say("Out"), ("Ctrl+Shift+R",),
        Entry("Export", 20, say("Re&gions as PNG…")), lambda parts: parts.exports.region_png(),
        needs=SLIDE),
    WindowAction("save_geojson", say("Save the layer for QuPath (GeoJSON)"), say("Out"), (),
        Entry("Export", 30, say("&Layer for QuPath (GeoJSON)…")),
        lambda parts: parts.exports.layer_geojson(), needs=LAYER),
    WindowAction("save_ome_tiff", say("Save the layer as a picture (OME-TIFF)"), say("Out"), (),
        Entry("Export", 30, say("Layer as &picture (OME-TIFF)…")),
        lambda parts: parts.exports.layer_ome_tiff(), needs=LAYER),
    WindowAction("save_regions", say("Save the regions for QuPath (GeoJSON)"), say("Out"), (),
        Entry("Export", 30, say("Regions for &QuPath (GeoJSON)…")),
        lambda parts: parts.exports.regions(),
        needs=Need(lambda parts: parts.compare.current.regions)),
    WindowAction("evaluate", say("Evaluate"), say("Window"), ("Ctrl+Return",),
        Entry("Evaluation", 10, say("&Evaluate")), lambda parts: parts.controller.evaluate(),
        needs=Need(lambda parts: parts.controller.ready), icon="play", held=Held.ONCE),
    WindowAction("evaluate_all", say("Evaluate all slides of the cohort"), say("Window"), (),
        Entry("Evaluation", 10, say("Evaluate a&ll slides")),
        lambda parts: parts.cohort_runs.evaluate_all(),
        needs=Need(lambda parts: parts.cohort_runs.ready)),
    WindowAction("retry_failed", say("Evaluate slides that failed again"), say("Window"), (),
        Entry("Evaluation", 10, say("Try faile&d slides again")),
        lambda parts: parts.cohort_runs.retry(),
        needs=Need(lambda parts: parts.cohort_runs.has_failed)),
    WindowAction("copy_command", say("Copy the evaluation as a command"), say("Window"), (),
        Entry("Evaluation", 12, say("&Copy as command")), lambda parts: parts.copies.command(),
        needs=Need(lambda parts: parts.copies.possible), icon="copy"),
    WindowAction("copy_python", say("Copy the evaluation as Python"), say("Window"), (),
        Entry("Evaluation", 12, say("Copy as &Python")), lambda parts: parts.copies.python(),
        needs=Need(lambda parts: parts.copies.possible)),
    WindowAction("copy_all", say("Copy the evaluation of all slides as a "
                                 "command"), say("Window"), (),
        Entry("Evaluation", 12, say("Copy all slides as co&mmand")),
        lambda parts: parts.copies.command_for_all(),
        needs=Need(lambda parts: parts.copies.possible_for_all)),
    WindowAction("cancel", say("Leave the tool; stop the evaluation"), say("Window"), ("Esc",),
        Entry("Evaluation", 10, say("&Stop")), _stop, needs=Need(_can_stop), icon="stop"),
    WindowAction("undo", say("Undo"), say("Window"), ("Ctrl+Z",), Entry("Edit", 10, say("&Undo")),
        lambda parts: parts.undo.undo(),
        needs=Need(lambda parts: parts.undo.canUndo() and not parts.cohort.control.busy,
            say("nothing to undo"))),
    WindowAction("redo", say("Redo"), say("Window"), ("Ctrl+Shift+Z", "Ctrl+Y"),
        Entry("Edit", 10, say("&Redo")), lambda parts: parts.undo.redo(),
        needs=Need(lambda parts: parts.undo.canRedo() and not parts.cohort.control.busy,
            say("nothing to redo"))),
    WindowAction("open", say("Open a slide"), say("Window"), ("Ctrl+O",), Entry("File", 10,
        say("&Open slides…")),
        lambda parts: parts.choosers.slides(), icon="open"),
    WindowAction("open_archive", say("Open slides from an archive (DICOMweb)"), say("Window"), (),
        Entry("File", 11, say("Open from arc&hive…")), lambda parts: parts.choosers.archives.ask(),
        icon="open"),
    WindowAction("close_slides", say("Close the selected slides"), say("Window"), ("Ctrl+W",),
        Entry("File", 13, say("&Close the selected slides")),
        lambda parts: parts.viewers.close_selected(),
        needs=Need(lambda parts: parts.viewers.selected)),
    WindowAction("demo", say("Open the demo"), say("Window"), (), Entry("File", 12,
        say("Open the &demo")),
        lambda parts: parts.references.make_demo(),
        needs=Need(lambda parts: not parts.controller.busy), icon="demo"),
    WindowAction("open_reference", say("Open a reference set"), say("Window"), (),
        Entry("File", 20, say("Open reference &set…")), lambda parts: parts.choosers.reference(),
        icon="reference"),
    WindowAction("import_reference", say("Import labeled tiles as a reference "
                                         "set"), say("Window"), (),
        Entry("File", 20, say("&Import labeled tiles…")), lambda parts: parts.choosers.manifest(),
        icon="import"),
    WindowAction("look_at_reference", say("Look at the tiles of the reference set"), say("Window"),
        (),
        Entry("File", 20, say("&Look at the reference set…")),
        lambda parts: parts.references.sets.show_tiles(), needs=REFERENCE, icon="grid"),
    WindowAction("judge_reference", say("Is the reference set any good?"), say("Window"), (),
        Entry("File", 20, say("Is the reference set any &good?")),
        lambda parts: parts.references.sets.show_good(), needs=REFERENCE),
    WindowAction("open_run", say("Open a run"), say("Window"), ("Ctrl+Shift+O",),
        Entry("File", 30, say("Open r&un…")), lambda parts: parts.choosers.run(), icon="history"),
    WindowAction("export", say("Export the report (PDF)"), say("Window"), ("Ctrl+E",),
        Entry("Export", 10, say("&Report (PDF)…")), lambda parts: parts.reports.ask(),
        needs=Need(lambda parts: RUN.holds(parts) and not parts.controller.busy), icon="export"),
    WindowAction("copy_cells", say("Copy the selected cells of the slide "
                                   "table"), say("Slide table"), (),
        Entry("Edit", 20, say("&Copy cells")), lambda parts: parts.cohort.panel.grid.copy(),
        needs=Need(lambda parts: parts.cohort.has_slides), icon="copy"),
    WindowAction("paste_cells", say("Paste into the slide table"), say("Slide table"), (),
        Entry("Edit", 20, say("&Paste cells")), lambda parts: parts.cohort.panel.grid.paste(),
        needs=ROWS),
    WindowAction("empty_cells", say("Empty the selected cells of the slide "
                                    "table"), say("Slide table"), (),
        Entry("Edit", 20, say("&Empty cells")), lambda parts: parts.cohort.panel.grid.empty(),
        needs=ROWS),
    WindowAction("open_cohort", say("Open a cohort"), say("Slide table"), (),
        Entry("Cohort", 10, say("&Open cohort…")), lambda parts: parts.choosers.cohort(),
        icon="open"),
    WindowAction("new_from_folder", say("New table of the slides in a folder"), say("Slide table"),
        (),
        Entry("Cohort", 10, say("&New from folder…")), lambda parts: parts.choosers.study(),
        icon="folder"),
    WindowAction("save_cohort_as", say("Save the slides as a cohort"), say("Slide table"), (),
        Entry("Cohort", 10, say("&Save as cohort…")), lambda parts: parts.choosers.cohort_name(),
        needs=Need(lambda parts: parts.cohort.has_slides and not parts.cohort.is_on_disk),
        icon="save"),
    WindowAction("make_reference_set", say("Make a reference set of the cohort"),
        say("Slide table"), (),
        Entry("Cohort", 35, say("&Make a reference set…")),
        lambda parts: parts.cohort.samples.ask(),
        needs=Need(lambda parts: parts.cohort.is_on_disk and parts.cohort.has_slides,
                   say("save the slides as a cohort first")), icon="import"),
    WindowAction("close_cohort", say("Close the cohort"), say("Slide table"), (),
        Entry("Cohort", 10, say("&Close the cohort")), lambda parts: parts.cohort.control.close(),
        needs=Need(lambda parts: parts.cohort.is_on_disk)),
    WindowAction("import_slide_table", say("Fill the slide table from a "
                                           "spreadsheet"), say("Slide table"),
        (), Entry("Cohort", 20, say("Import &table…")), lambda parts: parts.choosers.facts(),
        needs=CHANGEABLE, icon="import"),
    WindowAction("import_qupath", say("Fill the slide table from a QuPath "
                                      "project"), say("Slide table"), (),
        Entry("Cohort", 20, say("Import &QuPath project…")), lambda parts: parts.choosers.project(),
        needs=CHANGEABLE),
    WindowAction("propose_from_files", say("Fill the slide table from folders and files"),
        say("Slide table"), (), Entry("Cohort", 20, say("What folders and files sa&y…")),
        lambda parts: parts.cohort.imports.propose(), needs=ROWS),
    WindowAction("find_slides", say("Find moved slides"), say("Slide table"), (),
        Entry("Cohort", 20, say("&Find moved slides…")), lambda parts: parts.choosers.moved(),
        needs=ROWS),
    WindowAction("add_column", say("Add a column to the slide table"), say("Slide table"), (),
        Entry("Cohort", 30, say("&Add a column…")), lambda parts: parts.cohort.ask_column(),
        needs=ROWS),
    WindowAction("take_rows_out", say("Take the selected rows out of the slide "
                                      "table"), say("Slide table"),
        (), Entry("Cohort", 30, say("Take selected &rows out")),
        lambda parts: parts.cohort.take_out(parts.cohort.panel.grid.selected_rows), needs=ROWS),
    WindowAction("look_again", say("Check the slides of the table again"), say("Slide table"), (),
        Entry("Cohort", 40, say("Chec&k the slides again")),
        lambda parts: parts.cohort.look.look_again(),
        needs=Need(lambda parts: parts.cohort.has_slides)),
    WindowAction("intended_use", say("Intended use"), say("Window"), (),
        Entry("Evaluation", 20, say("&Intended use…")), lambda parts: parts.intended_use.edit()),
    WindowAction("criteria", say("Acceptance criteria"), say("Window"), (),
        Entry("Evaluation", 20, say("&Acceptance criteria…")), lambda parts: parts.criteria.edit()),
    WindowAction("judge", say("Judge the shown run"), say("Window"), (),
        Entry("Evaluation", 20, say("&Judge the shown run…")),
        lambda parts: parts.criteria.judge_shown(), needs=RUN),
    WindowAction("classifier", say("Where your own classifier errs"), say("Window"), (),
        Entry("Evaluation", 20, say("&Your own classifier…")),
        lambda parts: parts.on_summary.classifiers.ask(),
        needs=Need(lambda parts: parts.on_summary.classifiers.possible,
                   say("open a run and its reference set first"))),
    WindowAction("settings", say("Settings"), say("Window"), ("Ctrl+,",),
        Entry("Evaluation", 30, say("Se&ttings")), _show_settings, icon="settings"),
    _panel("slides", say("Slides"), lambda parts: parts.docks.slides),
    _panel("evaluate", say("Evaluate"), lambda parts: parts.docks.encoders),
    _panel("summary", say("Robustness summary"), lambda parts: parts.docks.summary),
    _panel("explore", say("Neighbors and maps"), lambda parts: parts.docks.explore),
    _panel("slide_table", say("Slide table"), lambda parts: parts.docks.cohort),
    WindowAction("reset_layout", say("Reset the layout"), say("Window"), (),
        Entry("Panels", 20, say("&Reset the layout")), lambda parts: parts.docks.reset()),
    WindowAction("full_screen", say("Full screen"), say("Window"), ("F11",),
        Entry("View", 51, say("F&ull screen")), _toggle_full_screen,
        on=lambda parts: parts.window.isFullScreen(), held=Held.ONCE),
    WindowAction("commands", say("Find a command"), say("Window"), ("Ctrl+L",),
        Entry("Help", 10, say("&Find a command…")), _find_command),
    WindowAction("manual", say("Manual"), say("Window"), ("F1",), Entry("Help", 10,
        say("&Manual…")),
        lambda parts: parts.help.open_where_focus_is(), icon="help"),
    WindowAction("first_steps", say("First steps"), say("Window"), (), Entry("Help", 10,
        say("First s&teps")),
        lambda parts: parts.start.toggle(), on=lambda parts: parts.start.isVisible()),
    WindowAction("numbers", say("What the numbers mean"), say("Window"), (),
        Entry("Help", 12, say("What the &numbers mean")),
        lambda parts: parts.summary_panel.show_help(),
        icon="help"),
    WindowAction("qualify", say("Does the program work here"), say("Window"), (),
        Entry("Help", 12, say("&Qualify the installation…")),
        lambda parts: parts.on_summary.qualify.ask(), needs=RUN),
    WindowAction("about", say("About pathgui"), say("Window"), (), Entry("Help", 12,
        say("&About pathgui")),
        lambda parts: AboutDialog(parts.window).open(), icon="info"),
    WindowAction("quit", say("Quit"), say("Window"), ("Ctrl+Q",), Entry("File", 40, say("&Quit")),
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
