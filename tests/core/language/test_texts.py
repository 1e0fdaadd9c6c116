"""A text is looked up in the catalog of the language, and filled with values."""

from __future__ import annotations

import gettext
import io
import os
import subprocess
import sys

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from pathgui.core.language import texts
from pathgui.core.language.languages import ENGLISH, LANGUAGES, PSEUDO
from pathgui.core.language.texts import Texts, texts_in

TILES = "{n:,} tile of {slide}", "{n:,} tiles of {slide}"


@pytest.fixture
def german() -> Texts:
    catalog = Catalog(locale="de")
    catalog.add("Open", "Öffnen")
    catalog.add("{share:.2f} of {slide}", "{slide}: {share:.2f}")
    catalog.add(TILES, ("{n:,} Kachel von {slide}", "{n:,} Kacheln von {slide}"))
    file = io.BytesIO()
    write_mo(file, catalog)
    file.seek(0)
    return Texts(LANGUAGES["de"], gettext.GNUTranslations(file))


def test_english_is_what_str_format_makes():
    english = Texts(ENGLISH)
    assert english.say("{n:,} of {name!r}, {share:.1%}", n=1200, name="a", share=0.5) == (
        "1,200 of 'a', 50.0%"
    )
    assert english.say("Write {center} in braces.") == "Write {center} in braces."
    assert [english.counted(n, *TILES, slide="a") for n in (0, 1, 2)] == [
        "0 tiles of a", "1 tile of a", "2 tiles of a",
    ]  # fmt: skip


def test_a_translation_takes_the_values_where_it_wants_them(german):
    assert german.say("Open") == "Öffnen"
    assert german.say("{share:.2f} of {slide}", share=0.25, slide="a.svs") == "a.svs: 0,25"
    assert german.counted(1, *TILES, slide="a") == "1 Kachel von a"
    assert german.counted(1200, *TILES, slide="a") == "1.200 Kacheln von a"


def test_what_has_no_translation_stays_english_with_the_numbers_of_the_language(german):
    assert german.say("Pack {size:.1f} MB", size=1.5) == "Pack 1,5 MB"
    assert german.say("") == ""


def test_numbers_outside_of_sentences_follow_the_language(german):
    assert german.localized(0.25, ".2f") == "0,25"
    assert german.filled("{low:.1f} – {high:.1f}", low=0.5, high=1.5) == "0,5 – 1,5"


def test_the_pseudo_language_puts_every_text_in_brackets():
    pseudo = texts_in(PSEUDO)
    assert pseudo.say("Open {name}", name="a") == "⟦Open a⟧"
    assert pseudo.counted(2, *TILES, slide="a") == "⟦2 tiles of a⟧"


def test_the_first_catalog_that_has_a_text_answers(tmp_path):
    for name, texts_of_it in (("a", {"Open": "Öffnen"}), ("b", {"Save": "Sichern"})):
        catalog = Catalog(locale="de")
        for source, translation in texts_of_it.items():
            catalog.add(source, translation)
        with (tmp_path / f"{name}.mo").open("wb") as file:
            write_mo(file, catalog)
    joined = Texts(LANGUAGES["de"], texts._Joined(sorted(tmp_path.glob("*.mo"))))
    assert [joined.say(each) for each in ("Open", "Save", "Close")] == [
        "Öffnen", "Sichern", "Close",
    ]  # fmt: skip
    assert joined.counted(2, *TILES, slide="a") == "2 tiles of a"


def test_the_environment_chooses_the_language_of_a_process():
    code = "from pathgui.core.language.texts import say; print(say('Open {x:.1f}', x=0.5))"
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        env={**os.environ, "PATHGUI_LANGUAGE": "pseudo"}, capture_output=True, text=True,
        encoding="utf-8", check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == "⟦Open 0,5⟧"
