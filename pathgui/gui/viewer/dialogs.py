"""Small questions of the viewer: where to, which scale, which bookmark, which keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.viewer.model.keys import MOUSE, KeyTable


class LineDialog(Dialog):
    """Asks for one line, says at once what is wrong with it, and closes only on a good one.

    ``check`` returns what is wrong, or an empty text.
    """

    def __init__(
        self,
        title: str,
        question: str,
        check: Callable[[str], str],
        text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._check = check
        label = QLabel(question, self)
        label.setWordWrap(True)
        self.edit = QLineEdit(text, self)
        self.edit.setAccessibleName(title)
        self.edit.selectAll()
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.setObjectName("problem")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.column = QVBoxLayout(self)
        for widget in (label, self.edit, self.problem, self.buttons):
            self.column.addWidget(widget)
        self.resize(420, self.sizeHint().height())

    @property
    def text(self) -> str:
        """What was typed."""
        return self.edit.text().strip()

    def accept(self) -> None:
        """Close if the line is good."""
        wrong = self._check(self.text)
        self.problem.setText(wrong)
        # What is wrong may take lines, which a label asks of its layout by its width alone.
        height = self.problem.heightForWidth(self.problem.width())
        self.problem.setMinimumHeight(max(0, height))  # -1 where it has no words
        if not wrong:
            super().accept()


class KeySheet(Dialog):
    """Every key; double-click one (or press Enter on it) to give the action another."""

    def __init__(
        self, keys: KeyTable, changed: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Mouse and keys"))
        self._keys = keys
        self._changed = changed
        groups = list(dict.fromkeys(each.group for each in keys.actions))
        self._rows = sorted(keys.actions, key=lambda each: groups.index(each.group))
        self.table = QTableWidget(0, 3, self)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.windowTitle())
        self.table.setHorizontalHeaderLabels(["", say("Action"), say("Keys")])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.cellActivated.connect(self._start)
        self.edit = QKeySequenceEdit(self)
        self.edit.setMaximumSequenceLength(1)
        self.edit.editingFinished.connect(self._finish)
        self.edit.hide()
        self.note = QLabel(say("Double-click a row to give it another key."), self)
        self.note.setWordWrap(True)
        reset = QPushButton(say("All as they were at first"), self)
        reset.clicked.connect(self._reset)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        buttons.addButton(reset, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (self.table, self.note, self.edit, buttons):
            column.addWidget(widget)
        self._row: int | None = None
        self._fill()
        self.resize(680, 640)

    def _fill(self) -> None:
        rows = [(each.group, each.title, _words(self._keys.keys(each.id))) for each in self._rows]
        rows += [(say("Mouse"), what, how) for how, what in MOUSE]
        self.table.setRowCount(len(rows))
        for index, row in enumerate(rows):
            first = index == 0 or rows[index - 1][0] != row[0]
            for column, text in enumerate(row if first else ("", *row[1:])):
                item = QTableWidgetItem(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.table.setItem(index, column, item)

    def start(self, action: str) -> None:
        """Ask for another key of an action."""
        self._start([each.id for each in self._rows].index(action), 0)

    def _start(self, row: int, _column: int) -> None:
        if row >= len(self._rows):
            self.note.setText(say("What the mouse does is fixed."))
            return
        self._row = row
        self.note.setText(say("Press the new key for “{title}”.", title=self._rows[row].title))
        self.edit.clear()
        self.edit.show()
        self.edit.setFocus()

    def _finish(self) -> None:
        key = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        row, self._row = self._row, None
        self.edit.hide()
        if row is None or not key:
            return
        lost = self._keys.set_keys(self._rows[row].id, (key,))
        text = say("“{title}” is now on {key}.", title=self._rows[row].title, key=key)
        if lost:
            text += say(" No longer on that key: {lost}.", lost=", ".join(lost))
        self.note.setText(text)
        self._fill()
        self._changed()

    def _reset(self) -> None:
        self._keys.reset()
        self.note.setText(say("All keys are as they were at first."))
        self._fill()
        self._changed()


def _words(keys: tuple[str, ...]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ",  ".join(QKeySequence(key).toString(native) for key in keys) or "–"
