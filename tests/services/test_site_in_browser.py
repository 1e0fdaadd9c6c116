"""The documentation as its readers see it: in a browser, on a phone, on paper."""

from __future__ import annotations

import functools
import io
import re
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2
import pytest

from tests.services.chromium import Page
from tests.services.seen_page import (
    PHONE,
    SCREEN,
    SMALLEST,
    Seen,
    cut_off_on_paper,
    dead_links,
    from_elsewhere,
    look,
    printed,
)
from tests.site_builder import build_site

pytestmark = pytest.mark.service("Chromium (Debian: sudo apt install chromium)")

TEXT = ".md-content"  # of the page itself, without menu and header


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site: Path) -> list[str]:
    """Addresses of all pages; 404.html is for servers alone."""
    return [each.as_uri() for each in sorted(site.rglob("*.html")) if each.name != "404.html"]


@pytest.fixture(scope="module")
def wide(page: Page, pages: list[str]) -> dict[str, Seen]:
    """Each page on the screen of a desk, by address."""
    return {address: look(page, address, TEXT, SCREEN) for address in pages}


@pytest.fixture(scope="module")
def narrow(page: Page, pages: list[str]) -> dict[str, Seen]:
    """Each page on a phone."""
    return {address: look(page, address, TEXT, PHONE) for address in pages}


def test_no_page_complains_or_asks_for_anything_but_files_of_the_site(site, wide, narrow):
    assert len(wide) > 30
    for seen in (*wide.values(), *narrow.values()):
        assert seen.faults == []
        assert seen.broken == []
        assert len(seen.asked_for) > 3  # styles and scripts of the site
        assert from_elsewhere(seen, home=site.as_uri()) == []


def test_every_link_leads_to_a_page_and_to_a_place_in_it(wide):
    links = [link for seen in wide.values() for link in seen.links]
    assert sum("#" in link for link in links) > 200
    assert dead_links(wide) == []
    for link in links:
        assert link.startswith(("file:", "https:")), link


def test_each_page_can_be_read_on_a_desk_and_on_a_phone(wide, narrow):
    for seen in wide.values():
        assert (seen.width, seen.cut_off) == (SCREEN, [])
        assert seen.smallest >= SMALLEST
    for seen in narrow.values():
        assert (seen.width, seen.cut_off) == (PHONE, [])
        assert seen.smallest >= SMALLEST


def test_names_in_tables_are_not_broken_on_a_phone(page, site):
    page.resize(PHONE)
    page.open((site / "limits.html").as_uri())
    lines = page.script("""[...document.querySelectorAll("td code")]
        .filter(each => !/[\\s-]/.test(each.innerText))
        .map(each => [each.innerText, each.getClientRects().length])""")
    assert len(lines) > 20
    assert [name for name, count in lines if count > 1] == []


def test_a_picture_leads_to_itself_in_its_own_size(page, site):
    page.open((site / "gallery.html").as_uri())
    leads = page.script("""[...document.querySelectorAll(".md-content img")]
        .map(each => (each.closest("a") || {}).href || each.src + " leads nowhere")""")
    assert len(leads) > 20
    assert all(each.startswith(site.as_uri()) and each.endswith((".png", ".jpg")) for each in leads)


def test_on_paper_nothing_is_cut_off_and_addresses_are_printed(page, pages):
    for address in pages:
        page.media("screen")
        page.open(address)
        assert cut_off_on_paper(page, TEXT) == [], address
        words = page.script(f"document.querySelector({TEXT!r}).innerText")
        found = page.script(f"""[...document.querySelectorAll("{TEXT} a[href^=http]")]
            .map(each => each.href)""")
        text, outside = text_of(page.pdf())
        assert outside == 0, address
        lost = [word for word in set(words.split()) if printed(word) not in text]
        assert lost == [], address
        assert [link for link in found if printed(link) not in text] == [], address


def text_of(pdf: bytes) -> tuple[str, int]:
    """The text of a PDF without spaces; and how many letters lie outside its pages."""
    parts, outside = [], 0
    for sheet in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        text = sheet.get_textpage()
        parts.append(text.get_text_range())
        boxes = [text.get_charbox(i) for i in range(text.count_chars())]
        outside += sum(left < -1 or right > sheet.get_width() + 1 for left, _, right, _ in boxes)
    return printed("".join(parts)), outside


def test_the_search_finds_a_page_without_a_server(page, site):
    page.media("screen")
    page.resize(SCREEN)
    page.open((site / "index.html").as_uri())
    found = page.script("""new Promise(done => {
        const box = document.querySelector("[data-md-component=search-query]");
        box.focus();
        box.value = "shortcut sweep";
        for (const kind of ["input", "keyup"]) box.dispatchEvent(new Event(kind, {bubbles: true}));
        const began = Date.now();
        const wait = setInterval(() => {
            const links = [...document.querySelectorAll(".md-search-result__link")];
            if (!links.length && Date.now() - began < 20000) return;
            clearInterval(wait);
            done(links.map(each => each.href));
        }, 50);
    })""")
    assert any("measurements.html" in each for each in found)
    assert page.faults == []
    assert not [each for each in page.asked_for if re.match("https?:", each)]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_on_a_server_the_page_for_what_is_not_there_asks_that_server_alone(page, site):
    page.media("screen")
    handler = functools.partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            home = f"http://127.0.0.1:{server.server_port}/"
            for name in ("404.html", "index.html"):
                seen = look(page, home + name, "body", PHONE)
                assert (seen.width, seen.faults) == (PHONE, [])
                assert len(seen.asked_for) > 3
                assert from_elsewhere(seen, home=home) == []
        finally:
            server.shutdown()
