"""A card beside the cursor: the tile, and what every encoder says of it."""

from __future__ import annotations

import html
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pathgui.gui.viewer.canvas.loader import SlidePixels
from pathgui.gui.viewer.canvas.painting import Cache, paint_slide
from pathgui.gui.viewer.model.viewport import Rect, Viewport

_TILE_PX = 112
_STYLE = """
QFrame#card { background: rgba(20, 20, 20, 225); border: 1px solid #555; border-radius: 5px; }
QFrame#card QLabel { color: #f5f5f5; background: transparent; }
"""


@dataclass(frozen=True)
class CardRow:
    """One encoder's answer: cells of text, each with the color of its swatch or None."""

    title: str
    answers: tuple[tuple[str, tuple[int, int, int] | None], ...]


@dataclass(frozen=True)
class Card:
    """What a card says."""

    title: str
    rows: tuple[CardRow, ...] = ()
    note: str = ""


_NO_LIMIT = 16_777_215  # QWIDGETSIZE_MAX
_NARROWEST = 160


class HoverCard(QFrame):
    """Never takes the mouse; stays within the view."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setStyleSheet(_STYLE)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture = QLabel(self)
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.strip_title = QLabel(self)
        self.strip_title.setTextFormat(Qt.TextFormat.PlainText)
        self.strip = QLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        row = QHBoxLayout()
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        column.addWidget(self.strip_title)
        column.addWidget(self.strip)
        self._beside = QPoint()
        self.hide()

    def show_card(self, card: Card, picture: QPixmap, beside: QPoint) -> None:
        """Say this, beside a point of the parent."""
        self.picture.setPixmap(picture)
        self.text.setText(card_html(card))
        self.strip_title.hide()
        self.strip.hide()
        self._beside = beside
        self._place()
        self.show()
        self.raise_()

    def show_strip(self, title: str, strip: QPixmap) -> None:
        """Add a row of pictures to what is said."""
        self.strip_title.setText(title)
        self.strip.setPixmap(strip)
        self.strip_title.show()
        self.strip.show()
        self._place()

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.text.setWordWrap(False)
        self.text.setMinimumWidth(0)
        self.text.setMaximumWidth(_NO_LIMIT)
        self._fit()
        if (beyond := self.width() - (parent.width() - 8)) > 0:
            self.text.setFixedWidth(max(self.text.sizeHint().width() - beyond, _NARROWEST))
            self.text.setWordWrap(True)
            self._fit()
        x, y = self._beside.x() + 18, self._beside.y() + 18
        if x + self.width() > parent.width():
            x = self._beside.x() - 18 - self.width()
        if y + self.height() > parent.height():
            y = self._beside.y() - 18 - self.height()
        self.move(max(4, x), max(4, y))

    def _fit(self) -> None:
        layout = self.layout()
        assert layout is not None
        layout.invalidate()  # else it sizes itself by what was there before
        layout.activate()
        self.adjustSize()


def card_html(card: Card) -> str:
    """The card's text; names from files are shown as they are, never as markup."""
    parts = [f"<b>{html.escape(card.title)}</b>"]
    if card.rows:
        parts.append('<table cellspacing="0" cellpadding="2">')
        for row in card.rows:
            cells = "".join(
                f"<td>{_swatch(color)}{html.escape(text)}&nbsp;&nbsp;</td>"
                for text, color in row.answers
            )
            parts.append(f"<tr><td>{html.escape(row.title)}&nbsp;&nbsp;</td>{cells}</tr>")
        parts.append("</table>")
    if card.note:
        parts.append(f"<i>{html.escape(card.note)}</i>")
    return "<br>".join(parts[:1]) + "".join(parts[1:])


def tile_picture(pixels: SlidePixels, cache: Cache, rect_l0: Rect, dpr: float) -> QPixmap:
    """The tile as far as it has been read, upright."""
    side = round(_TILE_PX * dpr)
    x0, y0, x1, y1 = rect_l0
    view = Viewport(((x0 + x1) / 2, (y0 + y1) / 2), side / max(x1 - x0, 1.0), (side, side))
    picture = QPixmap(side, side)
    painter = QPainter(picture)
    level = pixels.pyramid.at_rest(view.scale)
    paint_slide(painter, pixels, cache, view, level, QRect(0, 0, side, side), smooth=True)
    painter.end()
    picture.setDevicePixelRatio(dpr)
    return picture


def _swatch(color: tuple[int, int, int] | None) -> str:
    if color is None:
        return ""
    return '<span style="color: rgb({}, {}, {})">■</span>&nbsp;'.format(*color)
