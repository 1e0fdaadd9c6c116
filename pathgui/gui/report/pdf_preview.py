"""Pages of a document below each other, as they will be on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.kit.layouts import holder, in_column
from pathgui.gui.kit.theme import current

_MARGIN = 12


class Page(QWidget):
    """One page, as wide as there is room, with a thin edge."""

    def __init__(self, picture: NDArray[np.uint8], number: int, total: int) -> None:
        super().__init__()
        height, width = picture.shape[:2]
        image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixmap = QPixmap.fromImage(image)
        self._aspect = height / width
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setAccessibleName(say("Page {number} of {total}", number=number, total=total))
        self.setToolTip(say("Page {number} of {total}", number=number, total=total))

    def fit(self, width: int) -> None:
        """Be that wide, and as high as a page of that width is."""
        self.setFixedHeight(round(width * self._aspect))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self.rect(), self._pixmap)
        painter.setPen(QColor(current().border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class PagesView(QScrollArea):
    """Scrolls through pages; keeps its place when they are made anew."""

    page_changed = Signal(int)  # from 0

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[Page] = []
        self._layout = in_column(spacing=_MARGIN, margins=(_MARGIN,) * 4)
        self._layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._body = holder(self._layout)
        self.setWidget(self._body)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName(say("Pages of the report"))
        self.viewport().installEventFilter(self)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll)

    def show_pages(self, pictures: Sequence[NDArray[np.uint8]]) -> None:
        """Show these in the place of what there was, at the same page."""
        at = self.verticalScrollBar().value()
        for page in self.pages:
            self._layout.removeWidget(page)
            page.hide()
            page.deleteLater()
        self.pages = [Page(each, i, len(pictures)) for i, each in enumerate(pictures, 1)]
        for page in self.pages:
            self._layout.addWidget(page)
        self._fit()
        self._body.adjustSize()
        self.verticalScrollBar().setValue(at)
        self.page_changed.emit(self.page)

    @property
    def page(self) -> int:
        """The page that most of the view shows, from 0."""
        middle = self.verticalScrollBar().value() + self.viewport().height() / 2
        for number, page in enumerate(self.pages):
            if page.geometry().bottom() >= middle:
                return number
        return max(0, len(self.pages) - 1)

    def go_to(self, number: int) -> None:
        """Bring the top of a page into view."""
        if 0 <= number < len(self.pages):
            self.verticalScrollBar().setValue(self.pages[number].y() - _MARGIN)

    def sizeHint(self) -> QSize:
        return QSize(560, 640)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.viewport() and event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        width = self.viewport().width() - 2 * _MARGIN
        for page in self.pages:
            page.fit(width)

    def _on_scroll(self, value: int) -> None:
        self.page_changed.emit(self.page)
