"""Published tiles become a reference set in the terminal, which says what it took and supposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.reference.reference_set import load_reference
from tests.core.encoders.hub_stand_in import in_place_of_the_hub
from tests.published import write_metadata, write_pathorob, write_slide_vectors

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


def test_public_sets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reference", "download"]) == EXIT_DONE
    said = capsys.readouterr().out
    assert "pathorob-camelyon" in said
    assert "CC-BY-NC-SA-4.0" in said
    assert "It states no institution" in said


def test_a_public_set_is_fetched_and_becomes_a_reference_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = write_pathorob(tmp_path / "source", ROWS)
    command = ["reference", "download", "pathorob-camelyon"]
    with in_place_of_the_hub(monkeypatch, tmp_path, b"") as hub:
        for path in source.rglob("*.parquet"):
            hub.files[str(path.relative_to(source))] = path.read_bytes()
        assert run(command) == EXIT_INPUT  # nobody is there to be asked
        said = capsys.readouterr()
        assert "accept it with --accept-licence" in said.err
        assert "2 files, under 1 MB" in said.out
        assert run([*command, "--accept-licence"]) == EXIT_DONE
        said = capsys.readouterr()
        assert "32 tiles taken, 0 rows refused." in said.out
        assert "License: CC0-1.0 (https://huggingface.co/datasets/bifold" in said.out
        made = load_reference(tmp_path / "pathorob-camelyon.pgref")
        assert made.info.name == "PathoROB Camelyon"
        assert made.info.licence == "CC0-1.0"
        assert made.info.citation.startswith("Kömen et al.")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run([*command, "--overwrite", "--offline"]) == EXIT_INPUT
    assert "downloaded before lie in" in capsys.readouterr().err


def test_embeddings_alone_become_a_set_and_an_encoder_of_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path / "home"))
    write_slide_vectors(tmp_path / "titan", tmp_path / "labels.csv", 24)
    command = ["reference", "import", "titan", "labels.csv", "--out", "t.pgref"]
    assert run(command) == EXIT_DONE
    said = capsys.readouterr().out
    assert "24 tiles taken" in said
    assert "Its embeddings are the encoder titan-t:" in said
    assert run([*command, "--overwrite"]) == EXIT_DONE  # it takes the place of the earlier one
    assert "Its embeddings are the encoder titan-t:" in capsys.readouterr().out
    evaluate = ["evaluate", "--reference", "t.pgref", "--sweep", "none", "--no-maps"]
    assert run([*evaluate, "--encoder", "titan-t", "--out", "t.pgrun"]) == EXIT_DONE
    capsys.readouterr()
    assert run([*evaluate, "--encoder", "shell", "--out", "s.pgrun"]) == EXIT_INPUT
    assert "holds embeddings of titan and no pictures" in capsys.readouterr().err
    assert run(["encoders", "show", "titan"]) == EXIT_DONE
    assert "pathgui reference import FOLDER TABLE" in capsys.readouterr().out
