"""Two encoders of the shown run against each other: their numbers, and the tiles."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from pathgui.core.language.texts import filled, localized, say
from pathgui.core.pictures.palette import center_letter
from pathgui.core.reference.roles import USUAL
from pathgui.core.results.encoder_pair import ApartTile, PairRow, apart_tiles, pair_rows, same_tiles
from pathgui.core.results.formatting import NOT_ASSESSABLE, NOTHING, probability
from pathgui.core.results.measures import reading_text
from pathgui.core.results.readings import Reading
from pathgui.core.results.summary import Column, difference_text
from pathgui.core.runs.k_words import k_caution
from pathgui.core.runs.record import Evaluation, Run
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.room import Roomy
from pathgui.gui.kit.widgets import Segments, label, menu_under, worded_button
from pathgui.gui.results.text_table import TextRow, TextTable

NOT_SAME = say("Measured on different tiles: these numbers must not be ranked.")
NUMBERS = (
    Column("what", say("Measurement"), say("What was measured."), right=False),
    Column(
        "difference",
        say("Difference [paired 95 %]"),
        say(
            "The first value less the second. For the index the interval is "
            "paired over slides: both encoders were measured without the same "
            "slides."
        ),
        anchor="comparing-encoders",
    ),
    Column("one", say("First"), say("The value of the first encoder.")),
    Column("other", say("Second"), say("The value of the second encoder.")),
    Column(
        "p",
        "p",
        say(
            "The p value of the difference, corrected after Holm for all pairs "
            "of encoders of the run."
        ),
        anchor="comparing-encoders",
    ),
)
SAID = say(
    "{Tissue} and {center} that the probes of this encoder name, with "
    "probabilities. Outside the reference set there is none."
)
TILES = (
    Column(
        "first",
        say("First says"),
        SAID,
        right=False,
    ),
    Column(
        "second",
        say("Second says"),
        SAID,
        right=False,
    ),
    Column(
        "sure",
        say("Sure"),
        say(
            "How sure both encoders are, although they disagree: the smaller "
            "probability, summed over {tissue} and {center} where they differ."
        ),
    ),
)


class EncoderComparePanel(QWidget):
    """Says what is wanted of the viewer; computes nothing."""

    panes_requested = Signal(str, str)  # two encoders, side by side
    divider_requested = Signal(str, str)
    disagreement_requested = Signal()
    tile_requested = Signal(float, float)  # middle of a tile, level 0
    explain_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._evaluation: Evaluation | None = None
        self.one, self.other = ElidedCombo(), ElidedCombo()
        self.one.setAccessibleName(say("First encoder"))
        self.other.setAccessibleName(say("Second encoder"))
        for box in (self.one, self.other):
            box.activated.connect(self._refresh)
        self.view = Segments(
            (
                ("numbers", say("Numbers"), say("Every measurement of both, and the difference")),
                ("tiles", say("Tiles"), say("Tiles of the slide where the two differ most")),
            )
        )
        self.view.button("numbers").setAccessibleName(say("Numbers of the two encoders"))
        self.view.chosen.connect(self._show_view)
        self.show_button = worded_button("compare", say("On the slide"))
        menu = menu_under(self.show_button)
        self.panes_action = menu.addAction(say("Side by side, in two panes"), self._ask_panes)
        self.divider_action = menu.addAction(say("Left and right of a divider"), self._ask_divider)
        self.layer_action = menu.addAction(
            say("Where all encoders differ"), self.disagreement_requested.emit
        )
        top = in_row((self.one, 1), label(say("less"), "muted"), (self.other, 1), spacing=6)
        tools = in_row(self.view, STRETCH, self.show_button)
        self.caution = label("", "caution", wrap=True)
        self.numbers = TextTable(NUMBERS, say("Two encoders compared"))
        self.numbers.explain_requested.connect(self.explain_requested)
        self.tiles = TextTable(
            [each.called(USUAL) for each in TILES], say("Tiles on which two encoders differ most")
        )
        self.tiles.clicked.connect(self._on_tile)
        self.tiles.activated.connect(self._on_tile)
        self.no_tiles = label("", "muted", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.numbers)
        self._stack.addWidget(holder(in_column(self.no_tiles, (self.tiles, 1), spacing=4)))
        parts = (top, tools, self.caution, (self._stack, 1))
        inner = holder(in_column(*parts, spacing=6, margins=(0, 4, 0, 0)))
        self.setLayout(in_column((Roomy(inner), 1)))

    @property
    def possible(self) -> bool:
        """Whether the run has two encoders."""
        return self._evaluation is not None and len(self._evaluation.run.encoders) > 1

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show another run; first its first two encoders."""
        self._evaluation = evaluation
        for position, box in enumerate((self.one, self.other)):
            encoders = () if evaluation is None else evaluation.run.encoders
            box.offer((each.encoder.name, each.encoder.title) for each in encoders)
            box.setCurrentIndex(min(position, box.count() - 1))
        self._refresh()

    def choose(self, one: str, other: str) -> None:
        """Compare these two, by name."""
        self.one.choose(one)
        self.other.choose(other)
        self._refresh()

    @Slot()
    def copy(self) -> None:
        """Put the table of numbers on the clipboard."""
        QGuiApplication.clipboard().setText(self.numbers.tsv())

    @Slot()
    def _refresh(self) -> None:
        evaluation = self._evaluation
        if evaluation is None or not self.possible:
            self.numbers.show_rows([])
            self.tiles.show_rows([])
            return
        run = evaluation.run
        self.tiles.call([each.called(run.reference.columns) for each in TILES])
        one, other = self.one.currentData(), self.other.currentData()
        pair = [each for each in run.encoders if each.encoder.name in (one, other)]
        cautions = [k_caution(pair)]
        if one != other and not same_tiles(run, one, other):
            cautions.append(NOT_SAME)
        self.caution.setText("\n".join(f"▲ {each}" for each in cautions if each))
        self.caution.setVisible(any(cautions))
        self.numbers.show_rows([_number_row(row) for row in pair_rows(run, one, other)])
        apart = []
        if evaluation.tiles is not None:
            apart = apart_tiles(run, evaluation.tiles, one, other)
        self.tiles.show_rows([_tile_row(run, tile) for tile in apart])
        self.tiles.setVisible(bool(apart))
        self.show_button.setEnabled(evaluation.tiles is not None)
        if evaluation.tiles is None:
            self.no_tiles.setText(say("No slide was evaluated in this run."))
        else:
            self.no_tiles.setText(
                say("Tiles where they differ most, the surest first; a click goes there.")
                if apart
                else say("Both encoders say the same of every tile.")
            )

    @Slot(QModelIndex)
    def _on_tile(self, index: QModelIndex) -> None:
        tile = self.tiles.row_of(index).about
        if isinstance(tile, ApartTile):
            self.tile_requested.emit(tile.x_l0, tile.y_l0)

    @Slot(str)
    def _show_view(self, key: str) -> None:
        self._stack.setCurrentIndex(("numbers", "tiles").index(key))

    @Slot()
    def _ask_panes(self) -> None:
        self.panes_requested.emit(self.one.currentData(), self.other.currentData())

    @Slot()
    def _ask_divider(self) -> None:
        self.divider_requested.emit(self.one.currentData(), self.other.currentData())


