"""A few of the damaged files of ``tests/fuzz/files``, which tries thousands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pathgui.core.encoders.own_encoders import own_encoders
from pathgui.core.errors import SettingsError
from pathgui.settings import load_settings
from tests.fuzz.files import READERS, damaged, outcome_of
from tests.known import add_imports

TRIED = 80


@pytest.mark.filterwarnings("ignore")  # of libraries, on what they read
@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(tmp_path: Path, reader: str) -> None:
    (tmp_path / READERS[reader].name).write_bytes(READERS[reader].make())
    READERS[reader].read(tmp_path / READERS[reader].name) if reader != "reference" else None
    outcomes = {number: outcome_of(reader, number, tmp_path) for number in range(TRIED)}
    faults = {n: told for n, told in outcomes.items() if told not in ("read", "refused")}
    assert not faults


def test_the_same_number_is_the_same_damage() -> None:
    for reader in ("csv", "geojson", "png"):
        copies = {damaged(reader, number) for number in range(20)}
        assert len(copies) > 15
        assert damaged(reader, 3) == damaged(reader, 3) != READERS[reader].make()


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


def test_bad_files_among_ones_own_encoders_are_told_and_the_good_one_is_there(
    tmp_path: Path,
) -> None:
    write(tmp_path / "good.toml", READERS["encoder"].make().decode())
    for name, text in DEEP.items():
        write(tmp_path / f"{name}.toml", text)
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "folder.toml").mkdir()
    specs, faults = own_encoders(tmp_path)
    assert [spec.name for spec in specs] == ["good"]
    assert len(faults) == len(DEEP) + 3
    for fault in faults:
        assert ".toml" in fault
        assert "\n" not in fault
        assert len(fault) < 600


@pytest.mark.parametrize("text", ["[" * 50_000, '{"k":' * 50_000, "9" * 10_000, "{", "\udce9"])
def test_json_without_end_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.json", text)
    with pytest.raises(SettingsError, match=r"a\.json"):
        load_settings(path)
    (fault,) = add_imports(tmp_path)
    assert "a.json is no import of embeddings" in fault


def test_a_pipe_among_the_imports_does_not_end_the_program(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    (fault,) = add_imports(tmp_path)
    assert "is a pipe, not a file" in fault
