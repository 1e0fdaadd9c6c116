"""True names of slides stay on the user's desk."""

from __future__ import annotations

import os
import stat

import pytest

from pathgui.core.runs.name_book import NameBook


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings" / "slide-names.json"


def test_a_name_that_is_remembered_is_found_by_another_program(file):
    NameBook(file).remember("slide-1.svs", "Müller 12.svs")
    assert NameBook(file).name_of("slide-1.svs") == "Müller 12.svs"


def test_a_name_that_nobody_noted_is_itself(file):
    assert NameBook(file).name_of("slide-1.svs") == "slide-1.svs"


def test_all_names_can_be_had_at_once(file):
    assert NameBook(file).known == {}
    NameBook(file).remember_all({"slide-1": "A", "slide-2": "B", "C": "C"})
    assert NameBook(file).known == {"slide-1": "A", "slide-2": "B"}


def test_a_slide_under_its_own_name_needs_no_note(file):
    NameBook(file).remember("a.svs", "a.svs")
    assert not file.exists()


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_its_owner_alone_can_read_it(file):
    NameBook(file).remember("slide-1.svs", "true.svs")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"a": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_book_knows_nothing_and_is_written_anew(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    book = NameBook(file)
    assert book.name_of("a") == "a"
    book.remember("a", "b")
    assert book.name_of("a") == "b"


def test_where_it_cannot_be_written_nothing_is_known_and_nothing_breaks(tmp_path):
    (tmp_path / "file").touch()
    book = NameBook(tmp_path / "file" / "names.json")
    book.remember("a", "b")
    assert book.name_of("a") == "a"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
