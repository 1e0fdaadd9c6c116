"""Names in scripts that the machine has no font for."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase

from pathgui.gui.kit import fonts


def test_east_asian_names_can_be_shown_on_every_machine(qapp, monkeypatch):
    seen = QFontDatabase.families
    with monkeypatch.context() as bare:
        bare.setattr(fonts.QFontDatabase, "families", staticmethod(lambda system: []))
        assert fonts.add_missing_fonts()
    for system in (
        QFontDatabase.WritingSystem.SimplifiedChinese,
        QFontDatabase.WritingSystem.Japanese,
        QFontDatabase.WritingSystem.Korean,
    ):
        assert seen(system)


def test_a_machine_that_has_fonts_keeps_its_own(qapp, monkeypatch):
    monkeypatch.setattr(fonts.QFontDatabase, "families", staticmethod(lambda system: ["Own"]))
    assert not fonts.add_missing_fonts()


def test_without_the_package_the_window_opens_all_the_same(qapp, monkeypatch):
    monkeypatch.setattr(fonts, "east_asian_file", lambda: None)
    assert not fonts.add_missing_fonts()
