"""A reference set looked at: its tiles with their labels, and whether it is any good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QTabWidget, QWidget

from pathgui.core.language.texts import counted, say
from pathgui.core.reference.set_draft import SetDraft
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column, in_row
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import ElidedLabel, push_button
from pathgui.gui.reference.appraisal_page import AppraisalPage
from pathgui.gui.reference.set_tiles_page import SetTilesPage

GOOD = say("Is it any good?")


class SetDialog(Dialog):
    """Stays open beside the window; what is changed in it is kept when it is closed."""

    save_wanted = Signal()
    copy_wanted = Signal()
    undo_wanted = Signal()
    redo_wanted = Signal()

    def __init__(self, picture: Callable[[Any], QImage | None], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.tiles = SetTilesPage(picture)
        self.good = AppraisalPage()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.tiles, say("Tiles"))
        self.tabs.addTab(self.good, GOOD)
        self.state = ElidedLabel("", "muted")
        self.save_button = push_button(
            say("Save as a new version…"),
            self.save_wanted,
            say("Write the changed set beside this one, and use it; this one stays as it is"),
            picture=icon("save"),
        )
        self.copy_button = push_button(
            say("Copy as command"),
            self.copy_wanted,
            say("The same in the terminal, with tables of what is changed"),
            picture=icon("copy"),
        )
        self.copy_button.setAccessibleName(say("Copy the changes as command"))
        close = push_button(say("Close"), self.close)
        self.setLayout(
            in_column(
                (self.tabs, 1),
                in_row((self.state, 1), self.copy_button, self.save_button, close, spacing=8),
                spacing=10,
                margins=(14, 8, 14, 12),
            )
        )
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in the search field must not press one
        for keys, signal in (
            (QKeySequence.StandardKey.Undo, self.undo_wanted),
            (QKeySequence.StandardKey.Redo, self.redo_wanted),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(signal)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.to_search)
        resize_on_screen(self, QSize(1040, 680), beside=40)

    def show_draft(self, draft: SetDraft | None) -> None:
        """Show a set with what is changed of it; None: no set is in use."""
        self.tiles.show_draft(draft)
        for button in (self.save_button, self.copy_button):
            button.setEnabled(draft is not None and draft.is_changed)
        if draft is None:
            self.setWindowTitle(say("Reference set"))
            self.state.say(say("Choose a reference set in the panel first."))
            return
        info = draft.reference.info
        self.setWindowTitle(
            say(
                "Reference set {info_name}, version {version}",
                info_name=info.name,
                version=info.version,
            )
        )
        self.state.say(
            say(
                "{changes_of}, not saved yet. Undo takes it back step by step.",
                changes_of=changes_of(draft),
            )
            if draft.is_changed
            else say("Nothing is changed. Select tiles to throw them out or to mend their labels.")
        )

    def to_search(self) -> None:
        """To the field in which tiles are searched."""
        self.tabs.setCurrentWidget(self.tiles)
        self.tiles.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.tiles.search.selectAll()


def changes_of(draft: SetDraft) -> str:
    """How many tiles are thrown out, and how many relabeled."""
    out, anew = len(draft.edits.dropped), draft.n_relabeled
    said = []
    if out:
        said.append(counted(out, "{n:,} tile thrown out", "{n:,} tiles thrown out"))
    if anew:
        said.append(counted(anew, "{n:,} tile relabeled", "{n:,} tiles relabeled"))
    return say(" and ").join(said)
