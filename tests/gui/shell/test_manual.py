"""The manual is searched, read and opened where help is wanted."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument

from pathgui.assets import docs_path
from pathgui.gui.criteria.criteria_dialog import CriteriaDialog
from pathgui.gui.shell.help_key import PAGES
from pathgui.gui.shell.manual import Manual
from pathgui.gui.shell.manual_pages import Page, find, read_manual, resolve, sections
from pathgui.gui.shell.start_page import DEMO, OWN, PUBLIC


@pytest.fixture(scope="module")
def pages():
    return read_manual()


def test_every_page_for_users_is_in_the_order_of_the_site(pages):
    names = [page.name for page in pages]
    assert names[:2] == ["install.md", "first-minutes.md"]
    assert len(names) == len(set(names)) > 30
    assert "architecture.md" not in names
    assert all(page.group and page.title for page in pages)


def test_every_link_of_a_page_leads_to_a_page_and_a_heading_or_to_the_network(pages):
    from pathgui.gui.results.summary_help import slug

    anchors = {page.name: {slug(head) for head, _ in sections(page.text)} for page in pages}
    for page in pages:
        for target in re.findall(r"(?<!!)\]\(([^)\s]+)\)", page.text):
            if target.startswith("http") or target.startswith("pictures/"):
                continue
            name, anchor = resolve(page.name, target)
            assert name in anchors, f"{page.name}: {target}"
            assert not anchor or anchor in anchors[name], f"{page.name}: {target}"


def test_a_search_needs_every_word_and_puts_headings_first():
    text = "# One\nÜber chance.\n## Chance value\nof the index\n## Other\nchance alone"
    page = Page("a.md", "A", "Start", text)
    hits = find([page], "VALUE chance")
    assert [hit.heading for hit in hits] == ["Chance value"]
    assert [hit.number for hit in find([page], "chance")] == [1, 0, 2]
    assert find([page], "uber")[0].snippet == "Über chance."
    assert find([page], "  ") == find([page], "chance zebra") == []


def test_what_stands_in_the_pages_is_found(pages):
    assert any(hit.page.name == "limits.md" for hit in find(pages, "acceptance limits"))
    for hit in find(pages, "chance value"):
        assert len(hit.snippet) < 100


def test_pictures_of_pages_are_there_and_fit(qtbot, pages):
    manual = Manual(None, "viewer.md")
    qtbot.addWidget(manual)
    manual.show()
    pictures = {name for page in pages for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.text)}
    assert pictures
    assert all(docs_path(name).is_file() for name in pictures)
    kind = QTextDocument.ResourceType.ImageResource.value
    shown = manual.text.loadResource(kind, QUrl(sorted(pictures)[0]))
    assert 100 < shown.width() <= manual.text.viewport().width()
    assert manual.text.loadResource(kind, QUrl("http://127.0.0.1/a.png")) is None

    # A link is followed, and the way back is there.
    manual._follow(QUrl("time.md#what-makes-it-faster"))
    assert manual.page == "time.md"
    qtbot.waitUntil(lambda: manual.text.verticalScrollBar().value() > 0)
    qtbot.keyClick(manual, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert manual.page == "viewer.md"

    # What is sought is listed, opened by Enter, and marked.
    qtbot.keyClicks(manual.search, "dry-run trial")
    qtbot.keyClick(manual.search, Qt.Key.Key_Return)
    assert manual.page == "time.md"
    assert manual.text.extraSelections()
    manual.search.setText("no such word anywhere")
    qtbot.waitUntil(lambda: manual.list.count() == 0)
    manual.search.clear()
    qtbot.waitUntil(lambda: manual.list.count() > 30)


def test_help_opens_where_it_is_wanted_and_first_steps_give_way_to_a_slide(
    qtbot, pages, window, slide_path, tmp_path
):
    names = {page.name for page in pages}
    assert set(PAGES.values()) <= names
    win = window()
    win.encoder_panel.rows["shell"].box.setFocus()
    win.help.open_where_focus_is()
    manual = win.findChild(Manual)
    assert manual.page == "encoders.md"
    assert win.help.open("limits.md") is manual
    manual.close()

    # In a dialog, too, which is in front of the window.
    win.criteria.edit()
    dialog = win.findChild(CriteriaDialog)
    dialog.activateWindow()
    qtbot.waitUntil(lambda: bool(dialog.property("has help key")))
    qtbot.keyClick(dialog, Qt.Key.Key_F1)
    assert dialog.findChild(Manual).page == "limits.md"

    dialog.close()

    # Where nothing is open stand three ways in; they go with the first slide.
    assert win.start.isVisible()
    assert not win.start.close_button.isVisible()
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    assert not win.start.isVisible()
    win.start.toggle()
    qtbot.keyClick(win.start.demo_button, Qt.Key.Key_Escape)
    assert not win.start.isVisible()
    win.recent.keep_open([slide_path, Path(tmp_path)])
    again = window()
    texts = [part.text() for part in again.start.offered]
    assert texts == ["Last slides", "Open the 2 slides of last time", slide_path.name]
    again.start.offered[2].click()
    qtbot.waitUntil(lambda: again.slides.path == slide_path)


def test_first_steps_say_the_times_of_the_page_about_time():
    page = docs_path("time.md").read_text(encoding="utf-8")
    seconds = re.search(r"\| `shell` \| \d+ \| (\d+ s) \|", page)[1]
    assert f"{seconds} for 1,000 tiles" in OWN
    assert f"{seconds} for 1,000" in PUBLIC
    assert "some 8,000 tiles" in page
    assert "three minutes" in page
    assert "three minutes" in DEMO
