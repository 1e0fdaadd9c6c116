"""Qt speaks the language of the program."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from pathgui.core.language.languages import LANGUAGES, PSEUDO
from pathgui.gui.kit.qt_language import speak


@pytest.mark.parametrize(
    ("language", "cancel", "half"),
    [
        (LANGUAGES["de"], "Abbrechen", "0,5"),
        (LANGUAGES["fr"], "Annuler", "0,5"),
        (LANGUAGES["en"], "Cancel", "0.5"),
        (PSEUDO, "Cancel", "0.5"),
    ],
)
def test_buttons_of_qt_and_numbers_follow_the_language(qapp, language, cancel, half):
    before = QLocale()
    try:
        speak(qapp, language)
        assert QCoreApplication.translate("QPlatformTheme", "Cancel") == cancel
        assert QLocale().toString(0.5) == half
    finally:
        QLocale.setDefault(before)
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
            translator.setParent(None)
