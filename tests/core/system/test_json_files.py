"""JSON that users or other programs write is read, or refused in a sentence."""

from __future__ import annotations

import pytest

from pathgui.core.errors import SettingsError
from pathgui.core.system.json_files import MOST_LEVELS, read_json, require_shallow


def test_what_the_file_holds_is_handed_over_with_or_without_a_mark(tmp_path):
    for mark in (b"", b"\xef\xbb\xbf"):
        (tmp_path / "a.json").write_bytes(mark + '{"größe": [1, 2]}'.encode())
        assert read_json(tmp_path / "a.json", SettingsError) == {"größe": [1, 2]}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"a": 1} x', b"[" * 100_000, b"9" * 10_000]
)
def test_what_is_no_json_is_one_sentence_that_names_the_file(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(SettingsError, match=r"a\.json cannot be read: [^\n]+\.$"):
        read_json(tmp_path / "a.json", SettingsError)


def test_a_file_that_is_too_long_is_not_read(tmp_path):
    (tmp_path / "a.json").write_text(" " * 101 + "1")
    with pytest.raises(SettingsError, match="is longer than"):
        read_json(tmp_path / "a.json", SettingsError, most_bytes=100)


def test_nesting_is_bounded():
    value = 1
    for _ in range(MOST_LEVELS - 1):
        value = {"deeper": value}
    require_shallow(value)
    with pytest.raises(ValueError, match="nested deeper"):
        require_shallow([[value]])
