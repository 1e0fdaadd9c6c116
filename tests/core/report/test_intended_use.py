"""The intended use in the report: what was set before the run, and what was typed later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.report.report import write_report
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.run_files import save_evaluation
from tests.pdf_text import words_of
from tests.run_factory import make_evaluation

USE = IntendedUse(
    use="pre-sorting of biopsies",
    stain="H&E & safran",
    out_of_scope=("frozen sections", "cytology"),
    who="A. Rossi",
    set_at="2026-11-20T08:15:00+01:00",
)
BEFORE = (
    "Set before the run by A. Rossi at 20 November 2026, 08:15 (UTC+01:00), and fixed when it "
    "began, 23 November 2026, 09:30 (UTC+01:00)."
)
TYPED = ReportOptions(intended_use="typed afterward")


@pytest.fixture(params=["pdf", "html"])
def printed(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    """The words of the report of a run with that intended use, as PDF and as page."""

    def make(use: IntendedUse | None, options: ReportOptions | None = None) -> str:
        evaluation = make_evaluation(1)
        if use is not None:
            use = replace(use, frozen_at=evaluation.run.started)
        folder = tmp_path / "a.pgrun"
        save_evaluation(replace(evaluation, run=replace(evaluation.run, intended_use=use)), folder)
        path = write_report(folder, tmp_path / f"r.{request.param}", options=options)
        if request.param == "html":
            return " ".join(path.read_text().replace("&amp;", "&").split())
        return words_of(path)

    return make


def test_what_was_set_before_the_run_is_printed_with_who_and_when(printed) -> None:  # type: ignore[no-untyped-def]
    text = printed(USE)
    assert BEFORE in text
    for words in ("pre-sorting of biopsies", "H&E & safran", "frozen sections; cytology"):
        assert words in text
    assert "Typed when the report was made" not in text


def test_what_is_typed_at_export_stands_beside_it_and_never_in_its_place(printed) -> None:  # type: ignore[no-untyped-def]
    text = printed(USE, TYPED)
    assert BEFORE in text
    assert text.index("pre-sorting of biopsies") < text.index("typed afterward")
    assert "Typed when the report was made" in text
    assert "beside what was set before the run, not in its place" in text


def test_without_one_what_is_typed_at_export_is_printed_as_such(printed) -> None:  # type: ignore[no-untyped-def]
    text = printed(None, TYPED)
    assert "No intended use was set before this run. The following was typed" in text
    assert "typed afterward" in text
    assert "Set before the run" not in text.replace("set before the run", "")


def test_without_either_it_says_so_and_leaves_it_to_the_laboratory(printed) -> None:  # type: ignore[no-untyped-def]
    text = printed(None)
    assert "No intended use was set before this run." in text
    # Six of the intended use; the others of the laboratory's file.
    assert text.count("to be filled in by the laboratory") == 6 + 7


def test_the_slides_name_is_not_printed_in_it_either(printed) -> None:  # type: ignore[no-untyped-def]
    name = make_evaluation(1).run.slide.file_name  # type: ignore[union-attr]
    assert name not in printed(replace(USE, question=f"May {name} be read?"))
