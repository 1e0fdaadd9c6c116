"""The documentation builds as a site that asks nothing of any network."""

from __future__ import annotations

import inspect
import json
import re
from html.parser import HTMLParser

import pytest

import pathgui
from tests.site_builder import ROOT, build_site

FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href")}


class _Fetched(HTMLParser):
    """Addresses that a browser asks for by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if (tag, name) in FETCHED]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build_site(tmp_path_factory.mktemp("site"))


def test_it_begins_with_the_readme_and_all_pages_are_in_it(site):
    assert "<h1" in (site / "index.html").read_text("utf-8")
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f": {page.name}\n" in menu, f"the menu in mkdocs.yml lacks {page.name}"
    for page in (ROOT / "docs").rglob("*.md"):
        place = page.relative_to(ROOT / "docs").with_suffix(".html")
        place = place.with_name("index.html") if place.stem == "README" else place
        assert (site / place).is_file()


def test_showing_a_page_asks_for_files_of_the_site_alone(site):
    for page in site.rglob("*.html"):
        parser = _Fetched()
        parser.feed(page.read_text("utf-8"))
        for address in parser.found:
            assert not re.match(r"(https?:)?//", address), f"{page.name} fetches {address}"
            if page.name != "404.html" and not address.startswith("data:"):
                there = page.parent / re.split("[?#]", address)[0]
                assert there.exists(), f"{page.name} lacks {address}"
    for style in site.rglob("*.css"):
        text = style.read_text("utf-8")
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", text), style.name


def test_the_search_finds_words_of_the_pages(site):
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    pages = {entry["location"].split("#")[0] for entry in index["docs"]}
    assert {"glossary.html", "measurements.html", "python.html"} <= pages
    assert any("reference set" in entry["text"] for entry in index["docs"])


def test_the_page_of_the_api_shows_every_public_name_with_its_docstring(site):
    text = (site / "api.html").read_text("utf-8")
    for name in set(pathgui.__all__) - {"__version__"}:
        assert f'id="pathgui.{name}"' in text, name
        assert inspect.getdoc(getattr(pathgui, name)).split("\n")[0].split("``")[0] in text, name


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120
