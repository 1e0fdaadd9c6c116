"""Numbers are written as a language writes them, and nothing else is touched."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from pathgui.core.language.languages import LANGUAGES, language_of

WRITTEN = [
    (1234.5, ",.1f", "1,234.5", "1.234,5", "1\u202f234,5"),
    (1234567, ",", "1,234,567", "1.234.567", "1\u202f234\u202f567"),
    (-0.25, "+.2f", "-0.25", "-0,25", "-0,25"),
    (0.5, "", "0.5", "0,5", "0,5"),
    (0.123, ".1%", "12.3%", "12,3\xa0%", "12,3\u202f%"),
    (2026, "", "2026", "2026", "2026"),
    (1.5e-7, ".1e", "1.5e-07", "1,5e-07", "1,5e-07"),
    (math.nan, ".2f", "nan", "nan", "nan"),
]


@pytest.mark.parametrize(("value", "spec", "english", "german", "french"), WRITTEN)
def test_a_number_has_the_marks_of_its_language(value, spec, english, german, french):
    for kind in (type(value), np.array(value).dtype.type):
        for code, text in (("en", english), ("de", german), ("fr", french)):
            assert LANGUAGES[code].number(kind(value), spec) == text


@pytest.mark.parametrize("value", ["v1.2,3", "a.svs", True, date(2026, 11, 30), None])
def test_what_is_no_number_is_written_alike_everywhere(value):
    assert {each.number(value) for each in LANGUAGES.values()} == {str(value)}


def test_an_unknown_language_is_english():
    assert [language_of(code).code for code in ("de", "FR_fr.UTF-8", "de-CH", "tlh", "")] == [
        "de", "fr", "de", "en", "en",
    ]  # fmt: skip
