"""Paper, archive standard, options, fonts: the report as a document."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
import pytest

from pathgui.core.progress import Cancelled
from pathgui.core.report.render import fonts
from pathgui.core.report.render.pages import render_pages
from pathgui.core.report.report import render_report, write_report
from pathgui.core.report.sections.options import SECTIONS, ReportOptions
from tests.core.report.conftest import MakeRun
from tests.run_factory import LONG_CENTERS


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


def test_every_figure_has_words_that_stand_for_it(reader: pypdf.PdfReader) -> None:
    figures = []

    def walk(node: pypdf.generic.PdfObject) -> None:
        node = node.get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            for kid in node:
                walk(kid)
        elif isinstance(node, pypdf.generic.DictionaryObject):
            if node.get("/S") == "/Figure":
                figures.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    assert len(figures) > 5
    assert all(figure.get("/Alt") or figure.get("/ActualText") for figure in figures)


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


@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_paper_is_as_chosen(
    make_run: MakeRun, tmp_path: Path, paper: str, points: tuple[int, int]
) -> None:
    options = ReportOptions(paper=paper)  # type: ignore[arg-type]
    page = pypdf.PdfReader(write_report(make_run(1), tmp_path / "r.pdf", options=options)).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == points


def test_a_section_left_out_leaves_a_line_that_says_so(make_run: MakeRun, tmp_path: Path) -> None:
    options = ReportOptions(left_out=frozenset({"checklist"}))
    path = write_report(make_run(1), tmp_path / "r.pdf", options=options)
    text = " ".join(" ".join(p.extract_text() for p in pypdf.PdfReader(path).pages).split())
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
    text = " ".join(page.extract_text() for page in typed.pages)
    assert "A. Žižková" in text
    assert "May scanner B join?" in text
    assert typed.metadata is not None
    assert plain.metadata is not None
    assert typed.metadata.title != plain.metadata.title


def test_forty_centers_with_long_names_of_many_scripts_are_all_there(
    make_run: MakeRun, tmp_path: Path
) -> None:
    path = write_report(make_run(2, centers=LONG_CENTERS), tmp_path / "r.pdf")
    text = "".join("".join(p.extract_text() for p in pypdf.PdfReader(path).pages).split())
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
    whole = "".join("".join(p.extract_text() for p in pypdf.PdfReader(path).pages).split())
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


def test_letters_that_no_font_has_stand_as_code_points() -> None:
    missing = frozenset("中文")
    assert fonts.spelled_out("Clinic 中文 A", missing) == "Clinic ‹U+4E2D 6587› A"


def test_accents_greek_and_cyrillic_need_no_font_of_the_machine() -> None:
    faces = fonts.choose(["Žižková, Gdańsk, Þingvellir, Αθήνα, Київ, µm² ≤ ½ × – ’"])
    assert faces.missing == frozenset()
    assert faces.families == (fonts.TEXT, fonts.SYMBOLS)


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no font at all."""
    monkeypatch.setattr(fonts, "_system_fonts", lambda: ())


