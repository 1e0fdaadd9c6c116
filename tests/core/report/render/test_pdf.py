"""What kind of PDF the report is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from pathgui.core.language.languages import LANGUAGES
from pathgui.core.report.render.document import Panels
from pathgui.core.report.render.pdf import render_pdf
from pathgui.core.report.report import write_report
from pathgui.core.report.sections.options import ReportOptions
from tests.core.report.conftest import MakeRun
from tests.core.report.readers import report
from tests.pdf_text import pages_of, words_of


@pytest.fixture(scope="module")
def reader(make_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> pypdf.PdfReader:
    out = tmp_path_factory.mktemp("pdf") / "r.pdf"
    return pypdf.PdfReader(write_report(make_run(3, given_center=True, in_depth=True), out))


def test_it_says_that_it_is_tagged_pdf_a_3a_and_pdf_ua(reader: pypdf.PdfReader) -> None:
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert root["/OutputIntents"]


def test_every_font_is_embedded(reader: pypdf.PdfReader) -> None:
    seen = set()
    for page in reader.pages:
        for font in page["/Resources"].get_object().get("/Font", {}).values():
            kin = font.get_object()["/DescendantFonts"][0].get_object()
            description = kin["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(description), kin["/BaseFont"]
            seen.add(kin["/BaseFont"])
    assert len(seen) > 2


@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_paper_is_as_chosen(
    make_run: MakeRun, tmp_path: Path, paper: str, points: tuple[int, int]
) -> None:
    options = ReportOptions(paper=paper)  # type: ignore[arg-type]
    page = pypdf.PdfReader(write_report(make_run(1), tmp_path / "r.pdf", options=options)).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == points


def test_without_attached_files_it_is_pdf_a_2(make_run: MakeRun, tmp_path: Path) -> None:
    options = ReportOptions(attached=frozenset())
    path = write_report(make_run(1), tmp_path / "r.pdf", options=options)
    reader = pypdf.PdfReader(path)
    assert not reader.attachments
    assert b"<pdfaid:part>2</pdfaid:part>" in path.read_bytes()
    assert "No files are attached" in words_of(path)


def test_only_the_files_that_were_chosen_are_attached(make_run: MakeRun, tmp_path: Path) -> None:
    options = ReportOptions(attached=frozenset({"results.csv"}))
    path = write_report(make_run(1), tmp_path / "r.pdf", options=options)
    assert set(pypdf.PdfReader(path).attachments) == {"results.csv"}
    assert b"<pdfaid:part>3</pdfaid:part>" in path.read_bytes()


def test_pictures_of_a_slide_have_their_key_on_each_page_that_they_take(tmp_path: Path) -> None:
    document = report("one encoder")
    (section,) = (each for each in document.sections if each.key == "slide")
    panels = next(block for block in section.blocks if isinstance(block, Panels))
    many = [replace(panels.panels[0], title=f"Encoder-{i:02d}") for i in range(12)]
    pictures = replace(panels, panels=many, columns=2, aspect=1.2)
    short = replace(document, sections=[replace(section, blocks=[pictures])])
    out = tmp_path / "r.pdf"
    out.write_bytes(render_pdf(short, LANGUAGES["de"]))
    assert pypdf.PdfReader(out).trailer["/Root"]["/Lang"].startswith("de"), "it is hyphenated so"
    pages = pages_of(out)
    with_pictures = [text for text in pages if "Encoder-" in text and "Contents" not in text]
    assert len(with_pictures) > 1
    for entry in panels.legend:
        assert all(" ".join(entry.text.split()) in " ".join(t.split()) for t in with_pictures)
