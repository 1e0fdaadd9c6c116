"""Another column as the center, all the way in the terminal, on one vector a slide."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.runs.run_files import load_run

CENTER = re.compile(r".{0,40}(?<!--)\bcenters?\b.{0,40}", re.IGNORECASE)
MEASURED = ["--reference", "ours.pgref", "--encoder", "titan-ours", "--device", "cpu"]
MEASURED += ["--k", "3", "--sweep", "none", "--no-maps"]


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """A set of embeddings of 16 slides, each slide its own tile, where commands are typed."""
    monkeypatch.chdir(folder := tmp_path)
    rng, rows, values = np.random.default_rng(0), [], []
    for i in range(16):
        tissue, center = "TN"[i // 2 % 2], "AB"[i % 2]
        scanner, stain = ("GT450", "P1000")[i // 4 % 2], "H&E"
        rows.append((f"S{i:02}", tissue, center, scanner, stain))
        values.append(rng.normal(size=6) + 2 * np.eye(6)["TN".index(tissue)])
    names = np.array([row[0] for row in rows])
    np.savez(folder / "e.npz", embeddings=np.array(values, np.float32), slide=names)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([("slide_id", "tissue", "center", "Scanner", "stain"), *rows])
    words = ["reference", "import", "e.npz", "labels.csv", "--out", "ours.pgref"]
    assert run([*words, "--encoder", "TITAN"]) == EXIT_DONE
    capsys.readouterr()
    return folder


def test_nothing_in_the_terminal_calls_scanners_centers(here, capsys):
    columns = ["--center-column", "scanner"]
    for words in (
        ["reference", "show", "ours.pgref", *columns],
        ["reference", "check", "ours.pgref", *columns, "--quick"],
        ["evaluate", *MEASURED, *columns, "--dry-run"],
        ["evaluate", *MEASURED, *columns, "--out", "one.pgrun"],
        ["runs", "one.pgrun"],
    ):
        assert run(words) == EXIT_DONE
        told = " ".join("".join(capsys.readouterr()).split())
        # The columns that could play a role are listed by the roles' names.
        told = re.sub(r"Columns for --center-column.*", "", told)
        assert CENTER.findall(told) == []
        assert "scanner" in told


def test_several_columns_stand_side_by_side_in_the_report_and_others_are_refused(here, capsys):
    columns = ["--center-column", "scanner", "--center-column", "center"]
    assert run(["evaluate", *MEASURED, *columns, "--out", "two.pgrun"]) == EXIT_DONE
    assert "On 16 slides the 95 % interval" in " ".join(capsys.readouterr().out.split())
    measured = load_run(here / "two.pgrun").encoders[0].reference
    assert (measured.n_tiles, measured.n_slides) == (16, 16)
    assert [each.column for each in measured.confounders] == ["center"]
    assert run(["report", "two.pgrun", "--out", "two.html"]) == EXIT_DONE
    page = (here / "two.html").read_text(encoding="utf-8")
    assert "Several columns side by side: scanner, center" in page
    for column, said in (
        ("stain", "all tiles have the same value in it, 'H&E'"),
        ("moon", "has no column 'moon'"),
    ):
        capsys.readouterr()
        assert run(["evaluate", *MEASURED, "--center-column", column, "--out", "no.pgrun"]) == (
            EXIT_INPUT
        )
        assert said in " ".join(capsys.readouterr().err.split())
        assert not (here / "no.pgrun").exists()
