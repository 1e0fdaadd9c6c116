"""The page on which a table is taken: first rows, what each column is, which slides it names."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from pathgui.core.cohort.column_proposal import ColumnProposal, ProposedColumn, propose_columns
from pathgui.core.cohort.slide_table import COLUMNS, CONTENT_ID, FILE, SLIDE_ID
from pathgui.core.cohort.table_import import TableImport, import_table
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import ProgressFn
from pathgui.core.tables.read import Sheet
from pathgui.gui.cohort.clipboard import slide_column
from pathgui.gui.cohort.content import Content
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.widgets import label, push_button

_ROWS = 8  # of the table that are shown
_SOON_MS = 150
_NAMED = 12  # of names that a line lists
_LEFT_OUT = ""


COLUMNS_ARE = say("What each column of the table is")


class ImportPage(Dialog):
    """Nothing is taken before the button says so, and what it says is what is taken."""

    taken = Signal(object, bool)  # ColumnProposal, whether rows without a slide are added

    def __init__(
        self,
        desk: Desk,
        sheet: Sheet,
        content: Content,
        told: tuple[str, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Import {path_name}", path_name=sheet.path.name))
        self._desk = desk
        self._content = content
        self._told = told
        self.proposal = _with_slides_named(propose_columns(sheet, content.columns), content)
        self.boxes: dict[str, ElidedCombo] = {}
        self.result_of: TableImport | None = None
        self._asked = 0  # of several answers the last one counts

        head = label(COLUMNS_ARE, "section")
        self.hint = label("", "caution", wrap=True)
        self.preview = self._preview()
        self.add_box = QCheckBox(say("Rows that match no slide become new rows"))
        self.add_box.setChecked(not content.files)
        self.add_box.toggled.connect(self._ask)
        self.said = QPlainTextEdit()
        self.said.setReadOnly(True)
        self.said.setAccessibleName(say("What the table says of the slides"))
        self.said.setMinimumHeight(110)
        self.take_button = push_button(say("Take"), self._take, name="primary")
        cancel = push_button(say("Cancel"), self.reject)
        buttons = in_row(STRETCH, cancel, self.take_button)
        self.setLayout(in_column(
                head, self.hint, (self.preview, 3), self.add_box, (self.said, 2), buttons,
                spacing=8, margins=(16, 14, 16, 14),
            ))  # fmt: skip
        self.resize(820, 560)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._ask)
        self._say_hint()
        self._ask()

    def _preview(self) -> QTableWidget:
        """The first rows; above each column, what it becomes."""
        sheet = self.proposal.sheet
        shown = min(_ROWS, sheet.n_rows)
        table = QTableWidget(shown + 1, len(sheet.headings))
        table.setTabKeyNavigation(False)
        table.setAccessibleName(COLUMNS_ARE)
        for at, heading in enumerate(sheet.headings):
            item = QTableWidgetItem(heading.replace("&", "&&"))
            item.setToolTip(self.proposal.renamed.get(heading, ""))
            table.setHorizontalHeaderItem(at, item)
        table.setVerticalHeaderLabels(["is", *(str(row + 1) for row in range(shown))])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setWordWrap(False)  # else a name is cut at its first hyphen, and names look alike
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.verticalHeader().setDefaultSectionSize(30)
        table.setRowHeight(0, 38)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for at, each in enumerate(self.proposal.columns):
            box = ElidedCombo()
            box.setAccessibleName(say("What the column {heading} is", heading=each.heading))
            known = dict.fromkeys((*COLUMNS, *self._content.columns))
            names = [name for name in known if name != CONTENT_ID]
            for name in names:
                role = self._content.role_of(name)
                box.add(name, f"{name} ({role})" if role and role not in name else name)
            own = each.heading if each.column not in names else ""
            if each.heading not in names:
                box.add(own or each.heading, say("a column {heading}", heading=each.heading))
            box.add(_LEFT_OUT, say("left out"))
            box.choose(each.column if each.column in names else each.heading)
            box.activated.connect(self._on_choice)
            self.boxes[each.heading] = box
            table.setCellWidget(0, at, box)
            wide = each.column in (SLIDE_ID, FILE)
            table.setColumnWidth(at, 240 if wide else 150)
            for row in range(shown):
                table.setItem(row + 1, at, QTableWidgetItem(sheet.columns[at][row]))
        return table

    @property
    def chosen(self) -> ColumnProposal:
        """The columns that are not left out, as the user sees them."""
        sheet = self.proposal.sheet
        kept = [h for h in sheet.headings if self.boxes[h].currentData() != _LEFT_OUT]
        columns = tuple(ProposedColumn(h, self.boxes[h].currentData(), True) for h in kept)
        cells = tuple(sheet.columns[sheet.headings.index(heading)] for heading in kept)
        sheet = replace(sheet, headings=tuple(kept), columns=cells)
        return replace(self.proposal, sheet=sheet, columns=columns, undecided={})

    @Slot(int)
    def _on_choice(self, _index: int) -> None:
        self._say_hint()
        self._soon.start()

    def _say_hint(self) -> None:
        """What is only proposed, and what cannot be."""
        said = [*self.proposal.undecided.values()]
        unsure = [
            say('"{heading}" is the {column}', heading=each.heading,
                column=each.column) for each in self.proposal.unsure
            if self.boxes[each.heading].currentData() == each.column
        ]  # fmt: skip
        if unsure:
            said.append(say("Proposed, and for you to judge: {unsure}.", unsure=", ".join(unsure)))
        said += self.chosen.declined().renamed.values()
        self.hint.setText(" ".join(said))
        self.hint.setVisible(bool(said))

    @property
    def problem(self) -> str:
        """Why it cannot be taken as chosen; "" if it can."""
        names = [each.column for each in self.chosen.columns]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            return say("Two columns cannot both be the {twice}.", twice=twice)
        if not {SLIDE_ID, FILE} & set(names):
            return say("Say which column names the slides: choose slide_id or file above it.")
        return ""

    @Slot()
    def _ask(self) -> None:
        """Find out what would be taken, off this thread."""
        self._asked += 1
        asked, problem = self._asked, self.problem
        self.result_of = None
        self.take_button.setEnabled(False)
        if problem:
            self.said.setPlainText(problem)
            return
        proposal, add, slides = self.chosen, self.add_box.isChecked(), self._content.slides

        def work(report: ProgressFn) -> TableImport:
            return import_table(slides, proposal, add_slides=add)

        self._desk.quick.run(work, partial(self._on_found, asked), self._desk.show_error)

    def _on_found(self, asked: int, found: TableImport) -> None:
        if asked != self._asked:
            return
        self.result_of = found
        self.said.setPlainText("\n".join(said_of(found, self.proposal.sheet.n_rows, self._told)))
        self.take_button.setEnabled(found.taken > 0)
        self.take_button.setText(counted(found.taken, "Take {n:,} row", "Take {n:,} rows"))

    @Slot()
    def _take(self) -> None:
        self.taken.emit(self.chosen, self.add_box.isChecked())
        self.accept()


def said_of(found: TableImport, n_rows: int, told: tuple[str, ...]) -> list[str]:
    """What a table makes of the slides, in lines."""
    lines = [say("{taken:,} of {n_rows:,} rows are taken.", taken=found.taken, n_rows=n_rows)]
    if found.added:
        lines[0] = say(
            "{lines}; {added:,} of them are new slides.", lines=lines[0][:-1], added=found.added
        )
    if found.unknown:
        lines.append(say("In the table, but no slide here ({n_unknown:,}): "
                         "{listed}.", n_unknown=len(found.unknown),
                         listed=_listed(found.unknown)))  # fmt: skip
    if found.not_named:
        lines.append(say("Slides that the table does not name ({n_not_named:,}): "
                         "{listed}.", n_not_named=len(found.not_named),
                         listed=_listed(found.not_named)))  # fmt: skip
    for slide, column, before, after in found.changed[:_NAMED]:
        lines.append(
            say(
                "{slide}: the {column} changes from {before} to {after}.",
                slide=slide,
                column=column,
                before=before,
                after=after,
            )
        )
    if len(found.changed) > _NAMED:
        lines.append(
            say("… and {n_changed:,} more cells change.", n_changed=len(found.changed) - _NAMED)
        )
    lines += [f"{str(note)[:1].upper()}{str(note)[1:]}." for note in found.notes[:50]]
    if len(found.notes) > 50:
        lines.append(say("… and {n_notes:,} more rows.", n_notes=len(found.notes) - 50))
    return [*lines, *found.told, *(f"{each[:1].upper()}{each[1:]}." for each in told)]


def _listed(names: tuple[str, ...]) -> str:
    more = say(" and {n_names:,} more", n_names=len(names) - _NAMED) if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _with_slides_named(proposal: ColumnProposal, content: Content) -> ColumnProposal:
    """Where no heading says so: the column whose cells name slides is proposed to name them."""
    if {SLIDE_ID, FILE} & {each.column for each in proposal.columns}:
        return proposal
    at = slide_column(proposal.sheet, content)
    if at is None:
        return proposal
    columns = list(proposal.columns)
    columns[at] = ProposedColumn(columns[at].heading, SLIDE_ID, False)
    return replace(proposal, columns=tuple(columns))
