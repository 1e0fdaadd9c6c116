"""Links: files that stand for slides behind an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.archives.addresses import is_address
from pathgui.core.archives.links import is_slide_address, read_link, slide_path, write_link
from pathgui.core.archives.logins import logins
from pathgui.core.errors import ArchiveError

SLIDE = "https://host/dicom-web/studies/1.2/series/1.3"


def test_a_link_holds_the_address_and_no_login(tmp_path):
    given = SLIDE.replace("host", "reader:secret@host") + "?key=secret"
    path = write_link(given, tmp_path / "links", "HE/1 Ä?")
    assert path.name.startswith("HE-1-Ä-")
    assert path.suffix == ".pgslide"
    assert "secret" not in path.read_text(encoding="utf-8")
    assert read_link(path).url == SLIDE
    logins.forget("https://host/dicom-web")


def test_the_same_address_is_the_same_link_and_another_another(tmp_path):
    first = write_link(SLIDE, tmp_path)
    before = first.stat().st_mtime_ns
    assert write_link(f"{SLIDE}/", tmp_path) == first
    assert first.stat().st_mtime_ns == before
    assert write_link(f"{SLIDE}.4", tmp_path) != first


def test_a_path_stays_a_path_and_an_address_becomes_a_link(tmp_path):
    assert slide_path("C:/slides/a.svs", tmp_path) == Path("C:/slides/a.svs")
    assert read_link(slide_path(Path(SLIDE), tmp_path)).url == SLIDE
    assert list(tmp_path.iterdir()) == [slide_path(SLIDE, tmp_path)]


@pytest.mark.parametrize("text", ["file:///tmp/a%20b.svs", "file:/tmp/a%20b.svs"])
def test_an_address_of_a_file_is_its_path(text, tmp_path):
    assert slide_path(text, tmp_path) == Path("/tmp/a b.svs")


def test_a_whole_archive_is_an_address_but_of_no_slide(tmp_path):
    archive = "https://host/dicom-web"
    assert is_address(archive)
    assert not is_slide_address(archive)
    with pytest.raises(ArchiveError, match="does not name a slide"):
        slide_path(archive, tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": 3}', '{"url": "/etc/passwd"}', "{"])
def test_a_file_that_is_no_link_says_so_with_its_name(content, tmp_path):
    path = tmp_path / "a.pgslide"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"a\.pgslide"):
        read_link(path)
