"""What a widget shows, as an array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget


def shown(widget: QWidget) -> NDArray[np.uint8]:
    """RGB of a widget as it paints itself, (height, width, 3) device pixels."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    # The image's memory goes with the image, whoever still looks at it.
    return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
