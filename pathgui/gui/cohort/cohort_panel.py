"""The tab with the slides of a study: the table, a filter, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QToolButton, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.cohort.slide_grid import SlideGrid
from pathgui.gui.cohort.slide_model import SlideModel
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, stack
from pathgui.gui.kit.widgets import (
    DockTitle,
    ElidedLabel,
    label,
    menu_under,
    push_button,
    worded_button,
)

TITLE = say("Slides")
ALL = say("Evaluate all slides")
ALL_TIP = say("Evaluate every slide of the cohort in one run, which can be stopped and goes on")
_FILTER_MS = 120  # after the last letter


class CohortPanel(QWidget):
    """Shows the slides and says what the user wants; does nothing about it."""

    action_wanted = Signal(str)  # id of an action of the window
    reopen_wanted = Signal(Path)  # the cohort that was used last
    dropped = Signal(list)  # files and folders
    seen = Signal(bool)  # whether the tab is in front

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAcceptDrops(True)
        self.model = SlideModel()
        self.grid = SlideGrid(self.model)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(say("Filter"))
        self.filter.setAccessibleName(say("Show only slides in which these words stand"))
        self.filter.setToolTip(say("Show only slides in which these words stand"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(220)
        self._typed = QTimer(self, singleShot=True, interval=_FILTER_MS)
        self._typed.timeout.connect(lambda: self.model.filter(self.filter.text()))
        self.filter.textChanged.connect(self._typed.start)
        self.column_button = QToolButton()
        self.column_button.setText(say("+ Column"))
        self.column_button.setToolTip(say("Add a column"))
        self.column_button.clicked.connect(self._asks("add_column"))
        self.save_button = worded_button("save", say("Save as cohort…"))
        self.save_button.setToolTip(say("Keep the slides and what you wrote of them"))
        self.save_button.clicked.connect(self._asks("save_cohort_as"))
        self.sample_button = worded_button("import", say("Make a reference set…"))
        self.sample_button.setToolTip(
            say("Draw tiles from these slides, to measure encoders on them")
        )
        self.sample_button.clicked.connect(self._asks("make_reference_set"))
        self.evaluate_button = worded_button("play", ALL)
        self.evaluate_button.clicked.connect(self._asks("evaluate_all"))
        self.more_button = worded_button("import", say("Fill from"))
        self.more_button.setToolTip(
            say("Fill the table from a spreadsheet, a project or the files")
        )
        self._fill = menu_under(self.more_button)
        for words, action in (
            (say("A table…"), "import_slide_table"),
            (say("A QuPath project…"), "import_qupath"),
            (say("Folders and files…"), "propose_from_files"),
        ):
            self._fill.addAction(words, self._asks(action))
        self.title = DockTitle(
            TITLE,
            self.filter,
            self.column_button,
            self.more_button,
            self.save_button,
            self.sample_button,
            self.evaluate_button,
        )
        self.notice = ElidedLabel("", "caution")
        self.notice.setContentsMargins(12, 4, 12, 4)
        self.notice.hide()

        self.again_button = QPushButton()
        self.again_button.setIcon(icon("history"))
        self.again_button.clicked.connect(self._reopen)
        self.again_button.hide()
        self._last: Path | None = None
        hint = label(
            say(
                "The slides of your study, one a row, with what is known of "
                "each: center, patient, tissue. Drop a folder of slides here, or "
                "begin with one of these."
            ),
            "muted",
            wrap=True,
        )
        opening = push_button(say("Open slides…"), self._asks("open"), picture=icon("open"))
        opening.setAccessibleName(say("Open slides for the table"))
        buttons = in_row(
            opening,
            push_button(say("New from folder…"), self._asks("new_from_folder"),
                picture=icon("folder")),
            push_button(say("Open cohort…"), self._asks("open_cohort"), picture=icon("grid")),
            self.again_button, STRETCH, spacing=8,
        )  # fmt: skip
        empty = in_column(hint, buttons, STRETCH, spacing=10, margins=(14, 14, 14, 14))
        page = in_column(self.notice, (self.grid, 1), spacing=0, margins=(8, 0, 8, 8))
        self._stack = stack(self, holder(empty), holder(page))
        self.show_state("", some=False)

    def _asks(self, action: str) -> Callable[[], None]:
        return lambda: self.action_wanted.emit(action)

    # What it shows

    def show_state(self, text: str, *, some: bool, saved: bool = False, locked: str = "") -> None:
        """Whether there are slides, a line about them, and why nothing can be changed, if so."""
        self._stack.setCurrentIndex(1 if some or saved else 0)
        self.title.subtitle.say(text)
        for widget in (self.filter, self.column_button, self.more_button):
            widget.setVisible(some or saved)
        self.save_button.setVisible(some and not saved)
        self.sample_button.setVisible(some and saved)
        self.evaluate_button.setVisible(some and saved)
        for widget in (self.column_button, self.more_button):
            widget.setEnabled(not locked)
        self.notice.say(locked)
        self.notice.setVisible(bool(locked))

    def allow_all(self, problem: str) -> None:
        """Allow to evaluate all slides unless there is a ``problem``: what is still missing."""
        self.evaluate_button.setEnabled(not problem)
        self.evaluate_button.setToolTip(problem or ALL_TIP)

    def show_rows(self, rows: Sequence[int]) -> None:
        """Select rows of the table; a filter that hides one of them is taken away."""
        if not set(rows) <= set(self.model.rows):
            self.filter.clear()
            self._typed.stop()
            self.model.filter("")
        self.grid.select_rows(rows)

    def offer_last(self, path: Path | None) -> None:
        """Offer the cohort that was used last; nothing is opened."""
        self._last = path
        self.again_button.setVisible(path is not None)
        if path is not None:
            self.again_button.setText(say("Open {stem} again", stem=path.stem))
            self.again_button.setToolTip(str(path))

    def recolor(self) -> None:
        """Follow the theme."""
        self.model.forget_pictures(self.devicePixelRatioF())
        self.grid.look()

    @Slot()
    def _reopen(self) -> None:
        if self._last is not None:
            self.reopen_wanted.emit(self._last)

    # What happens to it

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)
        self.grid.look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        urls = event.mimeData().urls()
        self.dropped.emit([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])
