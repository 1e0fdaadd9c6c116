"""What a screen reader says of the slide: the tile that is looked at, and every answer to it.

The text is the accessible description of the view, and is announced when it changes. It speaks of
the tile under the cursor, or of the middle of the view where no cursor is on it, so that keys alone
(J, arrows, a bookmark) reach every tile.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from pathgui.core.language.texts import say
from pathgui.gui.viewer.canvas.layered_canvas import LayeredCanvas
from pathgui.gui.viewer.instruments.hand import Hand
from pathgui.gui.viewer.instruments.hover_card import Card, CardRow
from pathgui.gui.viewer.model.units import magnification_text

_RESTED_MS = 300  # nothing is said of what only passes


class Spoken(QObject):
    """Keeps the description of a view true, once it rests."""

    def __init__(
        self, canvas: LayeredCanvas, hand: Hand, card_of: Callable[[int], Card | None]
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._hand = hand
        self._card_of = card_of
        self._rested = QTimer(self, singleShot=True, interval=_RESTED_MS)
        self._rested.timeout.connect(self.refresh)
        canvas.view_changed.connect(self.look)
        canvas.layer_changed.connect(self.look)
        hand.tile_rested.connect(self.look)

    @Slot()
    def look(self, _: object = None) -> None:
        """Something is looked at; say so when it stays."""
        self._rested.start()

    @Slot()
    def refresh(self) -> None:
        """Describe what is looked at now."""
        text = self.text
        if text == self._canvas.accessibleDescription():
            return
        self._canvas.setAccessibleDescription(text)
        if QAccessible.isActive() and self._canvas.hasFocus():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._canvas, text))

    @property
    def text(self) -> str:
        """Slide, place, magnification, and what encoders say of the tile there."""
        canvas = self._canvas
        if canvas.slide is None:
            return say("No slide is open.")
        x, y = self._hand.place_l0
        power = magnification_text(canvas.mpp, canvas.viewport.scale)
        said = [
            say(
                "{path_name}, {power}, x {x:,.0f}, y {y:,.0f} pixels",
                path_name=canvas.slide.path.name,
                power=power,
                x=x,
                y=y,
            )
        ]
        row = canvas.row_at(x, y)
        card = self._card_of(row) if row >= 0 else None
        if card is not None:
            said += [card.title, *map(_row, card.rows), card.note]
        elif canvas.layer is not None and (value := canvas.layer.value_at(x, y)):
            said.append(f"{canvas.layer.title}: {value}")
        elif canvas.layer is not None:
            said.append(say("no tile here"))
        return ". ".join(filter(None, said)) + "."


def _row(row: CardRow) -> str:
    return f"{row.title}: {', '.join(text for text, _ in row.answers if text)}"
