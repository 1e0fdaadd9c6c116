"""The menus of the window, with their keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from pathgui.gui.command_palette import Command
from pathgui.gui.icons import icon
from pathgui.gui.viewer.keys import ACTIONS, VIEWER

if TYPE_CHECKING:
    from pathgui.gui.main_window import MainWindow

RECENT_SHOWN = 8


class Menus(QObject):
    """Builds the menus; the window does what they say.

    Keys that belong to the viewer (zoom, layers) are not here: the viewer has its own table, and
    a shortcut here would take them away from it.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions: list[QAction] = []
        bar = window.menuBar()
        controller = window.controller

        file = bar.addMenu("&File")
        self.open = self._add(file, "&Open slides…", window.choosers.slides, "Ctrl+O", "open")
        self.recent = file.addMenu("Open &recent")
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.demo = self._add(file, "Open the &demo", window.open_demo, "", "demo")
        file.addSeparator()
        self._add(file, "Open reference &set…", window.choosers.reference, "", "reference")
        self._add(file, "&Import reference set…", window.choosers.manifest, "", "import")
        file.addSeparator()
        self._add(file, "Open r&un…", window.choosers.run, "Ctrl+Shift+O", "history")
        self.export = self._add(file, "&Export PDF…", window.reports.ask, "Ctrl+E", "export")
        self.export.setEnabled(False)
        file.addSeparator()
        self._add(file, "&Quit", window.close, QKeySequence(QKeySequence.StandardKey.Quit))

        run = bar.addMenu("&Evaluation")
        self.evaluate = self._add(run, "&Evaluate", controller.evaluate, "Ctrl+Return", "play")
        # Esc is the viewer's: it leaves a tool first, and asks the window after that.
        self.cancel = self._add(run, "&Cancel", controller.ask_cancel, "", "stop")
        self.cancel.setEnabled(False)
        run.addSeparator()
        self._add(run, "&Acceptance criteria…", window.criteria.edit)
        self.judge = self._add(run, "&Judge the shown run…", window.criteria.judge_shown)
        self.judge.setEnabled(False)
        run.addSeparator()
        self._add(run, "&Settings", window.show_run_settings, "Ctrl+,", "settings")
        self._add(run, "µm per &pixel of this slide…", window.slides.ask_scale)

        view = bar.addMenu("&View")
        docks = (
            window.slide_dock, window.encoder_dock, window.summary_dock, window.explore_dock
        )  # fmt: skip
        for dock in docks:
            view.addAction(dock.toggleViewAction())
        view.addSeparator()
        self._add(
            view, "Next tile that follows the &center", lambda: window.explore.follow_center(1),
            "", "neighbors",
        )  # fmt: skip
        view.addSeparator()
        for count, text in ((1, "&One view"), (2, "&Two views"), (4, "Fo&ur views")):
            self._add(view, text, partial(window.compare.set_panes, count))
        self._add(
            view, "&Divider between two encoders", lambda: self._perform("swipe"), "", "compare"
        )
        view.addSeparator()
        self._add(view, "&Full screen", window.toggle_full_screen, "F11")
        self._add(view, "&Reset the layout", window.reset_layout)

        help_ = bar.addMenu("&Help")
        self._add(help_, "&Find a command…", window.find_command, "Ctrl+L")
        self._add(help_, "&Keys", lambda: self._perform("help"))
        self._add(help_, "What the &numbers mean", window.summary_panel.show_help, "", "help")
        self._add(help_, "&About pathgui", window.show_about, "", "info")

    def _add(
        self,
        menu: QMenu,
        text: str,
        act: Callable[[], object],
        keys: str | QKeySequence = "",
        icon_name: str = "",
    ) -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(keys))
        if icon_name:
            action.setIcon(icon(icon_name))
        action.triggered.connect(lambda: act())
        menu.addAction(action)
        self._actions.append(action)
        return action

    def commands(self) -> list[Command]:
        """All that can be done now: the menus, and what the viewer's keys do."""
        found = [
            Command(action.text().replace("&", ""), action.shortcut().toString(), action.trigger)
            for action in self._actions
            if action.isEnabled()
        ]
        keys = self._window.keys
        for each in ACTIONS:
            if each.scope == VIEWER:
                act = partial(self._perform, each.id)
                found.append(Command(each.title, ", ".join(keys.keys(each.id)), act))
        return found

    def _perform(self, action: str) -> None:
        self._window.compare.current.perform(action)

    @Slot()
    def _fill_recent(self) -> None:
        window, menu = self._window, self.recent
        menu.clear()
        for paths, icon_name in (
            (window.recent.slides, "slide"),
            (window.recent.references, "reference"),
            (window.recent.runs, "history"),
        ):
            if paths and not menu.isEmpty():
                menu.addSeparator()
            for path in paths[:RECENT_SHOWN]:
                action = menu.addAction(icon(icon_name), path.name)
                action.setToolTip(str(path))
                action.triggered.connect(lambda checked=False, path=path: window.open_path(path))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)
