"""A description that pathgui writes is one that it reads; a faulty one leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.encoders.own_file import add_described, toml_of
from pathgui.core.errors import EncoderError
from tests.known import registry

FACTS = {
    "title": 'Lab "A"\\B',
    "dim": 8,
    "input_px": 32,
    "mpp": 0.5,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.2, 0.2, 0.2],
    "pooling": "average",
    "model": {"arch": "resnet18", "arguments": {"in_chans": 3}},
    "weights": {"file": "C:\\weights\\ü.pth"},
}


def test_names_with_quotes_backslashes_and_umlauts_come_back_as_they_were(tmp_path: Path) -> None:
    spec = add_described(registry, FACTS, "Lab A", tmp_path)
    assert (spec.name, spec.title) == ("lab-a", 'Lab "A"\\B')
    assert "ü.pth" in toml_of(FACTS)


def test_a_faulty_description_is_refused_and_no_file_stays(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="pooling"):
        add_described(registry, FACTS | {"pooling": "none"}, "Faulty", tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_faulty_file_of_the_same_name_is_not_written_over(tmp_path: Path) -> None:
    faulty = tmp_path / "lab.toml"
    faulty.write_text("nothing")
    spec = add_described(registry, FACTS, "Lab", tmp_path)
    assert faulty.read_text() == "nothing"
    assert spec.name == "lab-2"
