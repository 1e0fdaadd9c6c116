"""One encoder in the list: tick, pooling, facts, state, and what can be done about the state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from pathgui.core.cost.words import size_in_words
from pathgui.core.encoders.facts.registry import EncoderSpec, ListedEncoder, Readiness, State
from pathgui.core.encoders.facts.words import FACTS, STATES, fact_lines, pooling_in_words
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import filled, say
from pathgui.core.results.formatting import mpp
from pathgui.core.results.substitutes import proposal
from pathgui.gui.kit.boxes import Combo
from pathgui.gui.kit.focus import focus_goes_to, in_reading_order
from pathgui.gui.kit.icons import pixmap
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.room import in_lines
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import ElidedLabel, label, push_button, restyle, tool_button

# What a row can ask for, and how it is called.
DOWNLOAD, GO_ON, CANCEL, SIGN_IN, PAGE = "download", "go-on", "cancel", "sign-in", "page"
CHECK, FILE, FOLDER, REMOVE, IMPORT = "check", "file", "folder", "remove", "import"
ACTIONS = {
    DOWNLOAD: say("Download"),
    GO_ON: say("Go on downloading"),
    SIGN_IN: say("Sign in…"),
    CHECK: say("Check access"),
    PAGE: say("Open the model page"),
    FILE: say("Use a weights file…"),
    FOLDER: say("Use a folder with weights…"),
    IMPORT: say("Import embeddings…"),
    REMOVE: say("Remove from the list"),
}
_SHORT = {PAGE: say("Model page"), FILE: say("Use a file…")}
# icon, style, and what is offered in the row itself
LOOKS: dict[State, tuple[str, str, tuple[str, ...]]] = {
    "ready": ("ready", "good", ()),
    "download": ("down", "muted", (DOWNLOAD, PAGE)),
    "sign-in": ("missing", "caution", (SIGN_IN, PAGE, FILE)),
    "terms": ("missing", "caution", (PAGE, DOWNLOAD, FILE)),
    "waiting": ("busy", "caution", (CHECK, PAGE, FILE)),
    "offline": ("missing", "muted", (FILE,)),
    "file": ("missing", "caution", (FILE, PAGE)),
    "missing": ("missing", "caution", (FILE,)),
}


BYTES_A_PARAMETER = 4  # published weights are mostly fp32
SHORT = len(say("Checking…"))  # states up to that length stand beside the title
INDENT = (24, 0, 4, 0)  # margins of what stands below the title


class EncoderRow(QWidget):
    """One encoder that can run here once its weights are."""

    ticked = Signal()
    action_requested = Signal(str, str)  # name, action

    def __init__(self, spec: EncoderSpec) -> None:
        super().__init__()
        self.spec = spec
        self.state_name: State | None = None
        self._short = True
        self._shown: Readiness | None = None  # None: something else stands in its place
        self.setObjectName("encoder-row")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.box = QCheckBox(spec.title)
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box.toggled.connect(self.ticked)
        self.state_icon = QLabel()
        self.state = label(say("Checking…"), "muted")
        self.state_box = holder(in_row(self.state_icon, (self.state, 1), spacing=4))
        self.menu_button = tool_button(
            "dots", say("What can be done with this encoder"), self._pop_menu
        )
        self.menu_button.setAccessibleName(
            say("What can be done with {spec_title}", spec_title=spec.title)
        )
        self.menu_button.setFixedSize(24, 22)
        keeps = self.menu_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # so that states stand below each other
        self.menu_button.setSizePolicy(keeps)
        self.detail = label("", "muted", wrap=True)
        self.facts = label("", wrap=True)
        self.origin = ElidedLabel("", "muted", mode=Qt.TextElideMode.ElideMiddle)
        self.reason = label("", "muted", wrap=True)
        self.failure = label("", "bad", wrap=True, selectable=True)
        self.pooling = Combo()
        self.pooling_line = holder(
            in_row(
                label(say("Pooling"), "muted"), (self.pooling, 1), spacing=8, margins=(0, 2, 0, 2)
            )
        )
        self._links = in_row(STRETCH, spacing=14)
        self.offers = holder(self._links)
        self.buttons: dict[str, QPushButton] = {}
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.progress_text = label("", "muted")
        self.cancel_button = push_button(say("Cancel"), lambda: self._ask(CANCEL), name="link")
        self.cancel_button.setAccessibleName(say("Cancel, {spec_title}", spec_title=spec.title))
        under = in_row((self.progress_text, 1), self.cancel_button)
        self.progress = holder(in_column(self.bar, under, spacing=0, margins=(0, 4, 0, 0)))
        self._lay_out()
        self._fill_poolings()
        self._show_facts()
        self._mark("busy", "muted", say("Checking…"))
        for widget in (self.reason, self.failure, self.offers, self.progress, self.pooling_line):
            widget.hide()

    def _lay_out(self) -> None:
        self._head = in_row((self.box, 1), self.state_box, self.menu_button, spacing=4)
        self._under_head = in_row(margins=INDENT)
        below = (
            self.detail,
            self.pooling_line,
            self.facts,
            self.origin,
            self.reason,
            self.failure,
            self.progress,
            self.offers,
        )
        self.setLayout(
            in_column(
                self._head,
                self._under_head,
                *(in_row(widget, margins=INDENT) for widget in below),
                spacing=2,
                margins=(0, 6, 0, 7),
            )
        )

    # What it is

    @property
    def chosen(self) -> EncoderSpec:
        """The encoder with the pooling that is chosen."""
        pooling = self.pooling.currentData()
        if self.spec.with_pooling is None or pooling in (None, self.spec.pooling):
            return self.spec
        return self.spec.with_pooling(pooling)

    def set_spec(self, spec: EncoderSpec) -> None:
        """The same encoder, with other weights."""
        if spec is self.spec:
            return
        self.spec = spec
        self._show_facts()

    def choose_pooling(self, pooling: str) -> None:
        """Choose a pooling; "" is the published one."""
        at = self.pooling.findData(pooling or self.spec.pooling)
        if at >= 0:
            self.pooling.setCurrentIndex(at)

    def _fill_poolings(self) -> None:
        for pooling in self.spec.poolings:
            note = say(" (as published)") if pooling == self.spec.pooling else ""
            self.pooling.add(pooling, f"{pooling}{note}", pooling_in_words(pooling))
        self.pooling.setToolTip(
            say(
                "How the tokens of a tile become one embedding. Robustness moves "
                "with it, so it is part of the encoder's name and of every result."
            )
        )
        self.pooling.setAccessibleName(say("Pooling of {spec_title}", spec_title=self.spec.title))
        self.pooling.currentIndexChanged.connect(self._on_pooling)

    @Slot()
    def _on_pooling(self) -> None:
        self._show_facts()
        if self.box.isChecked():
            self.ticked.emit()

    def _show_facts(self) -> None:
        spec = self.chosen
        facts = "\n".join(fact_lines(spec))
        self.setToolTip(facts)
        self.box.setAccessibleName(spec.title)
        self.box.setAccessibleDescription(facts)
        self.detail.setText(_line(spec))
        self.detail.setToolTip(facts)
        doubtful = spec.facts != "verified" and not spec.embeddings
        self.facts.setVisible(doubtful)
        if doubtful:
            restyle(self.facts, "caution" if spec.facts == "conflict" else "muted")
            said = [FACTS[spec.facts], *([spec.notes] if spec.notes else [])]
            self.facts.setText(": ".join(said))
            self.facts.setToolTip(spec.notes or facts)
        self.origin.setVisible(bool(spec.origin))
        self.origin.setText(spec.origin[:1].upper() + spec.origin[1:])

    # What state it is in

    def set_readiness(self, readiness: Readiness) -> None:
        """Ready, or what is missing and how to get it."""
        if readiness == self._shown:
            return  # buttons are not made anew for nothing: there are many rows
        with self._keeps_focus():
            self._show_readiness(readiness)

    @contextmanager
    def _keeps_focus(self) -> Iterator[None]:
        """What had the focus may go: then the next thing to do in this row has it."""
        with focus_goes_to(
            lambda: self.cancel_button,
            lambda: next(iter(self.buttons.values()), None),
            lambda: self.box,
            lambda: self.menu_button,
            within=self,
        ):
            yield

    def _show_readiness(self, readiness: Readiness) -> None:
        self._shown = readiness
        ready = readiness.ready
        self.state_name = readiness.state
        self.failure.hide()
        self.progress.hide()
        self.box.setEnabled(ready)
        self.box.setToolTip("" if ready else readiness.detail)
        self.pooling_line.setVisible(ready and len(self.spec.poolings) > 1)
        # that anyone may download needs no second line
        self.reason.setVisible(not ready and readiness.state != "download")
        reason = _without_page(readiness.detail, self.spec.page)
        self.reason.setText(f"{reason} {proposal(self.spec, readiness.state)}".strip())
        if not ready:
            self.box.setChecked(False)
        icon, style, offers = LOOKS[readiness.state]
        self._mark(icon, style, STATES[readiness.state])
        self.state.setToolTip(readiness.detail)
        self._offer(offers)

    def set_progress(self, share: float | None, text: str) -> None:
        """Something runs that takes time: ``share`` 0..1, None where it is not known."""
        with self._keeps_focus():
            self._show_progress(share, text)

    def _show_progress(self, share: float | None, text: str) -> None:
        self._shown = None
        self.failure.hide()
        self.reason.hide()
        if self.buttons:
            self._offer(())
        self.bar.setRange(0, 1000 if share is not None else 0)
        if share is not None:
            self.bar.setValue(round(1000 * share))
        self.progress_text.setText(text)
        self.progress.show()

    def set_problem(self, text: str, *offers: str) -> None:
        """What was asked for failed, and what is left to do; the state is as it was."""
        self._say(self.failure, text, offers)

    def set_note(self, text: str, *offers: str) -> None:
        """Something to know, and what can be done; the state is as it was."""
        self._say(self.reason, text, offers)

    def _say(self, at: QLabel, text: str, offers: tuple[str, ...]) -> None:
        """Say one thing, in the place of what was said before."""
        self._shown = None
        with self._keeps_focus():
            for widget in (self.progress, self.reason, self.failure):
                widget.setVisible(widget is at)
            at.setText(retold(text))
            self._offer(offers)

    def clear_result(self) -> None:
        """Forget what an earlier evaluation said."""
        if self.box.isEnabled():
            self._mark("ready", "good", STATES["ready"])
        self.failure.hide()

    def set_failed(self, text: str) -> None:
        """The encoder ran and failed."""
        self._shown = None
        self._mark("error", "bad", say("Failed"))
        self.failure.setText(text)
        self.failure.show()

    # What can be done

    def possible(self) -> list[str]:
        """Everything that can be asked for in the state it is in."""
        spec, state = self.spec, self.state_name
        if spec.embeddings or spec.correction:
            return [REMOVE]
        found = []
        if spec.hub is not None and state not in ("ready", "offline"):
            found += [DOWNLOAD, SIGN_IN, CHECK] if spec.gated != "no" else [DOWNLOAD]
        if spec.page:
            found.append(PAGE)
        if spec.with_weights is not None:
            found += [FILE, FOLDER]
        return found

    def _offer(self, actions: tuple[str, ...]) -> None:
        for button in self.buttons.values():
            self._links.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        possible = {*self.possible(), GO_ON}
        for action in actions:
            if action not in possible:
                continue
            text, tip = _SHORT.get(action, ACTIONS[action]), ACTIONS[action]
            if action == DOWNLOAD:  # one click starts it: what it brings is said before
                size = _file_size(self.spec)
                text = f"{text}, {size}" if len(actions) == 2 else text
                tip = say(
                    "Download {size}. License: {licence}", size=size, licence=self.spec.licence
                )
            button = push_button(text, partial(self._ask, action), tip, name="link")
            button.setAccessibleName(f"{button.text()}: {self.spec.title}")
            self._links.insertWidget(len(self.buttons), button)
            self.buttons[action] = button
        in_reading_order(self)
        self.offers.setVisible(bool(self.buttons))
        self.menu_button.setVisible(bool(self.possible()))

    def _ask(self, action: str) -> None:
        self.action_requested.emit(self.spec.name, DOWNLOAD if action == GO_ON else action)

    def menu(self) -> QMenu:
        """What can be done, as a menu."""
        menu = QMenu(self)
        for action in self.possible():
            if action == FILE and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(ACTIONS[action], partial(self._ask, action))
        return menu

    @Slot()
    def _pop_menu(self) -> None:
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.possible():
            self._pop_menu()

    # How it looks

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.state_box.sizeHint().width() if self._short else 0
        room = self.width() - beside - 40 - self.menu_button.width()
        lines = in_lines(self.spec.title, self.fontMetrics().horizontalAdvance, max(40, room))
        self.box.setText(lines)

    def recolor(self) -> None:
        """Follow the theme."""
        self._mark(self._icon, self.state.objectName(), self.state.text())

    def _mark(self, icon_name: str, style: str, text: str) -> None:
        self._icon = icon_name
        color = getattr(current(), style)
        self.state_icon.setPixmap(pixmap(icon_name, color, 16, self.devicePixelRatioF()))
        restyle(self.state, style)
        self.state.setText(text)
        short = len(text) <= SHORT
        if short != self._short:  # a long one has a line of its own, so that the title has room
            self._short = short
            if short:
                self._head.insertWidget(1, self.state_box)
            else:
                self._under_head.addWidget(self.state_box)


class ListedRow(QWidget):
    """A model that cannot run here, and why."""

    action_requested = Signal(str, str)

    def __init__(self, listed: ListedEncoder) -> None:
        super().__init__()
        self.listed = listed
        self.setObjectName("encoder-row")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        state = say("Runs elsewhere") if listed.public else say("Not public")
        if listed.level == "slide":
            state = say("Slide encoder")
        elif listed.level == "other":
            state = say("No encoder")
        self.title = label(listed.title, wrap=True)
        self.state = label(state, "muted")
        self.reason = label(listed.why, "muted", wrap=True)
        self.setToolTip(
            f"{listed.title} ({listed.name})\n{retold(listed.reason)}\n{listed.sources}"
        )
        self.buttons = {
            action: push_button(
                _SHORT.get(action, ACTIONS[action]),
                partial(self.action_requested.emit, listed.name, action),
                name="link",
            )
            for action in ((IMPORT, PAGE) if listed.page else (IMPORT,))
        }
        for button in self.buttons.values():
            button.setAccessibleName(f"{button.text()}: {listed.title}")
        head = in_row((self.title, 1), self.state)
        links = in_row(*self.buttons.values(), STRETCH, spacing=14)
        self.setLayout(in_column(head, self.reason, links, spacing=2, margins=(24, 6, 4, 7)))


def _without_page(text: str, page: str) -> str:
    """The sentence without the address: the row has a button that opens it."""
    return text.replace(page, say("its page")) if page else text


def _line(spec: EncoderSpec) -> str:
    if spec.correction:
        return say("{dim} numbers · corrected embeddings", dim=spec.dim)
    if spec.embeddings:
        return say("{dim} numbers · embeddings of another program", dim=spec.dim)
    parts = [mpp(spec.tile.mpp), say("{dim} numbers", dim=spec.dim)]
    if spec.params_m:
        parts.append(filled("{millions:.4g} M", millions=spec.params_m))
    elif spec.control:
        parts.append(say("no weights"))  # of others nobody counted the parameters
    return " · ".join([*parts, spec.licence])


def _file_size(spec: EncoderSpec) -> str:
    """Of its weights, from the number of parameters: what a hub says costs a question to it."""
    return say(
        "about {size_in_words}",
        size_in_words=size_in_words(round(spec.params_m * 1000000.0 * BYTES_A_PARAMETER)),
    )
