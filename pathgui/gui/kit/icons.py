"""Icons drawn from ``resources/icons``, in the colors of the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from pathgui.assets import asset_path
from pathgui.gui.kit.theme import current


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return asset_path(f"icons/{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, color: QColor | str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon ``name`` of ``size`` logical pixels, its ``currentColor`` replaced."""
    text = _source(name).replace("currentColor", QColor(color).name())
    image = QImage(
        round(size * ratio), round(size * ratio), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(text.encode())).render(painter)
    painter.end()
    result = QPixmap.fromImage(image)
    result.setDevicePixelRatio(ratio)
    return result


class _Engine(QIconEngine):
    """Paints an SVG in the palette's colors of the moment, so icons follow the theme."""

    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name = name
        self._color = color

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        disabled = mode == QIcon.Mode.Disabled
        color = QColor(getattr(current(), "disabled" if disabled else self._color))
        text = _source(self._name).replace("currentColor", color.name())
        QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(rect))  # type: ignore[call-overload]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():  # of a button that is squeezed to nothing for a moment
            return QPixmap()
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, QRectF(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return result

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._color)


def icon(name: str, color: str = "text") -> QIcon:
    """The icon ``name`` in a color of the theme, whichever that is when it is painted."""
    return QIcon(_Engine(name, color))
