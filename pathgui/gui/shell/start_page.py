"""Where nothing is open: three ways in, with needs and time of each, and the last slides."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.public_sets.catalog import PUBLIC_SETS
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.jobs.recent import Recent
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.widgets import ElidedButton, label, push_button
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.shell.choosers import Choosers
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.compare import CompareView

LAST_SHOWN = 3
_SMALLEST = PUBLIC_SETS[0]
# Seconds are those of docs/time.md, on two cores.
DEMO = say(
    "Best to begin with. Needs nothing: the program draws a slide and a "
    "reference set. The first time takes some three minutes with three "
    "encoders on two cores, five beside other programs."
)
OWN = say(
    "Needs files of slides, and a reference set: tiles whose tissue and "
    "center are known. Slides, the table below, makes one of yours. Takes 49 "
    "s for 1,000 tiles with the encoder SHELL on two cores; 1 cm² of tissue "
    "is some 8,000 tiles."
)
PUBLIC = say(
    "Measures encoders without slides of your own. Needs a network, and your "
    "consent to a license. {SMALLEST_title} is {size}. Takes the download, "
    "then 49 s for 1,000 tiles with SHELL on two cores.",
    SMALLEST_title=_SMALLEST.title,
    size=_SMALLEST.size,
)


class StartPage(QScrollArea):
    """Lies over the views until something is open; *First steps* in the menu brings it back."""

    demo_wanted = Signal()
    slides_wanted = Signal()
    public_wanted = Signal()
    last_wanted = Signal(list)  # of Path

    def __init__(self, over: CompareView, recent: Recent) -> None:
        super().__init__(over)
        self._over = over
        self._recent = recent
        self._is_open = False  # whether something is
        self.setObjectName("panel")
        self.setAccessibleName(say("First steps"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.close_button = push_button(say("Close first steps"), self.leave)
        self.demo_button = push_button(say("Try the demo"), self.demo_wanted, picture=icon("demo"))
        self.own_button = push_button(
            say("Your own slides…"), self.slides_wanted, picture=icon("open")
        )
        self.public_button = push_button(
            say("A public set of tiles…"), self.public_wanted, picture=icon("import")
        )
        ways = (
            (self.demo_button, DEMO), (self.own_button, OWN), (self.public_button, PUBLIC)
        )  # fmt: skip
        width = max(button.sizeHint().width() for button, _ in ways)
        rows = []
        for button, text in ways:
            button.setMinimumWidth(width)
            said = label(text, wrap=True)
            button.setAccessibleDescription(said.text())
            rows.append(in_row((button, Qt.AlignmentFlag.AlignTop), (said, 1), spacing=14))
        self._last = in_column(spacing=4)
        self.offered: list[QWidget] = []  # what stands there
        self._last_part = holder(self._last)
        head = in_row((label(say("First steps"), "heading"), 1), self.close_button)
        content = in_column(
            head,
            label(
                say("pathgui shows whether an encoder follows tissue or center, "
                    "which is the laboratory that made the slide. Three ways in; "
                    "nothing leaves this computer."),
                wrap=True,
            ),
            *rows,
            self._last_part,
            label(say("The menu Help has a manual, and finds every command."), "muted", wrap=True),
            STRETCH,
            spacing=12,
            margins=(22, 18, 22, 14),
        )  # fmt: skip
        self.setWidget(holder(content))
        over.resized.connect(self._place)
        self._fill_last()
        self._place()
        self.set_open(False)

    def serve(
        self,
        references: ReferenceControl,
        choosers: Choosers,
        slides: SlideControl,
        controller: EvaluationController,
    ) -> None:
        """Ask these for what is chosen, and give way once one of them has something to show."""

        def look() -> None:
            shown = slides.wanted or slides.path or controller.finished
            self.set_open(shown is not None)

        self.demo_wanted.connect(references.make_demo)
        self.slides_wanted.connect(choosers.slides)
        self.public_wanted.connect(references.choose_public)
        self.last_wanted.connect(choosers.choose)
        slides.shown.connect(look)
        controller.run_shown.connect(look)

    def set_open(self, is_open: bool) -> None:
        """Whether a slide or a run is open, so that the page is not in the way."""
        self._is_open = is_open
        self._show(not is_open)

    @Slot()
    def toggle(self) -> None:
        """Bring the page, or take it away again."""
        self._show(self.isHidden())
        if not self.isHidden():
            self.demo_button.setFocus()

    @Slot()
    def leave(self) -> None:
        """Away with it: the views are below."""
        self._show(False)
        self._over.current.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_open:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _show(self, shown: bool) -> None:
        self.close_button.setVisible(self._is_open)
        if shown:
            self._fill_last()
            self._place()
            self.raise_()
        self.setVisible(shown)

    def _fill_last(self) -> None:
        """Offer the slides that were open last, and those used lately."""
        for widget in self.offered:
            self._last.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.offered.clear()
        open_last, lately = self._recent.last_open, self._recent.slides[:LAST_SHOWN]
        self._last_part.setVisible(bool(lately or open_last))
        if lately or open_last:
            self._offer(label(say("Last slides"), "section"))
        if len(open_last) > 1:
            self._offer_slides(
                say("Open the {slides} of last time", slides=plural(len(open_last), "slide")),
                open_last,
            )
        for path in lately:
            self._offer_slides(path.name, [path])

    def _offer(self, part: QWidget) -> None:
        self.offered.append(part)
        self._last.addWidget(part)

    def _offer_slides(self, text: str, paths: list[Path]) -> None:
        button = ElidedButton()
        button.setText(text)
        button.setIcon(icon("history"))
        button.setToolTip("\n".join(str(path) for path in paths[:10]))
        button.clicked.connect(lambda: self.last_wanted.emit(paths))
        self._offer(button)

    @Slot()
    def _place(self) -> None:
        self.setGeometry(self._over.rect())
