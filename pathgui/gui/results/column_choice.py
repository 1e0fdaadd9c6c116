"""Which columns of the summary are shown: of those that say something, those that were chosen."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QToolButton

from pathgui.core.language.texts import say
from pathgui.core.results.summary import AT_FIRST, Column
from pathgui.gui.kit.widgets import worded_button

log = logging.getLogger(__name__)

ALWAYS = "encoder"  # a line without its encoder says nothing


class ColumnChoice(QObject):
    """What the user changed of the columns shown at first; those of later versions follow those."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changed: dict[str, bool] = {}  # by key: shown, where that is not so at first
        self._offered: tuple[Column, ...] = ()
        self.button = worded_button("more", say("Columns"))
        self.button.setToolTip(say("Choose the columns of the table"))
        self.button.setAccessibleName(say("Choose the columns of the table"))
        menu = StayingMenu(self.button)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setMenu(menu)
        menu.aboutToShow.connect(self._fill_own)

    def offer(self, columns: Iterable[Column], telling: frozenset[str]) -> None:
        """The columns of another run, and the keys of those that say something in it."""
        self._offered = tuple(each for each in columns if each.key in telling)
        self.button.setVisible(len(self._offered) > 1)

    @property
    def shown(self) -> frozenset[str]:
        """Keys of the columns to show."""
        return frozenset(each.key for each in self._offered if self._is_shown(each.key))

    def _is_shown(self, key: str) -> bool:
        return key == ALWAYS or self._changed.get(key, key in AT_FIRST)

    def show(self, key: str, shown: bool) -> None:
        """Show a column, or do not."""
        self._changed[key] = shown
        if shown == (key in AT_FIRST):
            del self._changed[key]
        self.changed.emit()

    @Slot()
    def show_all(self) -> None:
        """Show every column that says something."""
        for each in self._offered:
            if not self._is_shown(each.key):
                self._changed[each.key] = True
        self.changed.emit()

    @Slot()
    def show_as_at_first(self) -> None:
        """Forget what was chosen."""
        self._changed = {}
        self.changed.emit()

    def fill(self, menu: QMenu) -> None:
        """Put the columns into a menu, those that are shown ticked."""
        for column in self._offered:
            if column.key == ALWAYS:
                continue
            action = menu.addAction(column.title.replace("\n", " ").replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(self._is_shown(column.key))
            action.setToolTip(column.help)
            action.toggled.connect(partial(self.show, column.key))
        menu.addSeparator()
        menu.addAction(say("Show all"), self.show_all)
        menu.addAction(say("As at first"), self.show_as_at_first)

    @Slot()
    def _fill_own(self) -> None:
        menu = self.button.menu()
        menu.clear()
        self.fill(menu)

    def kept(self) -> str:
        """What to keep of it, as text."""
        return json.dumps(self._changed)

    def restore(self, kept: str) -> None:
        """Take what was kept; what cannot be read is forgotten."""
        try:
            self._changed = msgspec.json.decode(kept, type=dict[str, bool])
        except msgspec.MsgspecError:
            log.warning("the columns that were kept cannot be read; the defaults are shown")
            self._changed = {}
        self.changed.emit()


class StayingMenu(QMenu):
    """A menu that stays open while entries are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
            return
        super().mouseReleaseEvent(event)
