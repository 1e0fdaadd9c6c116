"""*Is it any good?*: what was found of a reference set, each finding with what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLayout,
    QProgressBar,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Progress
from pathgui.core.results import set_appraisal
from pathgui.core.results.appraisal_line import Line, Tone
from pathgui.core.results.formatting import plural
from pathgui.gui.jobs.jobs import stage_text
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import label, menu_under, push_button, worded_button

_STYLES: dict[Tone, tuple[str, str]] = {
    "fault": ("bad", "✕"), "caution": ("caution", "▲"), "fine": ("", "·"),
}  # fmt: skip
_ROW = 30  # px, of the table
MOST_ROWS = 8  # of the table that are seen at once


class AppraisalPage(QWidget):
    """Shows an appraisal, and asks for one."""

    check_wanted = Signal(list)  # names of the encoders to look through
    copy_wanted = Signal(list)  # the command of the same, into the clipboard
    cancel_wanted = Signal()
    tiles_wanted = Signal(object)  # rows of the set that a finding is about

    def __init__(self) -> None:
        super().__init__()
        self.encoder_button = worded_button("settings", say("Encoders"))
        self.encoder_button.setToolTip(
            say(
                "Encoders to look through: they tell how wide intervals will be, "
                "which tiles show the same, and which stand apart"
            )
        )
        self._menu = menu_under(self.encoder_button)
        self.check_button = push_button(
            say("Check with encoders"),
            self._check,
            picture=icon("play", "on_accent"),
            name="primary",
        )
        self.copy_button = push_button(
            say("Copy as command"),
            self._copy,
            say("The same in the terminal"),
            picture=icon("copy"),
        )
        self.copy_button.setAccessibleName(say("Copy the check as command"))
        self.copy_button.setAutoDefault(False)
        self.cancel_button = push_button(say("Cancel"), self.cancel_wanted, picture=icon("stop"))
        self.state = label("", "muted", wrap=True)
        self.state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.verdict = label("", "heading", wrap=True)
        self.table = QTableWidget()
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(
            say("Tiles, slides and patients of each tissue at each center")
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.title = label("", "section")
        self.area = scrolled(QWidget())
        self.area.setAccessibleName(say("What was found"))
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # words alone: keys scroll them
        head = in_row(
            (self.state, 1),
            self.encoder_button,
            self.copy_button,
            self.check_button,
            self.cancel_button,
            spacing=8,
        )
        self.setLayout(
            in_column(
                head,
                self.bar,
                self.verdict,
                self.title,
                self.table,
                (self.area, 1),
                spacing=8,
                margins=(0, 10, 0, 0),
            )
        )
        self.show_working("", None)
        self.show_found(None)

    @property
    def chosen(self) -> list[str]:
        """Names of the encoders to look through."""
        return [str(each.data()) for each in self._menu.actions() if each.isChecked()]

    def offer(self, encoders: Sequence[tuple[str, str]], chosen: Sequence[str]) -> None:
        """Offer encoders by name and title."""
        self._menu.clear()
        for name, title in encoders:
            entry = self._menu.addAction(title.replace("&", "&&"))
            entry.setData(name)
            entry.setCheckable(True)
            entry.setChecked(name in chosen)
            entry.toggled.connect(self._on_ticked)
        self._on_ticked()

    @Slot()
    def _on_ticked(self) -> None:
        n = len(self.chosen)
        self.check_button.setEnabled(n > 0)
        self.check_button.setText(
            say("Check with {encoders}", encoders=plural(n, "encoder")) if n else say("Check")
        )

    @Slot()
    def _copy(self) -> None:
        self.copy_wanted.emit(self.chosen)

    @Slot()
    def _check(self) -> None:
        self.check_wanted.emit(self.chosen)

    def show_working(self, text: str, event: object) -> None:
        """Say what is going on; "": nothing is."""
        if isinstance(event, Notice):
            return
        busy = bool(text)
        self.state.setText(text)
        self.cancel_button.setVisible(busy)
        self.cancel_button.setEnabled(True)
        self.check_button.setVisible(not busy)
        self.encoder_button.setEnabled(not busy)
        self.bar.setVisible(busy)
        if isinstance(event, Progress) and event.total:
            self.state.setText(stage_text(event))
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
        else:
            self.bar.setRange(0, 0)

    def show_stopping(self) -> None:
        """It was asked to stop, and will at its next step."""
        self.state.setText(say("Stopping…"))
        self.cancel_button.setEnabled(False)

    def say(self, text: str) -> None:
        """What came of it, or what to do next."""
        self.state.setText(text)

    def show_found(self, found: Appraisal | None, notices: Sequence[str] = ()) -> None:
        """Show what was found; None: nothing yet. ``notices``: encoders that were left out."""
        for widget in (self.verdict, self.title, self.table, self.area):
            widget.setVisible(found is not None)
        if found is None:
            return
        line = set_appraisal.verdict(found)
        self.verdict.setText(line.text)
        self.title.setText(set_appraisal.cell_title(found))
        self.table.setAccessibleName(set_appraisal.cell_title(found))
        self._show_table(found)
        widgets: list[QWidget] = []
        for text in notices:
            widgets.append(label(text, "caution", wrap=True))
        for part in set_appraisal.parts(found):
            widgets.append(label(part.title, "section"))
            widgets += [self._line(each) for each in part.lines]
        body = in_column(*widgets, STRETCH, spacing=6, margins=(0, 0, 10, 0))
        self.area.setWidget(holder(body, "panel-body"))

    def _line(self, line: Line) -> QWidget:
        style, mark = _STYLES[line.tone]
        words: list[QWidget | QLayout] = [label(line.text, style, wrap=True, selectable=True)]
        if line.then:
            words.append(label(f"→ {line.then}", "muted", wrap=True))
        if line.rows:
            text = say("Show {tiles}", tiles=plural(len(line.rows), "tile"))
            show = push_button(text, partial(self._show_tiles, line.rows), line.text, name="link")
            show.setAutoDefault(False)  # Enter in the search field must not press it
            words.append(in_row(show, STRETCH))
        sign = label(mark, style)
        sign.setFixedWidth(14)
        return holder(
            in_row((sign, Qt.AlignmentFlag.AlignTop), (in_column(*words, spacing=2), 1), spacing=6)
        )

    def _show_tiles(self, rows: tuple[int, ...], _checked: bool = False) -> None:
        self.tiles_wanted.emit(rows)

    def _show_table(self, found: Appraisal) -> None:
        cells, table, theme = found.cells, self.table, current()
        table.clear()
        table.setRowCount(len(cells.tissues))
        table.setColumnCount(len(cells.centers))
        table.setHorizontalHeaderLabels(cells.centers)
        table.setVerticalHeaderLabels(cells.tissues)
        for t in range(len(cells.tissues)):
            for c in range(len(cells.centers)):
                item = QTableWidgetItem(set_appraisal.cell_text(found, t, c))
                item.setToolTip(set_appraisal.cell_told(found, t, c))
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                if set_appraisal.too_small_for(cells.tiles[t][c], cells.slides[t][c]):
                    item.setForeground(QColor(theme.caution))
                table.setItem(t, c, item)
        table.verticalHeader().setDefaultSectionSize(_ROW)
        table.resizeColumnsToContents()
        rows = min(len(cells.tissues), MOST_ROWS)
        table.setFixedHeight(
            table.horizontalHeader().sizeHint().height() + rows * _ROW + 2 * table.frameWidth() + 14
        )
