"""Two runs against each other: what changed, and the numbers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QGridLayout,
    QTabWidget,
    QWidget,
)

from pathgui.core.language.texts import localized, say
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.report.copied import compare_command
from pathgui.core.results import formatting as fmt
from pathgui.core.results.formatting import NOT_ASSESSABLE, NOTHING, number
from pathgui.core.results.measures import measure, reading_text
from pathgui.core.results.readings import Reading
from pathgui.core.results.run_diff import Change, NumberChange, RunDiff, TileChange, basis_text
from pathgui.core.results.summary import Column, difference_text
from pathgui.core.system.times import to_the_minute
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import ElidedLabel, label, push_button
from pathgui.gui.results.text_table import TextRow, TextTable
from pathgui.gui.runs.slide_changes import SlideChanges

NUMBERS = (
    Column(
        "encoder", say("Encoder"), say("The model that was measured in both runs."), right=False
    ),
    Column("what", say("Measurement"), say("What was measured."), right=False),
    Column("before", say("Before"), say("The value in the earlier run, with its 95 % interval.")),
    Column("after", say("After"), say("The value in the later run, with its 95 % interval.")),
    Column(
        "difference",
        say("Difference [95 % interval]"),
        say(
            "The later value less the earlier one. Paired: the same slides were "
            "left out of both. Unpaired: made from the two intervals as of "
            "independent values, which is wider."
        ),
    ),
    Column(
        "basis",
        say("Interval"),
        say(
            "How the interval was made: paired, unpaired, or none. Different k: "
            "values that count neighbors change with k alone, so they have no "
            "difference."
        ),
        right=False,
    ),
)
CHANGES = (
    Column("part", say("Part"), say("What the fact is about."), right=False),
    Column(
        "name",
        say("Fact"),
        say("What is not the same. Over a line stands its name in run.json."),
        right=False,
    ),
    Column("before", say("Before"), say("What the earlier run says."), right=False),
    Column("after", say("After"), say("What the later run says."), right=False),
)
TILES = (
    Column(
        "encoder", say("Encoder"), say("The model that read the tiles in both runs."), right=False
    ),
    Column("tiles", say("Tiles"), say("Tiles of the slide that both runs could read.")),
    Column(
        "tissue",
        say("Same {tissue}"),
        say("Share of the tiles of which both runs say the same {tissue}."),
    ),
    Column(
        "center",
        say("Same {center}"),
        say("Share of the tiles of which the {center} probes of both runs say the same."),
    ),
)


class RunDiffDialog(Dialog):
    """Stays open beside the window; the table in front can be copied."""

    explain_requested = Signal(str)  # section of docs/measurements.md

    def __init__(
        self,
        found: RunDiff,
        names: tuple[str, str],
        parent: QWidget | None,
        runs: tuple[Path, Path] | None = None,
    ) -> None:
        """``names``: of the earlier and of the later run; ``runs``: their folders, if kept."""
        super().__init__(parent)
        self.setWindowTitle(say("Two runs compared"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._runs = runs
        head = QGridLayout()
        head.setHorizontalSpacing(12)
        head.setVerticalSpacing(2)
        head.setColumnStretch(1, 1)
        for row, (word, name, when) in enumerate(
            (
                (say("Before"), names[0], found.before_finished),
                (say("After"), names[1], found.after_finished),
            )
        ):
            head.addWidget(label(word, "muted"), row, 0)
            head.addWidget(ElidedLabel(name, "section"), row, 1)
            head.addWidget(label(to_the_minute(when), "muted"), row, 2)
        self.cautions = [label(f"▲ {each}", "caution", wrap=True) for each in _said(found)]
        self.numbers = TextTable(NUMBERS, say("Numbers of two runs"))
        self.numbers.show_rows([_number_row(each, found.columns) for each in found.numbers])
        self.numbers.explain_requested.connect(self.explain_requested)
        self.changes = TextTable(CHANGES, say("What changed between two runs"))
        self.changes.show_rows([_change_row(each) for each in found.changes])
        self.tiles = TextTable(
            [column.called(found.columns) for column in TILES], say("Tiles of two runs")
        )
        self.tiles.show_rows([_tile_row(each) for each in found.tiles])
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.numbers, say("Numbers"))
        if found.tiles:
            self.tabs.addTab(self.tiles, say("Tiles of the slide"))
        self.slides = SlideChanges(found.slides, found.columns)
        if found.slides is not None:
            self.tabs.addTab(
                self.slides, say("Slides ({n_both})", n_both=fmt.count(found.slides.n_both))
            )
        self.tabs.addTab(
            self.changes, say("What changed ({n_changes})", n_changes=len(found.changes))
        )
        copy = push_button(say("Copy table"), self.copy, picture=icon("copy"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button = push_button(
            say("Copy as command"), self.copy_command, say("The same in the terminal")
        )
        if runs is not None:
            buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.setLayout(
            in_column(
                head,
                *self.cautions,
                (self.tabs, 1),
                buttons,
                spacing=10,
                margins=(18, 16, 18, 14),
            )
        )
        resize_on_screen(self, QSize(1180, 640))

    @Slot()
    def copy(self) -> None:
        """Put the table in front on the clipboard, tab-separated."""
        front = self.tabs.currentWidget()
        if front is self.slides:
            front = self.slides.table
        if isinstance(front, TextTable):
            QGuiApplication.clipboard().setText(front.tsv())

    @Slot()
    def copy_command(self) -> None:
        """Put the command that compares these runs into the clipboard."""
        if self._runs is not None:
            QGuiApplication.clipboard().setText(compare_command(*self._runs))


def _said(found: RunDiff) -> list[str]:
    said = list(found.cautions)
    if found.only_before:
        said.append(say("Only in the earlier run: {named}.", named=", ".join(found.only_before)))
    if found.only_after:
        said.append(say("Only in the later run: {named}.", named=", ".join(found.only_after)))
    return said


def _number_row(each: NumberChange, columns: RoleColumns) -> TextRow:
    sure = {True: say("Not by chance alone: the interval leaves out "
                      "0."), False: say("May be chance."),
            None: say("No interval, so nothing is said of chance.")}[each.apart]  # fmt: skip
    if each.basis == "different k":
        sure = say("The two were measured at different k, so they are not compared.")
    if each.basis == "different columns":
        sure = say("The two are of different columns, so they are not compared.")
    known = measure(each.measure, columns)
    return TextRow(
        {
            "encoder": each.encoder,
            "what": each.title,
            "before": _reading(each.before, each.digits),
            "after": _reading(each.after, each.digits),
            "difference": difference_text(each.difference, each.low, each.high, each.digits),
            "basis": basis_text(each.basis),
        },
        tip=f"{known.help if known else each.title}\n{sure}",
        sort={
            "before": None if each.before is None else each.before.value,
            "after": None if each.after is None else each.after.value,
            "difference": each.difference,
        },
    )


def _reading(reading: Reading | None, digits: int) -> str:
    return NOT_ASSESSABLE if reading is None else reading_text(reading, digits)


def _change_row(each: Change) -> TextRow:
    before, after = each.shown
    return TextRow(
        {
            "part": each.part,
            "name": each.title,
            "before": before or NOTHING,
            "after": after or NOTHING,
        },
        tip=say(
            "{name} in run.json\nBefore: {before}\nAfter: {after}",
            name=each.name,
            before=each.before or NOTHING,
            after=each.after or NOTHING,
        ),
    )


def _tile_row(each: TileChange) -> TextRow:
    return TextRow(
        {
            "encoder": each.encoder,
            "tiles": localized(each.tiles, ","),
            "tissue": number(each.same_tissue, 3),
            "center": number(each.same_center, 3),
        },
        sort={"tiles": each.tiles, "tissue": each.same_tissue, "center": each.same_center},
    )
