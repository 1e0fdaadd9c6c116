"""Fonts of the program, for machines that have none for Chinese, Japanese or Korean names."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase

from pathgui.core.report.render.fonts import east_asian_file

_SYSTEMS = (
    QFontDatabase.WritingSystem.SimplifiedChinese,
    QFontDatabase.WritingSystem.Japanese,
    QFontDatabase.WritingSystem.Korean,
)


def add_missing_fonts() -> bool:
    """Let Qt fall back on the report's font where the machine lacks one; whether it was added."""
    path = east_asian_file()
    if path is None or all(QFontDatabase.families(each) for each in _SYSTEMS):
        return False
    return QFontDatabase.addApplicationFont(path) >= 0