def _number_row(row: PairRow) -> TextRow:
    def text(found: Reading | None) -> str:
        return NOT_ASSESSABLE if found is None else reading_text(Reading(found.value), row.digits)

    whole = [
        NOT_ASSESSABLE if found is None else reading_text(found, row.digits)
        for found in (row.one, row.other)
    ]
    p = NOTHING if row.p is None else probability(row.p)
    return TextRow(
        {
            "what": row.title,
            "one": text(row.one),
            "other": text(row.other),
            "difference": difference_text(row.difference, row.low, row.high, row.digits),
            "p": p,
        },
        tip=say(
            "{row_title}\nFirst: {whole}\nSecond: {whole2}",
            row_title=row.title,
            whole=whole[0],
            whole2=whole[1],
        ),
        sort={
            "one": None if row.one is None else row.one.value,
            "other": None if row.other is None else row.other.value,
            "difference": row.difference,
            "p": row.p,
        },
    )


def _tile_row(run: Run, tile: ApartTile) -> TextRow:
    def said(which: int) -> str:
        tissue, center = tile.tissue[which], tile.center[which]
        sure = tile.tissue_probability[which]
        return filled(
            "{tissues} {outside}, {center_letter} {center_probability:.2f}",
            tissues=run.reference.tissues[tissue],
            outside=say("outside") if math.isnan(sure) else localized(sure, ".2f"),
            center_letter=center_letter(center),
            center_probability=tile.center_probability[which],
        )

    return TextRow(
        {"first": said(0), "second": said(1), "sure": localized(tile.score, ".2f")},
        tip=say(
            "Tile at x {x_l0:,}, y {y_l0:,} px. Click to go there.\nFirst: "
            "{centers}\nSecond: {centers2}",
            x_l0=tile.x_l0,
            y_l0=tile.y_l0,
            centers=run.reference.centers[tile.center[0]],
            centers2=run.reference.centers[tile.center[1]],
        ),
        sort={"sure": tile.score},
        about=tile,
    )
