"""All of the slide table: what it is made of, and what is done with it from menus and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QUndoStack

from pathgui.core.cohort.qupath_project import PROJECT_ENDING
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.system.endings import COHORT_ENDING
from pathgui.core.tables.read import TABLE_SUFFIXES
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.cohort_control import CohortControl
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.cohort_read import Surroundings
from pathgui.gui.cohort.content import Cells
from pathgui.gui.cohort.draft_control import DraftControl
from pathgui.gui.cohort.import_control import ImportControl
from pathgui.gui.cohort.look_control import LookControl
from pathgui.gui.cohort.row_facts import RowFacts
from pathgui.gui.cohort.sample_control import SampleControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import CELLS, COHORT
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.viewer.dialogs import LineDialog

_READ = (*TABLE_SUFFIXES, PROJECT_ENDING)
_SAVE = "save_cohort_as"


class CohortTab(QObject):
    """Holds panel and controls together; what it cannot do itself it asks the window for."""

    paths_dropped = Signal(list)  # what is no matter of the table: slides without a cohort
    wanted = Signal()  # the tab is to be seen
    find_wanted = Signal()  # the user wants to say where slides were moved to

    def __init__(
        self,
        desk: Desk,
        panel: CohortPanel,
        around: Surroundings,
        evaluate: ReferencePanel,
        references: ReferenceControl,
        undo: QUndoStack,
    ) -> None:
        super().__init__(panel)
        self._desk = desk
        self._evaluate = evaluate
        self.panel = panel
        self.book = SlideBook(undo, self)
        self.look = LookControl(desk, panel, self.book, self)
        self.control = CohortControl(desk, panel, self.book, self.look, around, self)
        self.drafts = DraftControl(desk, self.book, self.control, around.drafts, self)
        self.rows = RowFacts(desk, panel, self.book, around.slides, evaluate, references, self)
        self.imports = ImportControl(desk, panel, self.book, self.look, self.control, self)
        self.samples = SampleControl(panel, self.control, references, self)
        self.rows.find_wanted.connect(self.find_wanted)
        self.book.stepped.connect(self.wanted)
        self.drafts.opened.connect(self.wanted)
        around.slide_panel.cohort_wanted.connect(self.wanted)
        evaluate.own_requested.connect(self._make_own)
        self.book.changed.connect(self._offer_own)
        grid = panel.grid
        grid.edit_wanted.connect(self._edit)
        grid.rows_unwanted.connect(self.take_out)
        grid.role_wanted.connect(self.give_role)
        grid.column_unwanted.connect(self._take_column_out)
        grid.told.connect(lambda text: desk.messages.show_message("caution", text, key=CELLS))
        self.book.changed.connect(lambda: desk.messages.clear(CELLS))  # the cells are others now
        panel.dropped.connect(self._on_dropped)

    @property
    def runners(self) -> tuple[JobRunner, ...]:
        """What works for the table."""
        return (*self.control.runners, self.drafts.runner)

    def let_go(self) -> None:
        """Write what is left, and let others change it. For the end of the program."""
        self.drafts.let_go()
        self.control.let_go()

    # What can be done now

    @property
    def has_slides(self) -> bool:
        """Whether there is a row."""
        return bool(self.book.content.files)

    @property
    def can_change(self) -> bool:
        """Whether there are rows that can be changed."""
        return self.has_slides and not self.book.why_read_only

    @property
    def is_on_disk(self) -> bool:
        """Whether a cohort on disk is shown."""
        return self.control.opened is not None

    @property
    def is_free(self) -> bool:
        """Whether a cohort can be shown without a question: none is, and nothing would be lost."""
        control = self.control
        return control.opened is None and not control.busy and not self.book.content.is_described

    @Slot()
    def _offer_own(self) -> None:
        self._evaluate.offer_own(self.has_slides)

    @Slot()
    def _make_own(self) -> None:
        """Make a reference set of the slides; they are a cohort first."""
        self.wanted.emit()
        if self.is_on_disk:
            self.samples.ask()
            return
        self._desk.messages.show_message(
            "info",
            say(
                "Say in the table below which center each slide is of, and which "
                "tissue it or its regions show. Then save the table as a cohort; "
                "a reference set is made of that."
            ),
            key=COHORT,
            offers=(Offer(say("Save as cohort…"), partial(self.panel.action_wanted.emit, _SAVE)),),
        )

    # Changes

    @Slot(str, object)
    def _edit(self, what: str, cells: Cells) -> None:
        self.book.edit(what, cells)

    @Slot(list)
    def take_out(self, rows: Sequence[int]) -> None:
        """Take rows out of the table; files stay where they are."""
        what = (
            say("take 1 row out")
            if len(rows) == 1
            else say("take {n_rows} rows out", n_rows=len(rows))
        )
        self.book.change(what, self.book.content.without_rows(rows))

    @Slot(str, str)
    def give_role(self, role: str, column: str) -> None:
        """Let a column play a role."""
        content = self.book.content
        roles = content.roles.playing(role, column)
        self.book.change(
            say("{column} is the {role}", column=column, role=role), replace(content, roles=roles)
        )

    @Slot(str)
    def _take_column_out(self, column: str) -> None:
        content = self.book.content
        slides = content.slides.without_column(column)
        self.book.change(
            say("take column {column} out", column=column), replace(content, slides=slides)
        )

    def ask_column(self) -> None:
        """Ask for the name of one more column."""
        dialog = LineDialog(
            say("Add a column"),
            say("What the column is called:"),
            self._why_no_column,
            "",
            self.panel,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.add_column(dialog.text))
        dialog.open()

    def add_column(self, name: str) -> None:
        """One more column, empty."""
        content = self.book.content
        self.book.change(
            say("add column {name}", name=name),
            replace(content, slides=content.slides.with_column(name)),
        )

    def _why_no_column(self, name: str) -> str:
        try:
            self.book.content.slides.with_column(name)
        except CohortError as error:
            return str(error)
        return ""

    # What is dropped

    @Slot(list)
    def _on_dropped(self, paths: list[Path]) -> None:
        """Slides and folders become rows; tables and projects are read; a cohort is opened."""
        cohorts = [path for path in paths if path.suffix.lower() == COHORT_ENDING]
        tables = [path for path in paths if path.suffix.lower() in _READ]
        slides = [path for path in paths if path not in cohorts and path not in tables]
        if cohorts:
            self.paths_dropped.emit(cohorts[:1])
        for path in tables[:1]:  # one page at a time
            self.imports.table(path)
        if slides and self.is_on_disk:
            self.control.add(slides)
        elif slides:
            self.paths_dropped.emit(slides)
