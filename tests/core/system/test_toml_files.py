"""TOML is read or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.errors import CriteriaError
from pathgui.core.system.toml_files import read_toml

DEEP = {
    "nested array": "a = " + "[" * 5000,
    "nested table": "a" + ".a" * 5000 + " = 1",
    "long number": "dim = " + "9" * 10_000,
    "long": "# " + "x" * (2 << 20),
    "not UTF-8": "title = '\udce9'",
    "null": "\0" * 100,
}


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_toml_without_end_is_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(CriteriaError, match=r"a\.toml"):
        read_toml(write(tmp_path / "a.toml", text), CriteriaError)
