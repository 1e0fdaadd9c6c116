"""The tissue mask of a slide, as a tint over it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from pathgui.core.slides.tissue import TissueMask
from pathgui.gui.viewer.canvas.marks import level_0_to_px
from pathgui.gui.viewer.model.viewport import Viewport

_INSIDE = 0x48104C38  # premultiplied ARGB: a green that no stain of H&E has
_EDGE = 0xFF00E0A0
_LONGEST_PX = 2048  # of the picture; a mask has up to 4096


class TissueTint:
    """Paints where there is tissue, with a line around it."""

    def __init__(self) -> None:
        self.mask: TissueMask | None = None
        self._image: QImage | None = None

    def show(self, mask: TissueMask | None) -> None:
        """Show another mask; None: nothing."""
        self.mask = mask
        self._image = None if mask is None else _picture(mask)

    def paint(self, painter: QPainter, view: Viewport, ratio: float) -> None:
        """Paint in logical pixels; ``ratio``: device pixels per logical one."""
        if self.mask is None or self._image is None:
            return
        height, width = self.mask.mask.shape
        across, down = self.mask.downsample
        painter.save()
        painter.setTransform(level_0_to_px(view, ratio), True)
        painter.drawImage(QRectF(0, 0, width * across, height * down), self._image)
        painter.restore()


def _picture(mask: TissueMask) -> QImage:
    step = -(-max(mask.mask.shape) // _LONGEST_PX)
    tissue = mask.mask[::step, ::step]
    padded = np.pad(tissue, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    pixels = np.where(tissue, np.where(inner, _INSIDE, _EDGE), 0).astype(np.uint32)
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width, form).copy()
