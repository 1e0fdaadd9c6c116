"""Other columns in the roles of center and tissue, in the terminal."""

from __future__ import annotations

import json

import pytest

from pathgui.cli.main import EXIT_DONE, run
from pathgui.cli.summary import print_summary
from tests.confounder_factory import with_confounders
from tests.material import make_reference
from tests.run_factory import make_evaluation


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("columns")).folder


def test_columns_stand_side_by_side_below_the_summary(capsys):
    print_summary(with_confounders(1, further="[red]Klinik"))
    said = capsys.readouterr().out
    assert "Side by side: scanner" in said
    for text in (
        "[red]Klinik",
        "0.300 [0.250, 0.350]",
        "cannot be told apart",
        "chance value about",
    ):
        assert text in said
    print_summary(make_evaluation(1))
    assert "Side by side" not in capsys.readouterr().out


def test_a_set_is_shown_in_other_roles_with_the_columns_that_can_play_one(folder, capsys):
    assert run(["reference", "show", str(folder), "--center-column", "SCANNER"]) == EXIT_DONE
    said = " ".join(capsys.readouterr().out.split())
    assert "tissue at each scanner" in said
    assert "A GT450" in said
    assert "- scanner: GT450, P1000; can play center or tissue." in said
    assert "- marker: negative, positive; can play tissue, not the center: it has several" in said


def test_a_column_that_is_not_there_is_refused_with_those_that_are(folder, tmp_path, capsys):
    words = ["evaluate", "--reference", str(folder), "--encoder", "color-statistics"]
    out = ["--out", str(tmp_path / "a.pgrun")]
    assert run([*words, "--center-column", "scaner", *out]) != EXIT_DONE
    assert "Did you mean 'scanner'? It has: center, tissue, scanner" in capsys.readouterr().err
    assert not (tmp_path / "a.pgrun").exists()


def test_the_record_names_the_columns_that_the_terminal_was_given(folder, tmp_path, capsys):
    words = ["evaluate", "--reference", str(folder), "--encoder", "color-statistics"]
    words += ["--center-column", "scanner", "--center-column", "center", "--sweep", "none"]
    assert run([*words, "--no-maps", "--out", str(tmp_path / "a.pgrun"), "--json"]) == EXIT_DONE
    record = json.loads(capsys.readouterr().out)
    assert record["settings"]["center_columns"] == ["scanner", "center"]
    assert record["reference"]["columns"] == {"center": "scanner", "tissue": "tissue"}
    assert "--center-column scanner --center-column center" in record["command"]
