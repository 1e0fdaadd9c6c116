"""Charts of the report, and the words that stand for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdf
import pytest

from pathgui.core.report.render import figures
from pathgui.core.report.report import render_report, write_report
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.results.charts import (
    CHANCE_DASHES,
    AccuracyPoint,
    IndexBar,
    IndexCurve,
    ShortcutCurve,
)
from tests.core.report.conftest import MakeRun
from tests.core.report.render.test_fonts import WORLD
from tests.pdf_text import pages_of, words_of


@pytest.fixture(scope="module")
def reader(make_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> pypdf.PdfReader:
    out = tmp_path_factory.mktemp("pdf") / "r.pdf"
    return pypdf.PdfReader(write_report(make_run(3, given_center=True, in_depth=True), out))


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
    text = words_of(path)
    for name in (*WORLD[:5], WORLD[-1], "김민준", "東京"):
        assert name in text
    assert "U+" not in text
    summary = pages_of(path)[3]
    assert summary.count("自社エンコーダ") >= 3  # sentence, chart and table
    for page in reader.pages:
        for font in page["/Resources"].get_object().get("/Font", {}).values():
            kin = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(kin["/FontDescriptor"].get_object())


BAR = IndexBar("SHELL", 0.9, 0.8, 1.0, 0.4)
CURVE = IndexCurve("SHELL", [1, 5], [1.0, 0.9], 1, 0.4)
DROP = ShortcutCurve("SHELL", [0, 1], [0.9, 0.8], [1.0, 0.7], 0.5)
READ = AccuracyPoint("SHELL", 0.9, 0.8, 0.25, 0.2)


@pytest.mark.parametrize(
    ("draw", "row"),
    [
        (figures.index_chart, BAR),
        (figures.accuracy_chart, READ),
        (figures.curve_chart, CURVE),
        (figures.shortcut_chart, DROP),
    ],
)
def test_chance_values_have_dashes_of_one_kind_and_nothing_else_of_one_encoder_has(
    draw: Callable[[Sequence[object]], bytes], row: object
) -> None:
    dashed = re.findall(
        r"stroke-dasharray: ([\d.]+),([\d.]+)[^\"]*stroke-width: ([\d.]+)", draw([row]).decode()
    )
    of_width = {(float(on) / float(width), float(off) / float(width)) for on, off, width in dashed}
    assert of_width
    assert all(each == pytest.approx(CHANCE_DASHES) for each in of_width)
