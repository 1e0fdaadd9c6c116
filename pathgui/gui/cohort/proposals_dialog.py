"""The page with what folders, names and files say of slides, each to be taken or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from pathgui.core.cohort.file_proposals import ValueProposal
from pathgui.core.cohort.slide_table import MPP, SLIDE_ID
from pathgui.core.language.texts import counted, say
from pathgui.gui.cohort.content import Content
from pathgui.gui.kit.boxes import Combo
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled
from pathgui.gui.kit.widgets import label, push_button

_NOWHERE = ""
_NAMED = 5


@dataclass(frozen=True)
class ProposalRow:
    """One source, whether it is taken, and into which column."""

    proposal: ValueProposal
    box: QCheckBox
    column: Combo


class ProposalsDialog(Dialog):
    """Fills empty cells only; what a person wrote stands."""

    taken = Signal(object)  # of (ValueProposal, column)

    def __init__(
        self, proposals: Sequence[ValueProposal], content: Content, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("What folders and files say"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(2, 1)
        for at, title in enumerate((say("From"), say("goes into the column"), say("Values"))):
            grid.addWidget(label(title, "muted"), 0, at)
        self.rows: list[ProposalRow] = []
        for row, proposal in enumerate(proposals, 1):
            made = self._row(proposal, content)
            self.rows.append(made)
            grid.addWidget(made.box, row, 0)
            grid.addWidget(made.column, row, 1)
            grid.addWidget(label(_values(proposal), wrap=True), row, 2)
        inner = in_column(grid, STRETCH, margins=(0, 0, 8, 0))
        self.take_button = push_button(say("Take"), self._take, name="primary")
        hint = label(
            say(
                "Tick what is right, and say what the names of folders mean. "
                "Empty cells are filled; what is written in a cell stays."
            ),
            wrap=True,
        )
        buttons = in_row(STRETCH, push_button(say("Cancel"), self.reject), self.take_button)
        self.setLayout(in_column(hint, (scrolled(holder(inner)), 1), buttons, spacing=12,
                      margins=(16, 14, 16, 14)))  # fmt: skip
        self.resize(720, 380)
        self._refresh()

    def _row(self, proposal: ValueProposal, content: Content) -> ProposalRow:
        box = QCheckBox(proposal.source)
        column = Combo()
        column.setAccessibleName(say("Column for {source}", source=proposal.source))
        names = [name for name in content.columns if name not in (SLIDE_ID, MPP)]
        own = proposal.column or proposal.source
        column.add(_NOWHERE, say("say what it is"))
        for name in dict.fromkeys((*names, own)):
            role = content.role_of(name)
            column.add(name, f"{name} ({role})" if role and role not in name else name)
        column.choose(proposal.column or _NOWHERE)
        box.setChecked(bool(proposal.column))
        box.toggled.connect(self._refresh)
        column.activated.connect(lambda: box.setChecked(column.currentData() != _NOWHERE))
        column.activated.connect(self._refresh)
        return ProposalRow(proposal, box, column)

    @property
    def wanted(self) -> list[tuple[ValueProposal, str]]:
        """What is ticked, and the column of each."""
        return [
            (row.proposal, row.column.currentData()) for row in self.rows
            if row.box.isChecked() and row.column.currentData() != _NOWHERE
        ]  # fmt: skip

    @Slot()
    def _refresh(self) -> None:
        self.take_button.setEnabled(bool(self.wanted))

    @Slot()
    def _take(self) -> None:
        self.taken.emit(self.wanted)
        self.accept()


def _values(proposal: ValueProposal) -> str:
    different = proposal.different
    more = (
        say(" and {n_different:,} more", n_different=len(different) - _NAMED)
        if len(different) > _NAMED
        else ""
    )
    n = len(proposal.values)
    return counted(
        n,
        "{different}{more}; {n:,} slide",
        "{different}{more}; {n:,} slides",
        different=", ".join(different[:_NAMED]),
        more=more,
    )
