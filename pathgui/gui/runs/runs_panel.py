"""The runs that are kept: open one again, rename, delete, pack."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyleOptionViewItem,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.core.results.formatting import plural
from pathgui.core.results.run_list import RunEntry
from pathgui.core.system.times import to_the_minute
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.kit.breaking import NameDelegate
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import ask_line
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import label

LEAST_LINES = 4  # of the list, which scrolls; more of it would have the panel scroll around it
_ENTRY = Qt.ItemDataRole.UserRole
_FOLDER, _RENAME, _DELETE = say("Show the folder"), say("Rename…"), say("Delete…")
_KEYS = {_RENAME: Qt.Key.Key_F2, _DELETE: Qt.Key.Key_Delete}


class _RunDelegate(NameDelegate):
    """Has the icon at the first line of an entry, of which a low list shows no more than that."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.decorationAlignment = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter


class RunsPanel(QWidget):
    """Lists runs and says what is wanted of one."""

    open_requested = Signal(Path)
    recover_requested = Signal(Path)  # of a run that was finished but never got its name
    rename_requested = Signal(Path, str)
    delete_requested = Signal(object)  # list of Path
    pack_requested = Signal(Path)
    folder_requested = Signal(Path)
    file_requested = Signal(Path)  # as a baseline
    check_requested = Signal(Path)  # of a run that is filed
    compare_requested = Signal(Path, Path)  # earlier, later

    def __init__(self) -> None:
        super().__init__()
        self.messages = MessageArea()  # what is asked of runs of the list
        self.hint = label(say("Finished evaluations are kept here."), "muted", wrap=True)
        self.hint.setContentsMargins(4, 0, 0, 0)  # below the heading
        self.list = QListWidget()
        self.list.setAccessibleName(say("Finished runs"))
        self.list.setMinimumHeight(LEAST_LINES * self.list.fontMetrics().lineSpacing())
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setItemDelegate(_RunDelegate(self.list))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.itemActivated.connect(self._open)
        for text, key in _KEYS.items():
            shortcut = QShortcut(QKeySequence(key), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(partial(self._act, text))
        self.messages.home = self.list
        self.setLayout(in_column(self.messages, self.hint, self.list))
        self.show_runs(())

    def show_runs(self, entries: Sequence[RunEntry]) -> None:
        """Show these runs."""
        self.list.clear()
        for entry in entries:
            item = QListWidgetItem(entry.name + "\n" + _subtitle(entry))
            item.setData(_ENTRY, entry)
            item.setToolTip(_about(entry))
            item.setIcon(_icon(entry))
            self.list.addItem(item)
        self.hint.setVisible(not entries)
        self.list.setVisible(bool(entries))

    def actions_of(self, entry: RunEntry) -> list[QAction]:
        """What can be done with a run; the same for menu and tests."""
        folder = entry.folder
        if entry.unplaced:
            recover = QAction(say("Recover"), self)
            recover.triggered.connect(lambda: self.recover_requested.emit(folder))
            return [recover]
        wanted = [
            (_FOLDER, lambda: self.folder_requested.emit(folder)),
            (_RENAME, lambda: self._rename(entry)),
            (say("Pack as zip…"), lambda: self.pack_requested.emit(folder)),
            (_DELETE, lambda: self.delete_requested.emit([folder])),
        ]
        if entry.baseline:
            wanted[:0] = [(say("Check against this baseline"), partial(self._check, folder))]
        else:
            wanted[:0] = [(say("File as baseline…"), partial(self._file, folder))]
        if not entry.problem:
            wanted.insert(0, (say("Open"), lambda: self.open_requested.emit(folder)))
        actions = []
        for text, act in wanted:
            action = QAction(text, self)
            action.triggered.connect(act)
            action.setEnabled(not entry.problem or text == _FOLDER)
            if text in _KEYS:  # shown only: the list has the shortcuts
                action.setShortcut(QKeySequence(_KEYS[text]))
                action.setShortcutVisibleInContextMenu(True)
            actions.append(action)
        return actions

    @property
    def selected(self) -> list[RunEntry]:
        """The runs that are selected, the earliest first."""
        entries: list[RunEntry] = [item.data(_ENTRY) for item in self.list.selectedItems()]
        return sorted(entries, key=lambda entry: (entry.finished, entry.name))

    def compare_action(self) -> QAction:
        """Compare the two runs that are selected; not possible with more, less, or damaged."""
        chosen = self.selected
        action = QAction(say("Compare the two runs…"), self)
        usable = not any(entry.problem or entry.unplaced for entry in chosen)
        action.setEnabled(len(chosen) == 2 and usable)
        action.triggered.connect(self._compare)
        return action

    def delete_action(self) -> QAction:
        """Delete the runs that are selected; those that are damaged or not in place stay."""
        folders = [e.folder for e in self.selected if not (e.problem or e.unplaced)]
        action = QAction(say("Delete {runs}…", runs=plural(len(folders), "run")), self)
        action.setEnabled(bool(folders))
        action.triggered.connect(lambda: self.delete_requested.emit(folders))
        return action

    def _check(self, folder: Path) -> None:
        self.check_requested.emit(folder)

    def _file(self, folder: Path) -> None:
        self.file_requested.emit(folder)

    def _act(self, text: str) -> None:
        """Do with the runs that are selected what their menu offers under ``text``."""
        if len(self.selected) > 1 and text == _DELETE:
            self.delete_action().trigger()
        if len(self.selected) == 1:
            for action in self.actions_of(self.selected[0]):
                if action.text() == text:
                    action.trigger()  # nothing, where it is not possible

    @Slot()
    def _compare(self) -> None:
        first, second = self.selected
        self.compare_requested.emit(first.folder, second.folder)

    def _rename(self, entry: RunEntry) -> None:
        name, agreed = ask_line(
            self, say("Rename the run"), say("New name of the run:"), entry.name
        )
        if agreed:
            self.rename_requested.emit(entry.folder, name)

    @Slot(QListWidgetItem)
    def _open(self, item: QListWidgetItem) -> None:
        entry: RunEntry = item.data(_ENTRY)
        if entry.unplaced:
            self.recover_requested.emit(entry.folder)
        elif not entry.problem:
            self.open_requested.emit(entry.folder)

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        item = self.list.itemFromIndex(self.list.indexAt(position))
        if item is None:
            return
        menu = QMenu(self)
        if len(self.selected) > 1:
            menu.addAction(self.compare_action())
            menu.addAction(self.delete_action())
        else:
            menu.addActions(self.actions_of(item.data(_ENTRY)))
            menu.addSeparator()
            hint = menu.addAction(say("Select two runs to compare them"))
            hint.setEnabled(False)
        menu.exec(self.list.mapToGlobal(position))
        menu.deleteLater()


def _subtitle(entry: RunEntry) -> str:
    if entry.unplaced:
        return say("finished, but not put in its place: pathgui was stopped\nOpen to recover it")
    if entry.problem:
        return "damaged"
    facts = [
        to_the_minute(entry.finished),
        entry.slide or say("no slide"),
        plural(len(entry.encoders), "encoder"),
    ]
    lines = [" · ".join(facts), entry.headline, *([entry.baseline] if entry.baseline else [])]
    return "\n".join(lines)


def _icon(entry: RunEntry) -> QIcon:
    if entry.problem:
        return icon("error", "bad")
    return icon("warning", "caution") if entry.overdue else icon("history", "muted")


def _about(entry: RunEntry) -> str:
    if entry.unplaced:
        return say("{folder}\nOpen it to give it its name.", folder=entry.folder)
    if entry.problem:
        return f"{entry.folder}\n{entry.problem}"
    return "\n".join(
        (
            entry.name,
            say("Slide: {slide}", slide=entry.slide or say("none, the reference set alone")),
            say("Reference set: {reference}", reference=entry.reference),
            say("Encoders: {encoders}", encoders=", ".join(entry.encoders)),
            say("Finished: {to_the_minute}", to_the_minute=to_the_minute(entry.finished)),
            entry.headline,
            *([entry.baseline] if entry.baseline else []),
        )
    )
