"""Reference sets in the terminal: what they hold, whatever their labels are."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.cli.summary import print_summary
from pathgui.core.imported.readers import read_file
from pathgui.core.reference.build import build_reference
from tests.material import make_reference
from tests.run_factory import make_evaluation

LABELS = ("tumor [grade 3]", "[/bold]stroma :cat:")


def rebuild(tmp_path: Path, renamed: dict[str, str]) -> Path:
    """A reference set whose labels have other names."""
    made = make_reference(tmp_path / "set")
    manifest = made.folder.parent / "manifest.csv"
    text = manifest.read_text(encoding="utf-8")
    for old, new in renamed.items():
        text = text.replace(f",{old},", f",{new},")
    manifest.write_text(text, encoding="utf-8")
    target = tmp_path / "renamed.pgref"
    assert run(["reference", "build", str(manifest), "--out", str(target)]) == EXIT_DONE
    return target


def test_labels_in_brackets_are_printed_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_reference(tmp_path / "known")
    centers, tissues = ["[red]North", "[/]South"], list(LABELS)
    renamed = dict(zip(made.centers, centers, strict=False))
    renamed |= dict(zip(made.tissues, tissues, strict=False))
    folder = rebuild(tmp_path, renamed)
    assert run(["reference", "show", str(folder)]) == EXIT_DONE
    said = capsys.readouterr().out
    for label in renamed.values():
        assert label in said
    print_summary(make_evaluation(2, tissues=tissues, centers=["[red]North", "[/]South"]))
    said = capsys.readouterr().out
    for label in (*tissues, *centers):
        assert label in said


def test_each_of_many_centers_is_a_row_with_its_name_and_its_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_reference(tmp_path / "set", slides=30, tiles=1)
    manifest = made.folder.parent / "manifest.csv"
    header, *lines = manifest.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):  # every slide of Lakeside is from a center of its own
        slide = line.split(",")[1]
        lines[number] = line.replace(",Lakeside,", f",Clinic_{slide},")
    manifest.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    build_reference(manifest, tmp_path / "many.pgref")
    assert run(["reference", "show", str(tmp_path / "many.pgref")]) == EXIT_DONE
    table, _, _ = capsys.readouterr().out.partition("\n- ")  # what it can measure follows
    for number in range(30):
        (row,) = (line for line in table.splitlines() if f"Clinic_Lakeside-{number} " in line)
        assert row.count("1 (1)") == 2


@pytest.mark.parametrize("suffix", [".h5", ".npz", ".parquet", ".h5ad"])
def test_embeddings_of_a_set_leave_as_a_file_that_is_measured_by_itself(tmp_path, capsys, suffix):
    reference = make_reference(tmp_path / "set")
    path = tmp_path / f"colors{suffix}"
    words = ["reference", "embeddings", str(reference.folder), "--encoder", "color-statistics"]
    words += ["--out", str(path), "--device", "cpu"]
    assert run(words) == EXIT_DONE
    assert f"{path}: 48 tiles" in capsys.readouterr().out
    assert run(words) == EXIT_INPUT
    assert "exists. Choose another name, or replace it with --overwrite" in (
        " ".join(capsys.readouterr().err.split())
    )
    assert run([*words, "--overwrite", "--pseudonymous"]) == EXIT_DONE
    found = read_file(path)
    assert found.tiles.tolist() == list(reference.sha256)
    assert run(["metrics", str(path), "--sweep", "none", "--k", "5"]) == EXIT_DONE


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--encoder", "color-statistics", "--out", "a.csv"), "a.csv does not"),
        (("--encoder", "no-such", "--out", "a.npz"), "no-such"),
        (("--encoder", "uni", "--out", "a.npz"), "UNI cannot run"),
        (("--encoder", "color-statistics", "--out", "folder.npz"), "is a folder"),
    ],
)
def test_embeddings_that_cannot_be_written_are_said_before_any_work(
    tmp_path, monkeypatch, capsys, words, why
):
    monkeypatch.chdir(tmp_path)
    reference = make_reference(tmp_path / "set").folder
    (tmp_path / "folder.npz").mkdir()
    assert run(["reference", "embeddings", str(reference), *words]) == EXIT_INPUT
    assert why in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.glob("a.*"))


def test_tiles_that_are_found_are_a_list_that_can_be_thrown_out(tmp_path, capsys):
    reference = make_reference(tmp_path / "set").folder
    assert run(["reference", "show", str(reference), "--find", "lakeside-0"]) == EXIT_DONE
    told = capsys.readouterr()
    assert "8 of 48 tiles" in told.err
    found = tmp_path / "found.csv"
    found.write_text(told.out, encoding="utf-8")
    out = tmp_path / "neu ü.pgref"
    words = ["reference", "edit", str(reference), "--out", str(out), "--drop", str(found)]
    assert run(words) == EXIT_DONE
    told = capsys.readouterr().out
    assert "From version 1: 8 tiles thrown out." in told
    assert "colors, version 2" in told
    assert run(words) == EXIT_INPUT
    assert run([*words[:4], str(tmp_path / "new"), "--drop", "0.png"]) == EXIT_INPUT
