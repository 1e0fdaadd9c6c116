"""The program's icon in the forms that Windows and macOS want, from the one SVG."""

from __future__ import annotations

import os
from pathlib import Path

SIDES = (16, 24, 32, 48, 64, 128, 256)
LARGEST = 1024


def draw(folder: Path, svg: Path) -> tuple[Path, Path]:
    """Write ``pathgui.ico`` and ``pathgui.icns`` into ``folder`` and return them."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    assert application is not None
    drawn = QImage(LARGEST, LARGEST, QImage.Format.Format_RGBA8888)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(str(svg)).render(painter)
    painter.end()
    size = (LARGEST, LARGEST)
    image = Image.frombytes("RGBA", size, bytes(drawn.constBits()), "raw", "RGBA")
    folder.mkdir(parents=True, exist_ok=True)
    ico, icns = folder / "pathgui.ico", folder / "pathgui.icns"
    image.save(ico, sizes=[(side, side) for side in SIDES])
    image.save(icns)
    return ico, icns
