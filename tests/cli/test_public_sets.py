"""Published tiles become a reference set in the terminal, which says what it took and supposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.reference.reference_set import load_reference
from tests.published import write_metadata, write_pathorob

ROWS = [
    {"subset": "ID", "slide_id": f"case_{n // 4}", "patch_id": str(n),
     "biological_class": ("TUMOR", "ADVENT")[n % 2], "medical_center": ("A", "B")[n // 8 % 2]}
    for n in range(32)
]  # fmt: skip


def test_a_set_is_imported_and_says_what_was_taken_and_supposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_pathorob(tmp_path / "Patho ROB", ROWS)
    table = write_metadata(tmp_path / "tolkach.csv", ROWS)
    out = tmp_path / "taken.pgref"
    command = ["reference", "import", str(folder), str(table), "--out", str(out)]
    assert run(command) == EXIT_DONE
    said = capsys.readouterr()
    assert "PathoROB: 32 tiles in 2 Parquet files." in said.err
    assert "0.5 µm per pixel is supposed" in said.err
    assert "32 tiles taken, 0 rows refused." in said.out
    assert load_reference(out).info.citation.startswith("Kömen et al.")
    assert run(command) == EXIT_INPUT  # it is there already
    assert "--overwrite" in capsys.readouterr().err
    assert run([*command, "--overwrite", "--max-tiles", "8", "--seed", "3"]) == EXIT_DONE
    assert len(load_reference(out)) == 8


def test_a_name_that_is_no_set_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["reference", "import", str(tmp_path), "--out", str(tmp_path / "x")]) == EXIT_INPUT
    assert "ends in .pgref" in capsys.readouterr().err
