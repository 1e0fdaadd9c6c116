"""One encoder in the list: tick, pooling, facts, state, and what can be done about the state."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.encoders.facts.registry import EncoderSpec, ListedEncoder, Readiness, State
from pathgui.core.encoders.facts.words import FACTS, STATES, fact_lines, pooling_in_words
from pathgui.gui.kit.icons import pixmap
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import ElidedLabel, label, restyle, tool_button

# What a row can ask for, and how it is called.
DOWNLOAD, GO_ON, CANCEL, SIGN_IN, PAGE = "download", "go-on", "cancel", "sign-in", "page"
CHECK, FILE, FOLDER, REMOVE, IMPORT = "check", "file", "folder", "remove", "import"
ACTIONS = {
    DOWNLOAD: "Download",
    GO_ON: "Go on downloading",
    SIGN_IN: "Sign in…",
    CHECK: "Check access",
    PAGE: "Open the model page",
    FILE: "Use a weights file…",
    FOLDER: "Use a folder with weights…",
    IMPORT: "Import embeddings…",
    REMOVE: "Remove from the list",
}
_SHORT = {PAGE: "Model page", FILE: "Use a file…"}
# icon, style, and what is offered in the row itself
_LOOKS: dict[State, tuple[str, str, tuple[str, ...]]] = {
    "ready": ("ready", "good", ()),
    "download": ("down", "muted", (DOWNLOAD, PAGE)),
    "sign-in": ("missing", "caution", (SIGN_IN, PAGE, FILE)),
    "terms": ("missing", "caution", (PAGE, DOWNLOAD, FILE)),
    "waiting": ("busy", "caution", (CHECK, PAGE, FILE)),
    "offline": ("missing", "muted", (FILE,)),
    "file": ("missing", "caution", (FILE, PAGE)),
    "missing": ("missing", "caution", (FILE,)),
}


SHORT = len("Checking…")  # states up to that length stand beside the title


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
        self.state = label("Checking…", "muted")
        self.state_box = QWidget()
        beside = QHBoxLayout(self.state_box)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(4)
        beside.addWidget(self.state_icon)
        beside.addWidget(self.state, 1)
        self.menu_button = tool_button("dots", "What can be done with this encoder")
        self.menu_button.clicked.connect(self._pop_menu)
        self.menu_button.setFixedSize(24, 22)
        keeps = self.menu_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # so that states stand below each other
        self.menu_button.setSizePolicy(keeps)
        self.detail = ElidedLabel()
        self.detail.setObjectName("muted")
        self.facts = ElidedLabel()
        self.origin = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.origin.setObjectName("muted")
        self.reason = label("", "muted", wrap=True)
        self.failure = label("", "bad", wrap=True)
        self.failure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pooling = QComboBox()
        self.pooling_line = QWidget()
        self.offers = QWidget()
        self.buttons: dict[str, QPushButton] = {}
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.progress = QWidget()
        self.progress_text = label("", "muted")
        self.cancel_button = QPushButton("Cancel")
        self._lay_out()
        self._fill_poolings()
        self._show_facts()
        self._mark("busy", "muted", "Checking…")
        for widget in (self.reason, self.failure, self.offers, self.progress, self.pooling_line):
            widget.hide()

    def _lay_out(self) -> None:
        self._head = head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.box, 1)
        head.addWidget(self.state_box)
        head.addWidget(self.menu_button)
        self._under_head = QHBoxLayout()
        self._under_head.setContentsMargins(24, 0, 4, 0)
        choice = QHBoxLayout(self.pooling_line)
        choice.setContentsMargins(0, 2, 0, 2)
        choice.setSpacing(8)
        choice.addWidget(label("Pooling", "muted"))
        choice.addWidget(self.pooling, 1)
        links = QHBoxLayout(self.offers)
        links.setContentsMargins(0, 0, 0, 0)
        links.setSpacing(14)
        links.addStretch(1)
        self.cancel_button.setObjectName("link")
        self.cancel_button.clicked.connect(lambda: self._ask(CANCEL))
        under = QHBoxLayout()
        under.addWidget(self.progress_text, 1)
        under.addWidget(self.cancel_button)
        running = QVBoxLayout(self.progress)
        running.setContentsMargins(0, 4, 0, 0)
        running.setSpacing(0)
        running.addWidget(self.bar)
        running.addLayout(under)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 7)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(self._under_head)
        for widget in (
            self.detail,
            self.pooling_line,
            self.facts,
            self.origin,
            self.reason,
            self.failure,
            self.progress,
            self.offers,
        ):
            indent = QHBoxLayout()
            indent.setContentsMargins(24, 0, 4, 0)
            indent.addWidget(widget)
            layout.addLayout(indent)

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
            note = " (as published)" if pooling == self.spec.pooling else ""
            self.pooling.addItem(f"{pooling}{note}", pooling)
            self.pooling.setItemData(
                self.pooling.count() - 1, pooling_in_words(pooling), Qt.ItemDataRole.ToolTipRole
            )
        self.pooling.setToolTip(
            "How the tokens of a tile become one embedding. Robustness moves with it, so it is "
            "part of the encoder's name and of every result."
        )
        self.pooling.setAccessibleName(f"Pooling of {self.spec.title}")
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
            self.facts.setText(f"{FACTS[spec.facts]}: {spec.notes}")
            self.facts.setToolTip(spec.notes)
        self.origin.setVisible(bool(spec.origin))
        self.origin.setText(spec.origin[:1].upper() + spec.origin[1:])

    # What state it is in

    def set_readiness(self, readiness: Readiness) -> None:
        """Ready, or what is missing and how to get it."""
        if readiness == self._shown:
            return  # buttons are not made anew for nothing: there are many rows
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
        self.reason.setText(_without_page(readiness.detail, self.spec.page))
        if not ready:
            self.box.setChecked(False)
        icon, style, offers = _LOOKS[readiness.state]
        self._mark(icon, style, STATES[readiness.state])
        self.state.setToolTip(readiness.detail)
        self._offer(offers)

    def set_progress(self, share: float | None, text: str) -> None:
        """Something runs that takes time: ``share`` 0..1, None where it is not known."""
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
        self._shown = None
        self.progress.hide()
        self.reason.hide()
        self.failure.setText(text)
        self.failure.show()
        self._offer(offers)

    def set_note(self, text: str, *offers: str) -> None:
        """Something to know, and what can be done; the state is as it was."""
        self._shown = None
        self.progress.hide()
        self.failure.hide()
        self.reason.setText(text)
        self.reason.show()
        self._offer(offers)

    def clear_result(self) -> None:
        """Forget what an earlier evaluation said."""
        if self.box.isEnabled():
            self._mark("ready", "good", STATES["ready"])
        self.failure.hide()

    def set_failed(self, text: str) -> None:
        """The encoder ran and failed."""
        self._shown = None
        self._mark("error", "bad", "Failed")
        self.failure.setText(text)
        self.failure.show()

    # What can be done

    def possible(self) -> list[str]:
        """Everything that can be asked for in the state it is in."""
        spec, state = self.spec, self.state_name
        if spec.embeddings:
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
        layout = self.offers.layout()
        assert isinstance(layout, QHBoxLayout)
        for button in self.buttons.values():
            layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = {}
        possible = {*self.possible(), GO_ON}
        for action in actions:
            if action not in possible:
                continue
            button = QPushButton(_SHORT.get(action, ACTIONS[action]))
            button.setObjectName("link")
            button.setToolTip(ACTIONS[action])
            button.clicked.connect(lambda checked=False, action=action: self._ask(action))
            layout.insertWidget(len(self.buttons), button)
            self.buttons[action] = button
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
            entry = QAction(ACTIONS[action], menu)
            entry.triggered.connect(lambda checked=False, action=action: self._ask(action))
            menu.addAction(entry)
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
        elide = self.fontMetrics().elidedText
        self.box.setText(elide(self.spec.title, Qt.TextElideMode.ElideRight, max(40, room)))

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
        state = "Runs elsewhere" if listed.public else "Not public"
        if listed.level == "slide":
            state = "Slide encoder"
        elif listed.level == "other":
            state = "No encoder"
        self.title = ElidedLabel(listed.title)
        self.state = label(state, "muted")
        self.reason = label(listed.why, "muted", wrap=True)
        self.setToolTip(f"{listed.title} ({listed.name})\n{listed.reason}\n{listed.sources}")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.state)
        links = QHBoxLayout()
        links.setSpacing(14)
        self.buttons: dict[str, QPushButton] = {}
        for action in (IMPORT, PAGE) if listed.page else (IMPORT,):
            button = QPushButton(_SHORT.get(action, ACTIONS[action]))
            button.setObjectName("link")
            button.clicked.connect(
                lambda checked=False, action=action: self.action_requested.emit(listed.name, action)
            )
            links.addWidget(button)
            self.buttons[action] = button
        links.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 6, 4, 7)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.reason)
        layout.addLayout(links)


def _without_page(text: str, page: str) -> str:
    """The sentence without the address: the row has a button that opens it."""
    return text.replace(page, "its page") if page else text


def _line(spec: EncoderSpec) -> str:
    if spec.embeddings:
        return f"{spec.dim} numbers · embeddings of another program"
    parameters = f"{spec.params_m:.4g} M" if spec.params_m else "no weights"
    return f"{spec.tile.mpp:g} µm/px · {spec.dim} numbers · {parameters} · {spec.licence}"
