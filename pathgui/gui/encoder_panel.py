"""Which encoders to evaluate, what state each is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.encoders.registry import EncoderSpec, Readiness
from pathgui.gui.icons import pixmap
from pathgui.gui.theme import current
from pathgui.gui.widgets import ElidedLabel, FoldBox, label, restyle

FILTER_FROM = 9  # that many encoders and more get a search field


class EncoderRow(QWidget):
    """One encoder: tick, facts, state."""

    ticked = Signal()

    def __init__(self, spec: EncoderSpec) -> None:
        super().__init__()
        self.spec = spec
        self.setObjectName("encoder-row")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setToolTip(_facts(spec))
        self.box = QCheckBox(spec.title)
        self.box.setAccessibleName(spec.title)
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.box.setAccessibleDescription(_facts(spec))
        self.box.toggled.connect(self.ticked)
        self.state_icon = QLabel()
        self.state = label("Checking…", "muted")
        self.detail = ElidedLabel(_line(spec))
        self.detail.setObjectName("muted")
        self.detail.setToolTip(_facts(spec))
        self.reason = ElidedLabel()
        self.reason.setObjectName("muted")
        self.reason.hide()
        self.failure = label("", "bad", wrap=True)
        self.failure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.failure.hide()

        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.box, 1)
        head.addWidget(self.state_icon)
        head.addWidget(self.state)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 7, 0, 7)
        layout.setSpacing(2)
        layout.addLayout(head)
        for widget in (self.detail, self.reason, self.failure):
            indent = QHBoxLayout()
            indent.setContentsMargins(24, 0, 0, 0)
            indent.addWidget(widget)
            layout.addLayout(indent)
        self._mark("busy", "muted", "Checking…")

    def set_readiness(self, readiness: Readiness) -> None:
        """Ready, or what is missing and how to get it."""
        self.box.setEnabled(readiness.ready)
        self.reason.setVisible(not readiness.ready)
        if readiness.ready:
            self._mark("ready", "good", "Ready")
            self.state.setToolTip(readiness.detail)
        else:
            self.box.setChecked(False)
            self._mark("missing", "caution", "Missing")
            self.reason.setText(readiness.detail)
            self.reason.setToolTip(readiness.detail)
            self.box.setToolTip(readiness.detail)

    def clear_result(self) -> None:
        """Forget what an earlier evaluation said."""
        if self.box.isEnabled():
            self._mark("ready", "good", "Ready")
        self.failure.hide()

    def set_failed(self, text: str) -> None:
        """The encoder ran and failed."""
        self._mark("error", "bad", "Failed")
        self.failure.setText(text)
        self.failure.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - self.state.sizeHint().width() - 60
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


class EncoderPanel(QWidget):
    """Says which encoders are wanted; does nothing about it.

    Those that are ready stand first; those that are not, in a part that folds away.
    """

    ticked_changed = Signal()

    def __init__(self, specs: Sequence[EncoderSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, EncoderRow] = {}
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find an encoder")
        self.filter.setClearButtonEnabled(True)
        self.filter.setVisible(len(specs) >= FILTER_FROM)
        self.filter.textChanged.connect(self._show_rows)
        self.all_button = QPushButton("All ready")
        self.none_button = QPushButton("None")
        for button in (self.all_button, self.none_button):
            button.setObjectName("link")
        self.all_button.clicked.connect(self._tick_ready)
        self.none_button.clicked.connect(lambda: self.tick(()))
        self.nothing = label("No encoder is called that.", "muted")

        head = QHBoxLayout()
        head.addWidget(label("Encoders", "section"))
        head.addStretch(1)
        head.addWidget(self.all_button)
        head.addWidget(self.none_button)
        self._first = QVBoxLayout()
        self._first.setSpacing(0)
        rest = QWidget()
        self._rest = QVBoxLayout(rest)
        self._rest.setContentsMargins(0, 0, 0, 0)
        self._rest.setSpacing(0)
        self.rest_fold = FoldBox("Not ready", rest)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.filter)
        layout.addLayout(self._first)
        layout.addWidget(self.nothing)
        layout.addWidget(self.rest_fold)
        for spec in specs:
            row = EncoderRow(spec)
            row.ticked.connect(self.ticked_changed)
            self.rows[spec.name] = row
            self._first.addWidget(row)
        self._missing: set[str] = set()
        # Until all are looked at, only the ones that need no weights from elsewhere are shown.
        self._looked = len(specs) < FILTER_FROM
        self._show_rows()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def ticked(self) -> tuple[str, ...]:
        """Names of the encoders that are ticked, in the order of the list."""
        return tuple(name for name, row in self.rows.items() if row.box.isChecked())

    def tick(self, names: Iterable[str]) -> None:
        """Tick exactly these, as far as they are ready."""
        wanted = set(names)
        for name, row in self.rows.items():
            row.box.setChecked(name in wanted and row.box.isEnabled())

    def set_readiness(self, states: Mapping[str, Readiness]) -> None:
        """Show the state of each encoder."""
        self._looked = True
        for name, readiness in states.items():
            row = self.rows.get(name)
            if row is None:
                continue
            row.set_readiness(readiness)
            if readiness.ready == (name in self._missing):
                home = self._first if readiness.ready else self._rest
                home.addWidget(row)
                self._missing ^= {name}
        self._show_rows()

    def set_busy(self, busy: bool) -> None:
        """No ticking while an evaluation runs."""
        for row in self.rows.values():
            row.box.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, busy)
            row.box.setFocusPolicy(Qt.FocusPolicy.NoFocus if busy else Qt.FocusPolicy.StrongFocus)
        self.all_button.setDisabled(busy)
        self.none_button.setDisabled(busy)

    def recolor(self) -> None:
        """Follow the theme."""
        for row in self.rows.values():
            row.recolor()

    @Slot()
    def _tick_ready(self) -> None:
        self.tick(self.rows)

    @Slot()
    def _show_rows(self) -> None:
        words = self.filter.text().lower().split()
        ready = missing = 0
        for i, (name, row) in enumerate(self.rows.items()):
            spec = row.spec
            about = f"{name} {spec.title} {spec.licence} {spec.source}".lower()
            shown = all(word in about for word in words) and (self._looked or i < FILTER_FROM // 2)
            row.setVisible(shown)
            ready += shown and name not in self._missing
            missing += shown and name in self._missing
        self.nothing.setVisible(not ready and not missing)
        self.rest_fold.setVisible(bool(missing))
        self.rest_fold.button.setText(f"{missing} not ready: weights are missing")
        if words and missing and not ready:
            self.rest_fold.button.setChecked(True)


def _line(spec: EncoderSpec) -> str:
    parameters = f"{spec.params_m:g} M" if spec.params_m else "no weights"
    return f"{spec.tile.mpp:g} µm/px · {spec.dim} numbers · {parameters} · {spec.licence}"


def _facts(spec: EncoderSpec) -> str:
    return "\n".join(
        (
            f"{spec.title} ({spec.name})",
            f"Tile: {spec.tile.size_px} px at {spec.tile.mpp:g} µm/px",
            f"Embedding: {spec.dim} numbers, {spec.pooling}",
            f"Transform: {spec.transform}",
            f"Licence: {spec.licence}",
            f"Source: {spec.source}",
        )
    )