WORLD = (
    "がん研究会 病理部", "中国医学科学院", "서울대학교병원 병리과", "Γενικό Νοσοκομείο",
    "Київський центр", "مستشفى الجامعة", "המרכז הרפואי", "Þjóðarsjúkrahús",
)  # fmt: skip


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
def test_names_of_the_world_are_in_text_and_charts_and_embedded(
    make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(2, centers=list(WORLD), in_depth=True)
    record = json.loads((folder / "run.json").read_text())
    record["encoders"][0]["encoder"]["title"] = "自社エンコーダ"
    (folder / "run.json").write_text(json.dumps(record))
    options = ReportOptions(operator="김민준", site="東京")
    path = write_report(folder, tmp_path / "r.pdf", options=options)
    assert path.read_bytes() == render_report(folder, options)  # again, the same bytes
    reader = pypdf.PdfReader(path)
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    for name in (*WORLD[:5], WORLD[-1], "김민준", "東京"):
        assert name in text
    assert "U+" not in text
    summary = reader.pages[2].extract_text()
    assert summary.count("自社エンコーダ") >= 3  # sentence, chart and table
    for page in reader.pages:
        for font in page["/Resources"].get_object().get("/Font", {}).values():
            kin = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(kin["/FontDescriptor"].get_object())


@pytest.mark.usefixtures("bare_machine")
def test_without_the_package_of_the_font_letters_stand_as_code_points(
    make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "east_asian_file", lambda: None)
    path = write_report(make_run(1, centers=["서울", "B", "C"]), tmp_path / "r.pdf")
    text = " ".join(" ".join(p.extract_text() for p in pypdf.PdfReader(path).pages).split())
    assert "‹U+C11C C6B8›" in text
    assert "stand as code points" in text


def test_the_summary_of_twelve_encoders_is_one_page(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(12, centers=LONG_CENTERS, given_center=True, in_depth=True)
    record = json.loads((folder / "run.json").read_text())
    for number, title in ((0, "자체 인코더 v2"), (1, "当院のファインチューニング 模型")):
        record["encoders"][number]["encoder"]["title"] = title
    (folder / "run.json").write_text(json.dumps(record))
    for paper in ("a4", "letter"):
        options = ReportOptions(paper=paper)  # type: ignore[arg-type]
        path = write_report(folder, tmp_path / "r.pdf", options=options)
        pages = [page.extract_text() for page in pypdf.PdfReader(path).pages[1:4]]
        assert "Contents" in pages[0][:200]
        assert "How to read this report" in pages[0]
        assert "What to look at first" in pages[1]
        assert "3." in pages[1].split("What to look at first")[1]
        assert "Intended use and question" in pages[2][:200]


def test_a_name_with_a_letter_of_no_font_still_gives_a_report_that_says_so(
    make_run: MakeRun, tmp_path: Path
) -> None:
    private_use = "\ue123"
    folder = make_run(1, centers=[f"Clinic {private_use}", "B", "C"])
    path = write_report(folder, tmp_path / "r.pdf")
    text = " ".join(" ".join(p.extract_text() for p in pypdf.PdfReader(path).pages).split())
    assert "Clinic ‹U+E123›" in text
    assert "stand as code points" in text


def test_the_glossary_begins_below_its_heading_and_the_references_end_it(
    make_run: MakeRun, tmp_path: Path
) -> None:
    for n_encoders in (2, 3):  # it would lie at the foot of a page
        folder = make_run(n_encoders, given_center=True, in_depth=True)
        path = write_report(folder, tmp_path / "r.pdf")
        pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
        first = next(text for text in pages[2:] if "Glossary and references" in text)
        assert "Adjusted index" in first, n_encoders
        after = "".join(pages[pages.index(first) :])
        assert after.index("Adjusted index") < after.index("Worst tenth") < after.index("Kömen J")


def test_without_attached_files_it_is_pdf_a_2(make_run: MakeRun, tmp_path: Path) -> None:
    options = ReportOptions(attached=frozenset())
    path = write_report(make_run(1), tmp_path / "r.pdf", options=options)
    reader = pypdf.PdfReader(path)
    assert not reader.attachments
    assert b"<pdfaid:part>2</pdfaid:part>" in path.read_bytes()
    text = " ".join(" ".join(p.extract_text() for p in reader.pages).split())
    assert "No files are attached" in text


def test_only_the_files_that_were_chosen_are_attached(make_run: MakeRun, tmp_path: Path) -> None:
    options = ReportOptions(attached=frozenset({"results.csv"}))
    path = write_report(make_run(1), tmp_path / "r.pdf", options=options)
    assert set(pypdf.PdfReader(path).attachments) == {"results.csv"}
    assert b"<pdfaid:part>3</pdfaid:part>" in path.read_bytes()


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
