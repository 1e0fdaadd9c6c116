"""Every number in the PDF comes from run.json."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.report.report import write_report
from pathgui.core.results.published import published
from tests.core.report.conftest import MakeRun
from tests.pdf_text import words_of


def flat(path: Path) -> str:
    return words_of(path)


def numbers_in(value: Any) -> set[float]:
    """Every number of a JSON value, those inside of texts included."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, (int, float)):
        return {float(value)}
    if isinstance(value, str):
        return {float(n) for n in re.findall(r"\d+(?:\.\d+)?", value) if len(n) < 16}
    items = value.values() if isinstance(value, dict) else value
    return set().union(*(numbers_in(item) for item in items)) if items else set()


@pytest.mark.parametrize("in_depth", [False, True], ids=["headline", "in depth"])
def test_every_decimal_of_the_pdf_is_a_rounded_number_of_the_record(
    make_run: MakeRun, tmp_path: Path, in_depth: bool
) -> None:
    folder = make_run(6, given_center=True, in_depth=in_depth)
    run = json.loads((folder / "run.json").read_text())
    before, cited, after = published_part(flat(write_report(folder, tmp_path / "r.pdf")))
    # Two decimals and more are measurements; texts of the report itself have at most one.
    axis = {"0.25", "0.50", "0.75"}
    assert_known(decimals(f"{before} {after}") - axis, numbers_in(run), "in no field of run.json")
    names = [encoder["encoder"]["name"] for encoder in run["encoders"]]
    others = {v for name in names for each in published(name) for v in each.values.values()}
    assert len(decimals(cited)) > 10
    assert_known(decimals(cited), others, "not among the published figures of these encoders")


def decimals(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.:/])\d+\.\d{2,5}(?![\d.])", text))


def assert_known(printed: set[str], known: set[float], what: str) -> None:
    for number in printed:
        digits = len(number.partition(".")[2])
        assert any(f"{abs(value):.{digits}f}" == number for value in known), f"{number} is {what}"


def published_part(text: str) -> tuple[str, str, str]:
    """What stands before, in, and after the part on published figures."""
    before, title, rest = text.partition("Published figures")
    assert title
    cited, sentence, after = rest.partition("The slide is cut into squares")
    assert sentence
    return before, cited, sentence + after


def test_every_headline_number_of_the_record_is_in_the_pdf(
    make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(6, given_center=True)
    run = json.loads((folder / "run.json").read_text())
    text = flat(write_report(folder, tmp_path / "r.pdf"))
    for encoder in run["encoders"]:
        reference = encoder["reference"]
        index, earlier = reference["robustness_index"], reference["robustness_index_2025"]
        for value in (index["value"], index["null"], earlier["value"], earlier["null"]):
            assert f"{value:.3f}" in text
        assert f"{index['low']:.3f} to {index['high']:.3f}" in text
        assert f"{index['support']:.0%}".replace("%", " %") in text
        for group in ("knn", "probe"):
            for what in ("tissue", "center"):
                assert f"{reference[group][f'{what}_balanced_accuracy']:.2f}" in text
        for kind in KINDS:
            count = reference["counts"][kind]
            assert f"{kind} {count:,}" in text
        for layer in ("tissue", "center"):
            for count in encoder["slide"][layer]["counts"]:
                assert f"{count:,}" in text
        for count in encoder["slide"]["counts"].values():
            assert f"{count:,}" in text
        assert f"{encoder['slide']['outside_threshold']:.3f}" in text
    for row in run["reference"]["tissue_by_center"]:
        for count in row:
            assert (f"{count:,}" if count else "none") in text
    assert f"{run['slide']['tiles_used']:,}" in text
    assert f"{run['slide']['tissue_area_mm2']:.2f} mm²" in text
