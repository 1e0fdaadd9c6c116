"""What a record keeps in English is shown in the reader's language; what no text made stays."""

from __future__ import annotations

import gettext
import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from pathgui.core.language.languages import ENGLISH, LANGUAGES, PSEUDO
from pathgui.core.language.retelling import retelling
from pathgui.core.language.texts import Texts, _Joined, in_english, texts_in

TEXTS = {
    "Not assessable: there is only one {center}.": "Nicht beurteilbar: Es gibt nur 1 {center}.",
    "center": "Zentrum",
    "Other": "Andere",
    "The index of {name} is {index:.3f}, {share} of {n:,} tiles.": (
        "{name}: Index {index:.3f}, {share} von {n:,} Kacheln."
    ),
    "{slides} left out: {why}.": "{slides} weggelassen: {why}.",
    "too few tiles": "zu wenige Kacheln",
    "{shown} and {n_more} more": "{shown} und {n_more} weitere",
    "Embedding {title}": "Einbetten: {title}",
    "[default: {}]": "[Vorgabe: {}]",
}
PAIRS = {("{n:,} slide", "{n:,} slides"): ("{n:,} Schnitt", "{n:,} Schnitte")}


@pytest.fixture(scope="module")
def german(tmp_path_factory) -> Texts:
    catalog = Catalog(locale="de")
    for source, translation in [*TEXTS.items(), *PAIRS.items()]:
        catalog.add(source, translation)
    path = tmp_path_factory.mktemp("catalogs") / "a.mo"
    with path.open("wb") as file:
        write_mo(file, catalog)
    return Texts(LANGUAGES["de"], _Joined([path]))


@pytest.mark.parametrize(
    ("english", "shown"),
    [
        ("Not assessable: there is only one center.", "Nicht beurteilbar: Es gibt nur 1 Zentrum."),
        ("Not assessable: there is only one scanner.", "Nicht beurteilbar: Es gibt nur 1 scanner."),
        ("The index of Other is 0.512, 31 % of 1,200 tiles.",
         "Other: Index 0,512, 31\xa0% von 1.200 Kacheln."),
        ("1 slide left out: too few tiles.", "1 Schnitt weggelassen: zu wenige Kacheln."),
        ("1,200 slides left out: Too few tiles; no disk.",
         "1.200 Schnitte weggelassen: Zu wenige Kacheln; no disk."),
        ("3 slides left out: a.svs, b.svs and 4 more. Embedding v1.5",
         "3 Schnitte weggelassen: a.svs, b.svs und 4 weitere. Einbetten: v1.5"),
        ("too few tiles", "zu wenige Kacheln"),
        ("a.svs: too few tiles", "a.svs: zu wenige Kacheln"),
        ("No such file or directory", "No such file or directory"),
        ("Tumor and Stroma", "Tumor and Stroma"),
        ("[default: 3]", "[default: 3]"),
        ("Die Befehle sind demo, center, check.", "Die Befehle sind demo, center, check."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_text_of_a_record_is_shown_in_the_readers_language(german, english, shown):
    assert retelling(german)(english) == shown


def test_english_is_shown_as_it_is_and_so_is_what_becomes_a_file(german):
    text = "Not assessable: there is only one center."
    assert retelling(Texts(ENGLISH))(text) == text
    with in_english():
        assert retelling(german)(text) == text


def test_a_catalog_that_was_not_read_from_files_retells_nothing():
    catalog, file = Catalog(locale="de"), io.BytesIO()
    catalog.add("Open", "Öffnen")
    write_mo(file, catalog)
    file.seek(0)
    assert retelling(Texts(LANGUAGES["de"], gettext.GNUTranslations(file)))("Open") == "Open"


@pytest.mark.parametrize("language", [LANGUAGES["de"], LANGUAGES["fr"], PSEUDO])
def test_reasons_of_runs_are_retold_whole(language):
    """Of each kind that records have: a constant, values, a number, a noun, a reason within one."""
    retold = retelling(texts_in(language))
    for text in (
        "Not assessable: no tile has a neighbor from another slide.",
        "Not defined: no tile has a neighbor from its own scanner.",
        "1,200 tiles left out: of tissues that only one center has (Tumor). They would bias the "
        "index.",
        "2 slides are labeled with more than one center, for example a.svs. One slide comes from "
        "one center; check the labels.",
        "The smallest tissue-center pair has only 3 slides. With fewer than 8, intervals are wide, "
        "and how wide is itself uncertain: take them for a rough guide.",
    ):
        shown = retold(text).casefold()
        english = {"the", "with", "only", "has", "left", "from", "slides", "tiles", "neighbor"}
        words = set(shown.replace("⟦", " ").replace("⟧", " ").replace(":", " ").split())
        if language == PSEUDO:
            assert shown.startswith("⟦"), text
            assert shown.endswith(("⟧", "⟧.")), text
        else:
            assert not words & english, shown
