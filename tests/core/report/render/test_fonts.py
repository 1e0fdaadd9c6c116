"""Fonts of the report, for names in every script."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.report.render import fonts
from pathgui.core.report.report import write_report
from tests.core.report.conftest import MakeRun
from tests.pdf_text import words_of

WORLD = (
    "がん研究会 病理部", "中国医学科学院", "서울대학교병원 병리과", "Γενικό Νοσοκομείο",
    "Київський центр", "مستشفى الجامعة", "המרכז הרפואי", "Þjóðarsjúkrahús",
)  # fmt: skip


def test_letters_that_no_font_has_stand_as_code_points() -> None:
    missing = frozenset("中文")
    assert fonts.spelled_out("Clinic 中文 A", missing) == "Clinic ‹U+4E2D 6587› A"


def test_accents_greek_and_cyrillic_need_no_font_of_the_machine() -> None:
    faces = fonts.choose(["Žižková, Gdańsk, Þingvellir, Αθήνα, Київ, µm² ≤ ½ × – ’"])
    assert faces.missing == frozenset()
    assert faces.families == (fonts.TEXT, fonts.SYMBOLS)


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize("name", WORLD)
def test_names_of_the_world_need_no_font_of_the_machine(name: str) -> None:
    assert fonts.choose([name]).missing == frozenset()


@pytest.mark.parametrize(
    ("names", "face"),
    [
        (["北京", "上海", "서울"], "Noto Sans CJK SC"),
        (["がん研究会", "東京のがん", "北京"], "Noto Sans CJK JP"),
        (["서울", "부산", "東京のがん"], "Noto Sans CJK KR"),
    ],
)
def test_ideographs_have_the_forms_of_the_country_that_most_names_are_from(
    names: list[str], face: str
) -> None:
    assert fonts.choose(names).families[-1] == face


def test_a_font_that_no_name_needs_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_system_fonts", lambda: pytest.fail("it was"))
    assert fonts.choose(["Žižková", "서울"]).missing == frozenset()


@pytest.mark.usefixtures("bare_machine")
def test_without_the_package_of_the_font_letters_stand_as_code_points(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "east_asian_file", lambda: None)
    path = write_report(make_run(1, centers=["서울", "B", "C"]), tmp_path / "r.pdf")
    text = words_of(path)
    assert "‹U+C11C C6B8›" in text
    assert "stand as code points" in text


def test_a_name_with_a_letter_of_no_font_still_gives_a_report_that_says_so(
    make_run: MakeRun, tmp_path: Path
) -> None:
    private_use = "\ue123"
    folder = make_run(1, centers=[f"Clinic {private_use}", "B", "C"])
    path = write_report(folder, tmp_path / "r.pdf")
    text = words_of(path)
    assert "Clinic ‹U+E123›" in text
    assert "stand as code points" in text
