"""Shortcuts, shape and maps in the report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pathgui.core.measurement.measurable import measurable
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from pathgui.core.report.render import figures
from pathgui.core.report.report import write_report
from pathgui.core.results.charts import IndexBar, IndexCurve, ShortcutCurve
from pathgui.core.runs.record import PrecisionCheck
from pathgui.core.runs.run_files import save_evaluation
from tests.core.report.conftest import MakeRun
from tests.pdf_text import words_of
from tests.run_factory import make_evaluation, with_maps


def text_of(path: Path) -> str:
    return words_of(path)


def signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def test_every_new_number_of_the_record_is_in_the_pdf(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(3, given_center=True, in_depth=True)
    text = text_of(write_report(folder, tmp_path / "r.pdf"))
    for encoder in json.loads((folder / "run.json").read_text())["encoders"]:
        reference = encoder["reference"]
        sweep, geometry = reference["shortcut"], reference["geometry"]
        for domain in ("in_domain", "out_of_domain"):
            drop = sweep[domain]
            assert f"{signed(drop['apd'])} {signed(drop['low'])} to {signed(drop['high'])}" in text
        assert signed(sweep["in_domain"]["nipd"]) in text
        for split in (sweep["splits"][0], sweep["splits"][-1]):
            assert f"{split['in_domain']:.2f}" in text
        assert signed(geometry["clustering"]["value"]) in text
        assert f"± {geometry['clustering']['sd']:.3f}" in text
        for label in ("tissue", "center"):
            assert signed(geometry["silhouettes"][label]) in text
        for label in ("tissue", "center", "slide"):
            assert f"{geometry['variance'][label]['share']:.3f}" in text
        for name in ("ilisi_scaled", "kbet", "kbet_by_chance"):
            assert f"{geometry['mixing'][name]:.3f}" in text
        assert signed(geometry["slide_gap"]["gap"]) in text
        cases = reference["cases"]
        for what in ("tissue", "center"):
            share, chance = cases[f"same_{what}"][1], cases[f"{what}_by_chance"]
            assert f"{percent(share)} chance {percent(chance)}" in text
            assert f"{cases[f'{what}_probe']:.2f} chance" in text
        for each in reference["sensitivity"]["indices"]:
            assert f"{each['value']:.3f} support {percent(each['support'])}" in text
        for layer in ("tissue", "center"):
            found = encoder["slide"][layer]
            for low, high in zip(found["low"], found["high"], strict=True):
                assert f"{percent(low)} to {percent(high)}" in text


def percent(share: float) -> str:
    if 0 < share < 0.005:
        return "under 1 %"
    return f"{share:.0%}".replace("%", " %")


def test_what_was_not_asked_for_is_named_as_not_measured(make_run: MakeRun, tmp_path: Path) -> None:
    text = text_of(write_report(make_run(1), tmp_path / "r.pdf"))
    _, _, absent = text.partition("This run holds nothing on these:")
    for words in ("shortcuts", "the shape of the embedding", "embedding maps"):
        assert words in absent[:900].replace("- ", "")  # as it is hyphenated


def test_what_the_set_can_measure_is_printed_as_it_was_told_before(tmp_path: Path) -> None:
    evaluation = make_evaluation(1)
    labels = TileLabels(np.array(list("AB")), np.array(list("XX")), np.array(list("12")))
    found = measurable(labels)
    facts = replace(evaluation.run.reference, measurable=found)
    evaluation = replace(evaluation, run=replace(evaluation.run, reference=facts))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    text = text_of(write_report(tmp_path / "a.pgrun")).replace("- ", "")
    assert "What this set can measure" in text
    assert "All tiles are from one center" in text
    assert "Add slides of the same tissues from a second center." in text


def test_a_sweep_that_the_set_cannot_give_says_why(tmp_path: Path) -> None:
    evaluation = make_evaluation(1, in_depth=True)
    result = evaluation.run.encoders[0]
    why = NotAssessable("Not assessable: a cell has fewer than 3 slides.")
    result = replace(result, reference=replace(result.reference, shortcut=why))
    evaluation = replace(evaluation, run=replace(evaluation.run, encoders=[result]))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    text = text_of(write_report(tmp_path / "a.pgrun"))
    assert "Not assessable. A cell has fewer than 3 slides." in text


def test_each_map_is_there_twice_with_a_caution_and_words_for_it(tmp_path: Path) -> None:
    save_evaluation(with_maps(make_evaluation(2, in_depth=True)), tmp_path / "a.pgrun")
    first = write_report(tmp_path / "a.pgrun", tmp_path / "a.pdf").read_bytes()
    assert write_report(tmp_path / "a.pgrun", tmp_path / "b.pdf").read_bytes() == first
    text = text_of(tmp_path / "a.pdf")
    assert "Read with caution" in text
    assert text.count("Left colored by tissue, right by center") == 2
    assert "43 % are near it on the map" in text
    page = write_report(tmp_path / "a.pgrun", tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 2
    assert "Map of 900 reference tiles after Color statistics" in page


def test_a_lower_precision_is_printed_with_its_check(tmp_path: Path) -> None:
    evaluation = make_evaluation(1)
    result = evaluation.run.encoders[0]
    check = PrecisionCheck(64, 0.99871, 0.99964, 0.9951)
    facts = replace(result.encoder, precision="bf16", precision_check=check)
    run = replace(evaluation.run, encoders=[replace(result, encoder=facts)])
    save_evaluation(replace(evaluation, run=run), tmp_path / "a.pgrun")
    text = text_of(write_report(tmp_path / "a.pgrun"))
    assert "bf16 cosine with fp32 at least 0.9987, mean 0.9996, on 64 tiles" in text


@pytest.mark.parametrize("n", [1, 12])
def test_one_encoder_and_twelve_both_fit(make_run: MakeRun, tmp_path: Path, n: int) -> None:
    folder = make_run(n, given_center=True, in_depth=True)
    text = text_of(write_report(folder, tmp_path / "r.pdf"))
    for encoder in json.loads((folder / "run.json").read_text())["encoders"]:
        assert encoder["encoder"]["title"] in text


TITLES = ["EfficientNet-Lite0 (ImageNet)", "SHELL (histology)"]


def charts() -> list[str]:
    """The two charts over an axis, with marks on their frames."""
    index = [IndexCurve(title, [1, 5], [1.0, 0.9], 1, 0.4) for title in TITLES]
    sweep = [ShortcutCurve(title, [0, 1], [0.9, 0.8], [1.0, 0.7], 0.5) for title in TITLES]
    return [figures.curve_chart(index).decode(), figures.shortcut_chart(sweep).decode()]


def test_marks_on_the_frame_of_a_chart_are_whole() -> None:
    edge = figures.index_chart([IndexBar("SHELL", 1.0, 0.9, 1.0, 0.0)]).decode()
    for chart in (*charts(), edge):
        assert "<use" in chart
        assert not re.search(r"<g clip-path[^>]*>\s*<use", chart)


def test_each_encoder_has_a_mark_of_its_own_and_its_whole_title() -> None:
    for chart in charts():
        for title in TITLES:
            beside = re.search(rf"<!-- {re.escape(title)} -->|>{re.escape(title)}</text>", chart)
            assert beside, title
        shapes = set(re.findall(r'<use xlink:href="#(m\w+)"[^>]*stroke: #1f4e6b', chart))
        assert len(shapes) == len(TITLES)
