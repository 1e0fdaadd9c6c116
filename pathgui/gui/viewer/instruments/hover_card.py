"""A card beside the cursor: the tile, and what every encoder says of it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from pathgui.core.errors import plural
from pathgui.gui.kit.layouts import in_column, in_row
from pathgui.gui.viewer.canvas.loader import SlidePixels
from pathgui.gui.viewer.canvas.painting import Cache, paint_slide
from pathgui.gui.viewer.model.viewport import Rect, Viewport

_TILE_PX = 112
_STYLE = """
QFrame#card { background: rgba(20, 20, 20, 225); border: 1px solid #555; border-radius: 5px; }
QFrame#card QLabel { color: #f5f5f5; background: transparent; }
"""


Answer = tuple[str, tuple[int, int, int] | None]  # text, and the color of its swatch or None


@dataclass(frozen=True)
class CardRow:
    """One encoder's answers. In the first row of a card, without a title, stand the headings."""

    title: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Card:
    """What a card says."""

    title: str
    rows: tuple[CardRow, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class _Look:
    """How much of a card is shown."""

    rows: int  # encoders
    stacked: bool = False
    note: bool = True
    picture: bool = True
    strip: bool = True  # if there is one


_NO_LIMIT = 16_777_215  # QWIDGETSIZE_MAX
_EDGE = 4  # logical pixels between the card and the edge of the view
_GAP = 10  # between the card and its tile
_NARROWEST = 190
_LEAST_TEXT = 60
_MARGIN, _BESIDE = 8, 8  # of the card, and between its picture and the text


class HoverCard(QFrame):
    """Never takes the mouse; stays within the view, and beside its tile where there is room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setStyleSheet(_STYLE)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture = QLabel(self)
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.strip_title = QLabel(self)
        self.strip = QLabel(self)
        self.strip_key = QLabel(self)  # what the letters in the strip mean
        self.note = QLabel(self)
        self.note.setStyleSheet("font-style: italic;")
        for plain in (self.strip_title, self.strip_key, self.note):
            plain.setTextFormat(Qt.TextFormat.PlainText)
            plain.setWordWrap(True)
        self._strip = (self.strip_title, self.strip, self.strip_key)
        top = Qt.AlignmentFlag.AlignTop
        row = in_row((self.picture, top), (self.text, 1), spacing=_BESIDE)
        around = (_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self.setLayout(in_column(row, self.note, *self._strip, spacing=4, margins=around))
        self._pictures = QPixmap()  # of the strip; it shows as many as have room
        self._card = Card("")
        self._tile = QRect()
        self._beside = QPoint()
        self.hide()

    def show_card(
        self, card: Card, picture: QPixmap, beside: QPoint, tile: QRect | None = None
    ) -> None:
        """Say this of a ``tile`` of the view (logical pixels), beside it and the cursor."""
        self._card = card
        self._tile = QRect() if tile is None else tile
        self._beside = beside
        self.picture.setPixmap(picture)
        self._pictures = QPixmap()
        self._place()
        self.show()
        self.raise_()

    def show_strip(self, title: str, strip: QPixmap, key: str = "") -> None:
        """Add a row of pictures to what is said; ``key``: what is written in it, in words."""
        self.strip_title.setText(title)
        self._pictures = strip
        self.strip_key.setText(key)
        self._place()

    def _place(self) -> None:
        """Where the card covers neither tile nor cursor, as wide as there is room."""
        view = self._view()
        around = QRect(self._beside, QSize(1, 1)) | (self._tile & view)
        around = around.adjusted(-_GAP, -_GAP, _GAP, _GAP)
        rooms = (
            QRect(around.right(), view.top(), view.right() - around.right(), view.height()),
            QRect(view.left(), view.top(), around.left() - view.left(), view.height()),
            QRect(view.left(), around.bottom(), view.width(), view.bottom() - around.bottom()),
            QRect(view.left(), view.top(), view.width(), around.top() - view.top()),
        )
        for look in self._looks():
            self._show(look)
            for room in rooms:
                self._fit(room.width() if look.stacked else view.width())
                if room.width() >= self.width() and room.height() >= self.height():
                    self._move_into(room)
                    return
        # The tile fills the view, or the view is small: the side that has the most room.
        self._fit(view.width() // 2)
        self.resize(self.size().boundedTo(view.size()))
        right = self._beside.x() < view.center().x()
        x = view.right() - self.width() if right else view.left()
        self.move(max(view.left(), x), self._level(view))

    def _looks(self) -> Iterator[_Look]:
        """All that is known first; then less and less, until it has its place."""
        rows = max(0, len(self._card.rows) - 1)
        yield _Look(rows)
        yield _Look(rows, stacked=True)
        yield _Look(rows, stacked=True, note=False)
        for strip in (True, False) if not self._pictures.isNull() else (False,):
            for shown in range(rows, 0, -1):
                yield _Look(shown, stacked=True, note=False, picture=False, strip=strip)

    def _show(self, look: _Look) -> None:
        head, *rows = self._card.rows or (None,)
        kept = rows[: look.rows]
        card = Card(self._card.title, () if head is None else (head, *kept))
        said = card_html(card, stacked=look.stacked)
        if len(kept) < len(rows):
            others = plural(len(rows) - len(kept), "more encoder")
            said += f"<p style='margin: 4px 0'>and {others}</p>"
        self.text.setText(said)
        self.note.setText(self._card.note)
        self.note.setVisible(look.note and bool(self._card.note))
        self.picture.setVisible(look.picture)
        strip = look.strip and not self._pictures.isNull()
        for part in self._strip:
            part.setVisible(strip and (part is not self.strip_key or bool(part.text())))

    def _view(self) -> QRect:
        parent = self.parentWidget()
        assert parent is not None
        return parent.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)

    def _move_into(self, room: QRect) -> None:
        """As near to the cursor as the room allows."""
        x = min(max(room.left(), self._beside.x()), room.right() + 1 - self.width())
        self.move(x, min(max(room.top(), self._beside.y()), room.bottom() + 1 - self.height()))

    def _level(self, view: QRect) -> int:
        return max(view.top(), min(self._beside.y(), view.bottom() - self.height()))

    def _fit(self, width: int) -> None:
        """Take the size that the content needs, no wider than ``width`` and the view."""
        view = self._view()
        width = max(min(width, view.width()), min(_NARROWEST, view.width()))
        room = width - 2 * (_MARGIN + self.frameWidth())
        self._show_strip(room)
        if self.picture.isVisibleTo(self):
            room -= self.picture.sizeHint().width() + _BESIDE
        self.text.setWordWrap(False)
        self.text.setMinimumWidth(0)
        self.text.setMaximumWidth(_NO_LIMIT)
        if self.text.sizeHint().width() > room:
            self.text.setWordWrap(True)
            self.text.setFixedWidth(max(room, _LEAST_TEXT))
        self._settle()

    def _show_strip(self, room: int) -> None:
        """The first pictures of the strip, as far as the room goes."""
        pictures, ratio = self._pictures, self._pictures.devicePixelRatio()
        if pictures.width() > room * ratio:
            pictures = pictures.copy(0, 0, int(room * ratio), pictures.height())
        self.strip.setPixmap(pictures)

    def _settle(self) -> None:
        layout = self.layout()
        assert layout is not None
        layout.invalidate()  # else it sizes itself by what was there before
        layout.activate()
        self.adjustSize()


def card_html(card: Card, *, stacked: bool = False) -> str:
    """The card's text; names from files are shown as they are, never as markup.

    ``stacked``: the answers of an encoder below each other, each with its heading, not in a row.
    """
    parts = [f"<b>{html.escape(card.title)}</b>"]
    if card.rows and stacked:
        heads, rows = card.rows[0].answers, card.rows[1:]
        parts += [_block(row, heads) for row in rows]
    elif card.rows:
        parts.append('<table cellspacing="0" cellpadding="2">')
        for row in card.rows:
            cells = "".join(
                f"<td>{_swatch(color)}{html.escape(text)}&nbsp;&nbsp;</td>"
                for text, color in row.answers
            )
            parts.append(f"<tr><td>{html.escape(row.title)}&nbsp;&nbsp;</td>{cells}</tr>")
        parts.append("</table>")
    return "<br>".join(parts[:1]) + "".join(parts[1:])


def _block(row: CardRow, heads: tuple[Answer, ...]) -> str:
    lines = [f"<b>{html.escape(row.title)}</b>"]
    for place, (text, color) in enumerate(row.answers):
        head = f"{html.escape(heads[place][0])}: " if place < len(heads) else ""
        lines.append(f"{head}{_swatch(color)}{html.escape(text)}")
    return f"<p style='margin: 4px 0'>{'<br>'.join(lines)}</p>"


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
