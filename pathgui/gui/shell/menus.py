"""The menus of the window: every action where its entry says, under the key it has now."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMenuBar

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.recent import Recent
from pathgui.gui.kit.icons import icon
from pathgui.gui.shell.actions import is_on, is_possible
from pathgui.gui.shell.parts import Parts
from pathgui.gui.shell.role_titles import role_titles
from pathgui.gui.viewer.model.keys import Action, Entry, Scope

RECENT_SHOWN = 8

BAR = ""
# The menus that entries name, each with its own entry in the bar or in another menu.
MENUS = {
    "File": Entry(BAR, 0, say("&File")),
    "Edit": Entry(BAR, 0, say("E&dit")),
    "Cohort": Entry(BAR, 0, say("&Cohort")),
    "Recent": Entry("File", 11, say("Open &recent")),
    "Export": Entry("File", 31, say("&Export")),
    "View": Entry(BAR, 1, say("&View")),
    "Magnification": Entry("View", 11, say("Magnifi&cation")),
    "Move": Entry("View", 21, say("Mo&ve")),
    "Picture": Entry("View", 40, say("&Picture")),
    "Instruments": Entry("View", 40, say("On &the picture")),
    "Beside": Entry("View", 40, say("Si&de by side")),
    "Panels": Entry("View", 50, say("Pa&nels")),
    "Overlay": Entry(BAR, 2, say("&Overlay")),
    "Opacity": Entry("Overlay", 40, say("Opac&ity")),
    "Tools": Entry(BAR, 3, say("&Tools")),
    "Class": Entry("Tools", 11, say("&Class of regions")),
    "Evaluation": Entry(BAR, 4, say("&Evaluation")),
    "Help": Entry(BAR, 5, say("&Help")),
}


# What a right click on the slide offers, in groups; all of it is in the menus above, too.
ON_SLIDE = (
    ("copy_place", "bookmark", "go_to"),
    ("fit", "power_4", "power_5", "power_6"),
    ("toggle_overlay", "layer_tissue", "layer_center", "layer_disagreement", "legend", "grid"),
    ("measure", "rectangle", "polygon", "clear_region"),
    ("mpp", "beside", "copy_view", "save_view"),
)


class Menus(QObject):
    """Builds the menus and says in them what is possible now, and what is on.

    Keys of the views (zoom, layers) are only said here: as shortcuts of the window they would be
    taken from fields and lists that are typed in.
    """

    path_wanted = Signal(Path)  # one of those opened before
    called = Signal()  # actions by other words, as the columns of the run shown say

    def __init__(self, parts: Parts, recent: Recent) -> None:
        super().__init__(parts.window)
        self._parts = parts
        self._recent = recent
        self.by_id: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        self._buttons: dict[str, tuple[QAbstractButton, str]] = {}
        self._bar = parts.window.menuBar()
        self._fill(BAR, self._bar)
        self._bar.installEventFilter(self)
        self.recent = self._menus["Recent"]
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.rekey()
        self.refresh()
        # Also between two looks at the menus: a key of an entry that is off does nothing.
        soon = QTimer(self, singleShot=True)
        soon.timeout.connect(self.refresh)
        compare = parts.compare
        for signal in (
            compare.current_changed, compare.panes_changed, compare.main.slide_changed,
            compare.main.layer_changed, compare.main.regions_changed,
            parts.controller.run_shown, parts.undo.indexChanged, parts.cohort.book.changed,
            parts.cohort.control.shown,
        ):  # fmt: skip
            signal.connect(lambda *_: soon.start())
        compare.menu_wanted.connect(self.show_on_slide)
        parts.controller.run_shown.connect(self._call)
        parts.controller.busy_changed.connect(self.refresh)  # at once: nothing is started twice

    def _fill(self, name: str, menu: QMenuBar | QMenu) -> None:
        """Fill a menu with its actions and menus, by their place, and those with theirs."""
        found: list[tuple[int, str | Action[Any]]] = [
            (entry.at, below) for below, entry in MENUS.items() if entry.menu == name
        ]
        found += [(a.entry.at, a) for a in self._parts.keys.actions if a.entry.menu == name]
        before = 9
        for at, each in sorted(found, key=lambda place: place[0]):
            if at // 10 > before // 10 and menu.actions():
                menu.addSeparator()
            before = at
            if isinstance(each, str):
                self._menus[each] = below = menu.addMenu(MENUS[each].title)
                below.aboutToShow.connect(self.refresh)
                below.setToolTipsVisible(True)
                below.installEventFilter(self)
                self._fill(each, below)
            else:
                menu.addAction(self._made(each))

    def _made(self, action: Action[Any]) -> QAction:
        entry = QAction(action.menu_title, self)
        entry.setCheckable(action.on is not None)
        if action.icon and action.on is None:  # in place of an icon stands whether it is on
            entry.setIcon(icon(action.icon))
        entry.triggered.connect(partial(self._perform, action.id))
        self.by_id[action.id] = entry
        return entry

    @Slot(QPoint)
    def show_on_slide(self, at: QPoint) -> QMenu:
        """Open the menu of the slide at a place on the screen."""
        self.refresh()
        menu = QMenu(self._parts.window)
        for group in ON_SLIDE:
            menu.addSeparator()
            menu.addActions([self.by_id[id] for id in group])
        for entry in menu.actions():
            entry.setShortcutVisibleInContextMenu(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)
        return menu

    def _perform(self, action: str, _checked: bool = False) -> None:
        self._parts.compare.current.perform(action)
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave plain keys to the menu bar that has the focus, and to the menu that is open.

        They are keys of the slide, too, which Qt seeks in the menus of the bar that has the focus:
        with the first menu open, Right meant "pan to the right" and did not go to the next menu,
        and the underlined letter of an entry changed the layer on the slide.
        """
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)
            if not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        return False

    def say_keys_on(self, **buttons: QAbstractButton) -> None:
        """Buttons of panels, by the action that they start, say its keys in their tooltips."""
        self._buttons = {action: (each, each.toolTip()) for action, each in buttons.items()}
        self.rekey()

    @Slot()
    def rekey(self) -> None:
        """Every entry and button under the keys that its action has now."""
        for id, (button, text) in self._buttons.items():
            button.setToolTip(self._parts.keys.said(text, id))
        context = Qt.ShortcutContext
        for action in self._parts.keys.actions:
            entry, keys = self.by_id[action.id], self._parts.keys.keys(action.id)
            entry.setShortcuts([QKeySequence(key) for key in keys])
            windows = action.scope is not Scope.VIEW and all(_is_command(key) for key in keys)
            entry.setShortcutContext(context.WindowShortcut if windows else context.WidgetShortcut)

    @Slot(object)
    def _call(self, finished: Finished | None) -> None:
        """Actions are called by the columns that play tissue and center in the run shown."""
        columns = USUAL if finished is None else finished.evaluation.run.reference.columns
        self._parts.keys.call(role_titles(columns))
        self._parts.controller.layers.call(columns)
        self.refresh()
        self.called.emit()

    @Slot()
    def refresh(self) -> None:
        """What can be done now, what it is called, and what is on."""
        for action in self._parts.keys.actions:
            entry = self.by_id[action.id]
            if entry.text() != action.menu_title:
                entry.setText(action.menu_title)
            possible = is_possible(action, self._parts)
            entry.setEnabled(possible)
            entry.setToolTip("" if possible else action.needs.otherwise)
            entry.setChecked(is_on(action, self._parts))
        undo = self._parts.undo
        for id, what in (("undo", undo.undoText()), ("redo", undo.redoText())):
            title = self._parts.keys[id].menu_title
            self.by_id[id].setText(f"{title}: {what[:1].lower()}{what[1:]}" if what else title)

    @Slot()
    def _fill_recent(self) -> None:
        menu, recent = self.recent, self._recent
        menu.clear()
        for paths, icon_name in (
            (recent.slides, "slide"),
            (recent.cohorts, "grid"),
            (recent.references, "reference"),
            (recent.runs, "history"),
        ):
            if paths and not menu.isEmpty():
                menu.addSeparator()
            for path in paths[:RECENT_SHOWN]:
                action = menu.addAction(icon(icon_name), path.name.replace("&", "&&"))
                action.setToolTip(str(path))
                action.triggered.connect(lambda _=False, path=path: self.path_wanted.emit(path))
        if menu.isEmpty():
            menu.addAction(say("Nothing yet")).setEnabled(False)


def _is_command(key: str) -> bool:
    """Whether no one types it into a field: with Ctrl or Alt, or a function key."""
    words = key.split("+")
    function = words[-1][:1] == "F" and words[-1][1:].isdigit()
    return function or bool({"Ctrl", "Alt", "Meta"} & set(words[:-1]))
