"""The look at a page finds what is wrong with it; else the tests of site and report say nothing."""

from __future__ import annotations

import pytest

from tests.services.seen_page import PHONE, cut_off_on_paper, dead_links, from_elsewhere, look

pytestmark = pytest.mark.service("Chromium (Debian: sudo apt install chromium)")

WRONG = """<!DOCTYPE html><meta name="viewport" content="width=device-width"><body>
<main>
<p style="white-space: nowrap">too wide for a phone, since nothing in it lets its one line break</p>
<div style="overflow: hidden; width: 90px"><span style="white-space: nowrap">cut off by its box
for good</span></div>
<div style="overflow: auto"><p style="width: 900px; text-align: right">on paper it is cut off</p>
</div>
<small style="font-size: 6px">too small</small>
<p hidden>not shown, so not cut off</p>
<a href="#nowhere">one</a> <a href="none.html">two</a> <a href="#here">three</a> <i id="here">i</i>
<img src="https://pathgui.invalid/picture.png">
<script>console.error("it complains"); fetch("https://pathgui.invalid/told").catch(() => 0)</script>
</main>"""

RIGHT = """<!DOCTYPE html><meta name="viewport" content="width=device-width"><body><main>
<div style="overflow: auto"><p style="width: 900px">it scrolls in its box</p></div>
</main>"""


def test_each_fault_is_found(page, tmp_path):
    file = tmp_path / "wrong.html"
    file.write_text(WRONG, "utf-8")
    seen = look(page, file.as_uri(), "main", PHONE)
    assert seen.width > PHONE
    assert [text[:8] for text in seen.cut_off] == ["too wide", "cut off "]
    assert seen.smallest == 6
    assert any("it complains" in fault for fault in seen.faults)
    assert sorted(from_elsewhere(seen, home=tmp_path.as_uri())) == [
        "https://pathgui.invalid/picture.png",
        "https://pathgui.invalid/told",
    ]
    assert [link.rpartition("/")[2] for link in dead_links({file.as_uri(): seen})] == [
        "wrong.html#nowhere",
        "none.html",
    ]
    assert "on paper it is cut off" in cut_off_on_paper(page, "main")


def test_a_page_without_faults_has_none(page, tmp_path):
    file = tmp_path / "right.html"
    file.write_text(RIGHT, "utf-8")
    seen = look(page, file.as_uri(), "main", PHONE)
    assert (seen.width, seen.cut_off, seen.faults) == (PHONE, [], [])
    assert from_elsewhere(seen, home=tmp_path.as_uri()) == []
