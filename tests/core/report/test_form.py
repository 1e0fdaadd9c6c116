"""Paper, archive standard, options, fonts: the report as a document."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
import pytest

from pathgui.core.progress import Cancelled
from pathgui.core.report.render.pages import render_pages
from pathgui.core.report.report import write_report
from pathgui.core.report.sections.options import SECTIONS, ReportOptions
from tests.core.report.conftest import MakeRun
from tests.pdf_text import pages_of, words_of
from tests.run_factory import LONG_CENTERS


@pytest.fixture(scope="module")
def reader(make_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> pypdf.PdfReader:
    out = tmp_path_factory.mktemp("pdf") / "r.pdf"
    return pypdf.PdfReader(write_report(make_run(3, given_center=True, in_depth=True), out))


def test_bookmarks_name_every_section(reader: pypdf.PdfReader) -> None:
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    for _, title in SECTIONS:
        assert any(title in bookmark for bookmark in titles)


def test_numbers_environment_and_record_are_attached(reader: pypdf.PdfReader) -> None:
    assert set(reader.attachments) == {"environment.txt", "results.csv", "run.json"}
    run = json.loads(reader.attachments["run.json"][0])
    assert run["slide"]["file_name"] == run["slide"]["pseudonym"]
    header, *rows = reader.attachments["results.csv"][0].decode().splitlines()
    assert header.startswith("encoder,robustness_index.value")
    assert len(rows) == 3


def test_a_section_left_out_leaves_a_line_that_says_so(make_run: MakeRun, tmp_path: Path) -> None:
    options = ReportOptions(left_out=frozenset({"checklist"}))
    path = write_report(make_run(1), tmp_path / "r.pdf", options=options)
    text = words_of(path)
    assert "Checklist map" in text
    assert "This section was left out" in text
    assert "TRIPOD-Cluster, CLAIM" not in text


def test_limits_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="cannot be left out: limits"):
        ReportOptions(left_out=frozenset({"limits"}))


def test_what_the_user_typed_is_printed_and_changes_the_reports_id(
    make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(1)
    options = ReportOptions(operator="A. Žižková", question="May scanner B join?")
    plain = pypdf.PdfReader(write_report(folder, tmp_path / "a.pdf"))
    typed = pypdf.PdfReader(write_report(folder, tmp_path / "b.pdf", options=options))
    text = words_of(tmp_path / "b.pdf")
    assert "A. Žižková" in text
    assert "May scanner B join?" in text
    assert typed.metadata is not None
    assert plain.metadata is not None
    assert typed.metadata.title != plain.metadata.title


def test_forty_centers_with_long_names_of_many_scripts_are_all_there(
    make_run: MakeRun, tmp_path: Path
) -> None:
    path = write_report(make_run(2, centers=LONG_CENTERS), tmp_path / "r.pdf")
    text = "".join("".join(pages_of(path)).split())
    for number in range(1, 41):
        assert f"({number:02d})" in text
    assert "GdańskuZakład".lower() in text.replace(",", "").lower()
    assert "Þjóðarsjúkrahús" in text


BLANKLESS = [
    "TCGA_COAD_adenocarcinoma_mucinous_type_grade3",
    "gastrointestinal/stromal.tumor-wild_type_SDH",
    "Adenokarzinomzellverbandsinfiltrationszone",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" * 2,
    "smooth muscle",
    "lymphoid tissue",
    "normal_colon_mucosa_v2",
]


def test_long_names_without_blanks_run_neither_off_the_page_nor_over_numbers(
    make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(2, tissues=BLANKLESS, centers=BLANKLESS[:4], given_center=True, in_depth=True)
    record = json.loads((folder / "run.json").read_text())
    record["encoders"][0]["encoder"]["title"] = "encoder_finetuned_on_2026-11-01_with_stain.ckpt"
    record["encoders"][1]["encoder"]["title"] = "AnEncoderWithOneWordOfSeventyLetters" + "x" * 34
    (folder / "run.json").write_text(json.dumps(record))
    path = write_report(folder, tmp_path / "r.pdf")
    with pdfium.PdfDocument(path) as document:
        for number, page in enumerate(document, 1):
            for row in _rows(page):
                assert row[-1][1] <= page.get_width() - 50, f"page {number}"  # its margin is 54
                for (first, right, one), (left, _, other) in itertools.pairwise(row):
                    # Letters of a ligature share a box, and neighbors may be set closer.
                    assert left == first or left > right - min(5, 0.5 * (right - first)), (
                        f"page {number}: {one}{other}"
                    )
    whole = "".join("".join(pages_of(path)).split())
    assert record["reference"]["sha256"] in whole


def _rows(page: pdfium.PdfPage) -> list[list[tuple[float, float, str]]]:
    """Left and right of the characters of a page (points) with the same baseline, from left."""
    text = page.get_textpage()
    rows: dict[float, list[tuple[float, float, str]]] = {}
    for index in range(text.count_chars()):
        character = text.get_text_range(index, 1)
        if character.strip(" \r\n\t\u200b\u00ad"):
            left, bottom, right, _ = text.get_charbox(index, loose=True)
            rows.setdefault(round(bottom, 1), []).append((left, right, character))
    return [sorted(row) for row in rows.values()]


def test_the_glossary_begins_below_its_heading_and_the_references_end_it(
    make_run: MakeRun, tmp_path: Path
) -> None:
    for n_encoders in (2, 3):  # it would lie at the foot of a page
        folder = make_run(n_encoders, given_center=True, in_depth=True)
        path = write_report(folder, tmp_path / "r.pdf")
        pages = pages_of(path)
        first = next(text for text in pages[3:] if "Glossary and references" in text)
        assert "Adjusted index" in first, n_encoders
        after = "".join(pages[pages.index(first) :])
        assert after.index("Adjusted index") < after.index("Worst tenth") < after.index("Kömen J")
        last = pages[-1]  # which is signed: whole, and with the references where there is room
        assert "Prepared" in last
        assert "Next review" in last
        assert "Mitchell M" in last or len(pages[-2]) > 2000, n_encoders


def test_an_attachment_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no such attachment: weights"):
        ReportOptions(attached=frozenset({"weights"}))


def test_the_pages_can_be_looked_at_and_each_section_found(
    make_run: MakeRun, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_report(make_run(1), tmp_path / "r.pdf")
    pages = render_pages(path.read_bytes(), 120)
    assert len(pages.pictures) == len(pypdf.PdfReader(path).pages)
    assert {picture.shape[1] for picture in pages.pictures} == {120}
    red, green, blue = pages.pictures[0][40, 2]
    assert blue > green > red  # the strip on the cover, in the right order of colors
    names = [name for name, _ in pages.sections]
    for _, title in SECTIONS:
        assert any(title in name for name in names)
    assert [page for _, page in pages.sections] == sorted(page for _, page in pages.sections)
    assert caplog.records == []


def test_drawing_the_pages_can_be_stopped(make_run: MakeRun, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Cancelled

    path = write_report(make_run(1), tmp_path / "r.pdf")
    with pytest.raises(Cancelled):
        render_pages(path.read_bytes(), 60, stop)
