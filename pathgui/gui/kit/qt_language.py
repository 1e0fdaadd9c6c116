"""Qt in the language of the program: its own buttons and menus, and the numbers of its fields."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from pathgui.core.language.languages import LANGUAGES, Language


def speak(app: QCoreApplication, language: Language) -> None:
    """Have Qt speak a language. Its catalogs come with PySide6; English needs none.

    Fields take ``0.5`` and ``0,5`` whatever the language; they show what it writes.
    """
    QLocale.setDefault(QLocale(language.spelling))
    if language not in LANGUAGES.values():
        return  # the pseudo language, which Qt does not speak
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(f"qtbase_{language.code}", folder):
        app.installTranslator(translator)
