"""The report as a page of HTML."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from pathgui.core.report.render import document as parts
from pathgui.core.report.render.html import render_html
from pathgui.core.report.report import write_report
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


_EVIL = "<i>\"Q\"</i> & 'Co'"


def _filled(kind: Any) -> Any:
    """A value of a type of the document whose every text is one that must be escaped."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is str:
        return _EVIL
    if kind in (int, float):
        return 1
    if kind is bool:
        return False
    if origin is list:
        return [_filled(arguments[0])]
    if origin is tuple:
        return tuple(_filled(each) for each in arguments)
    hints = get_type_hints(kind)
    wanted = [field for field in fields(kind) if field.default is MISSING]
    names = {"file": "a.png", "overlay": "a.svg", "base": "a.jpg", "align": ["left"]}
    values = {f.name: names.get(f.name) or _filled(hints[f.name]) for f in wanted}
    return kind(**values)


@pytest.mark.parametrize("kind", get_args(parts.Block), ids=lambda kind: kind.__name__)
def test_each_kind_of_block_is_on_the_page_with_its_texts_escaped(kind: Any) -> None:
    cover = parts.Cover(_EVIL, _EVIL, _EVIL, _EVIL, "good", [(_EVIL, parts.Cell(_EVIL))], None, "")
    section = parts.Section("key", "Title", [_filled(kind)])
    files = dict.fromkeys(("a.png", "a.svg", "a.jpg"), b"picture")
    whole = parts.Document(
        _EVIL, _EVIL, _EVIL, _EVIL, 0, _EVIL, _EVIL, "a4", cover, [section], files
    )
    page = render_html(whole).decode()
    assert "<i>" not in page
    assert '"Q"' not in page
    content = page.partition("Title</h2>")[2].partition("</section>")[0].strip()
    assert bool(content) == (kind is not parts.PageBreak)
    parsed = _Balance()
    parsed.feed(page)
    assert parsed.wrong == parsed.open == []
