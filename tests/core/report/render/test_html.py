"""The report as a page of HTML."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from pathgui.core.report import write_report
from tests.core.report.conftest import MakeRun

_VOID = {"meta", "img", "br", "rect", "path"}


class _Balance(HTMLParser):
    """Collects what is wrong with the nesting, and every address."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.addresses: list[str] = []
        self.unnamed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.addresses += [v for k, v in attrs if k in ("src", "href") and v]
        self.unnamed += tag == "img" and not known.get("alt")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def page_of(folder: Path, tmp_path: Path) -> str:
    return write_report(folder, tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_needs_nothing_from_outside(
    make_run: MakeRun, tmp_path: Path
) -> None:
    page = page_of(make_run(3, given_center=True), tmp_path)
    parsed = _Balance()
    parsed.feed(page)
    assert parsed.wrong == []
    assert parsed.open == []
    assert parsed.unnamed == 0
    assert all(address.startswith(("data:", "#")) for address in parsed.addresses)
    assert re.findall(r"url\((?!data:)", page) == []


def test_the_page_bears_the_same_numbers_as_the_record(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(2)
    page = page_of(folder, tmp_path)
    for encoder in json.loads((folder / "run.json").read_text())["encoders"]:
        index = encoder["reference"]["robustness_index"]
        assert f">{index['value']:.3f}<" in page
        assert f"{index['low']:.3f} to {index['high']:.3f}" in page


def test_what_a_name_contains_is_never_markup(make_run: MakeRun, tmp_path: Path) -> None:
    page = page_of(make_run(1, centers=["<b>Clinic & Sons</b>", "B", "C"]), tmp_path)
    assert "<b>Clinic" not in page
    assert "&lt;b&gt;Clinic &amp; Sons" in page


def test_the_slides_picture_is_in_the_page_once_for_all_panels(
    make_run: MakeRun, tmp_path: Path
) -> None:
    page = page_of(make_run(6, given_center=True), tmp_path)
    assert page.count("data:image/jpeg") == 2  # on the cover, and under the overlays


def test_the_version_of_the_program_is_in_the_environment_once(
    make_run: MakeRun, tmp_path: Path
) -> None:
    folder = make_run(1)
    record = json.loads((folder / "run.json").read_text())
    record["environment"]["pathgui"] = record["pathgui"]  # as runs have it
    (folder / "run.json").write_text(json.dumps(record))
    assert page_of(folder, tmp_path).count("<dt>pathgui</dt>") == 1
