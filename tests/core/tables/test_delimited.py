"""Encoding and separator of a text file are found, not asked for."""

from __future__ import annotations

import pytest

from pathgui.core.tables.delimited import NoTable, decode, read_delimited

WANTED = [["slide_id", "center"], ["Präparat 1", "Köln"]]


@pytest.mark.parametrize(
    ("separator", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_the_separator_is_found_and_said(separator, word):
    text = "\n".join(separator.join(row) for row in WANTED)
    found = read_delimited(text.encode())
    assert (found.rows, found.separator, found.told) == (WANTED, separator, [word])


def test_a_plain_file_needs_no_remark():
    assert read_delimited("slide_id,center\nPräparat 1,Köln\n".encode()).told == []


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8-sig", ""), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"),
     ("utf-32", "UTF-32"), ("cp1252", "Windows-1252")],
)  # fmt: skip
def test_the_encoding_is_found_with_or_without_a_mark(encoding, name):
    text = "slide_id,center\nPräparat 1,Köln\n"
    assert decode(text.encode(encoding)) == (text, name)


def test_one_line_in_another_encoding_is_named_and_not_guessed_at():
    content = "a,b\nKöln,1\n".encode() + "Düren,2\n".encode("cp1252")
    with pytest.raises(NoTable, match="line 3 is not UTF-8"):
        decode(content)


def test_what_is_not_text_is_refused():
    with pytest.raises(NoTable, match="not text"):
        decode(b"\x89PNG\r\n\x1a\n" + b"\0" + b"x" * 100)


def test_excels_own_remark_on_the_separator_is_believed():
    found = read_delimited(b"sep=#\na#b\n1#2\n")
    assert (found.rows, found.told) == ([["a", "b"], ["1", "2"]], ['"#"'])


def test_a_quotation_mark_without_its_other_is_named_with_the_line():
    with pytest.raises(NoTable, match="line"):
        read_delimited(b'a,b\n"1,2\n3,4\n')
    with pytest.raises(NoTable, match='line 3: a quotation mark \\("\\) opens in this row'):
        read_delimited(b'a,b\n1,2\n"3,4\n5,6\n7,8\n')


def test_headings_decide_where_a_comma_is_also_a_decimal_mark():
    found = read_delimited(b"slide_id;mpp\nA;0,25\nB;0,5\n")
    assert found.rows[1:] == [["A", "0,25"], ["B", "0,5"]]
