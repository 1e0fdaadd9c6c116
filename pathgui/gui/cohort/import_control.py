"""What others know of the slides comes into the table: tables, projects, folders, moved files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.core.cohort.column_proposal import ColumnProposal
from pathgui.core.cohort.file_proposals import ValueProposal, accept, from_facts, from_paths
from pathgui.core.cohort.new_slides import find_again, locate
from pathgui.core.cohort.opened import OpenCohort
from pathgui.core.cohort.qupath_project import PROJECT_ENDING, read_project
from pathgui.core.cohort.slide_facts import facts_of
from pathgui.core.cohort.slide_search import SlideIndex
from pathgui.core.cohort.table_import import import_table, named
from pathgui.core.cohort.unsaved import found_again, found_beside
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.tables.read import Sheet, read_sheet
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.clipboard import as_table
from pathgui.gui.cohort.cohort_control import CohortControl
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.import_page import ImportPage
from pathgui.gui.cohort.look_control import LookControl
from pathgui.gui.cohort.proposals_dialog import ProposalsDialog
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import COHORT, PROPOSALS


class ImportControl(QObject):
    """Reads, shows what was found, and takes it once the user says so."""

    def __init__(
        self,
        desk: Desk,
        panel: CohortPanel,
        book: SlideBook,
        look: LookControl,
        control: CohortControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._book = book
        self._look = look
        self._control = control
        self.page: ImportPage | None = None  # the one shown last
        self.dialog: ProposalsDialog | None = None
        panel.grid.paste_wanted.connect(self.paste)
        control.folder_opened.connect(self._on_folder)

    # Tables and projects

    @Slot(Path)
    def table(self, path: Path) -> None:
        """Show what a table, or a QuPath project, says of the slides."""

        def work(report: ProgressFn) -> tuple[Sheet, tuple[str, ...]]:
            if path.suffix.lower() == PROJECT_ENDING:
                sheet, told = read_project(path)
                return sheet, tuple(told)
            return read_sheet(path, CohortError), ()

        def then(read: tuple[Sheet, tuple[str, ...]]) -> None:
            self._show(*read)

        self._desk.quick.run(work, then, partial(self._desk.show_failure, key=COHORT))

    @Slot(str)
    def paste(self, text: str) -> None:
        """Cells go where the cursor is; a table whose rows name slides is shown first."""
        sheet = as_table(text, self._book.content)
        if sheet is None:
            self._panel.grid.paste_cells(text)
        else:
            self._show(sheet)

    def _show(self, sheet: Sheet, told: tuple[str, ...] = ()) -> None:
        if self._book.why_read_only:
            self._book.refused.emit(self._book.why_read_only)
            return
        page = ImportPage(self._desk, sheet, self._book.content, told, self._panel.window())
        page.taken.connect(self._take)
        self.page = page
        page.open()

    @Slot(object, bool)
    def _take(self, proposal: ColumnProposal, add_slides: bool) -> None:
        """Take the table into what the slides are now."""
        what = f"import {proposal.sheet.path.name}"
        beside = [proposal.sheet.path.absolute().parent] if proposal.sheet.path.is_file() else []
        content = self._book.content

        def into_open(report: ProgressFn) -> Content:
            made = import_table(content.slides, proposal, add_slides=add_slides)
            longer = content.with_slides(made.slides)
            return longer.at(found_beside(longer.slides, longer.files, beside, report))

        def into_cohort(opened: OpenCohort, report: ProgressFn) -> tuple[Content, tuple[str, ...]]:
            made = import_table(content.slides, proposal, add_slides=add_slides)
            found = locate(opened, made.slides, beside, SlideIndex([]), report)
            return self._control.content_with(opened, found.slides), found.notes

        words = say("Taking the table")
        if self._control.opened is None:  # nothing may be typed meanwhile: it would be lost
            self._control.exclusively(words, into_open, partial(self._book.change, what))
        else:
            self._control.with_cohort(what, words, into_cohort)

    # Folders, names and files

    @Slot()
    def _on_folder(self) -> None:
        """After a folder was opened: say that its folders have names, if they have."""
        files = self._book.content.files
        found = from_paths(files)
        if found:
            values = named(found[0].different)
            self._desk.messages.show_message(
                "info",
                say("Folders and names say more of these slides: {values}.", values=values),
                key=PROPOSALS,
                offers=(Offer(say("Show what they say…"), self.propose),),
            )

    @Slot()
    def propose(self) -> None:
        """Find out what folders, names and files say of the slides, and show it."""
        files, known = self._book.content.files, self._look.facts

        def work(report: ProgressFn) -> list[ValueProposal]:
            facts = dict(known)
            for row, path in enumerate(files):
                report(Progress(say("Opening slides"), row, len(files)))
                if path is not None and row not in facts:
                    facts[row] = facts_of(path, report)
            return [*from_paths(files), *from_facts(dict(sorted(facts.items())))]

        self._control.exclusively(say("Looking at what the files say"), work, self._show_proposals)

    def _show_proposals(self, proposals: Sequence[ValueProposal]) -> None:
        if not proposals:
            self._desk.messages.show_message(
                "info",
                say("Neither names, folders nor files say anything of these slides."),
                key=COHORT,
            )
            return
        dialog = ProposalsDialog(proposals, self._book.content, self._panel.window())
        dialog.taken.connect(self._take_proposals)
        self.dialog = dialog
        dialog.open()

    @Slot(object)
    def _take_proposals(self, wanted: Sequence[tuple[ValueProposal, str]]) -> None:
        slides, said = self._book.content.slides, []
        for proposal, column in wanted:
            slides, filled, kept = accept(slides, proposal, column)
            rest = say("; {kept:,} that held something else kept", kept=kept) if kept else ""
            said.append(
                say(
                    "{column}: {filled:,} cells filled from {source}{rest}.",
                    column=column,
                    filled=filled,
                    source=proposal.source,
                    rest=rest,
                )
            )
        content = self._book.content.with_slides(slides)
        if self._book.change(say("take what files say"), content):
            self._desk.messages.clear(PROPOSALS)
            self._desk.messages.show_message("info", " ".join(said), key=COHORT)

    # Files that were moved

    @Slot(Path)
    def find(self, where: Path) -> None:
        """Find the files of rows that have none, in a folder or around one file."""

        def in_cohort(opened: OpenCohort, report: ProgressFn) -> tuple[Content, tuple[str, ...]]:
            found = find_again(opened, where, report)
            said = _said(len(found.found), found.missing)
            return self._control.content_with(opened, found.slides), (said, *found.notes)

        content = self._book.content

        def of_open(report: ProgressFn) -> tuple[Content, str]:
            files = found_again(content.slides, content.files, where, report)
            gone = [row for row, path in enumerate(files) if path is None]
            missing = tuple(content.slides.slide_ids[row] for row in gone)
            n = sum(path is None for path in content.files) - len(gone)
            return content.at(files), _said(n, missing)

        def then(made: tuple[Content, str]) -> None:
            self._book.change(say("find slides"), made[0])
            self._desk.messages.show_message("info", made[1], key=COHORT)

        if self._control.opened is None:
            self._control.exclusively(say("Looking for slides"), of_open, then)
        else:
            self._control.with_cohort(say("find slides"), say("Looking for slides"), in_cohort)


def _said(n: int, missing: Sequence[str]) -> str:
    text = say("1 slide was found again.") if n == 1 else say("{n:,} slides were found again.", n=n)
    return (
        say("{text} Still not found: {missing}.", text=text, missing=named(missing))
        if missing
        else text
    )
