"""``pathgui correct``."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from pathgui.cli import correct as command
from pathgui.cli.main import app
from pathgui.cli.summary import print_summary
from pathgui.core.corrections.correction_file import load_correction
from pathgui.core.crossfit.results import Corrections
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import PathguiError
from pathgui.core.progress import Cancelled
from pathgui.core.results.corrections import so_far
from pathgui.core.runs.run_files import BASELINE_FILE, load_evaluation, load_run, save_evaluation
from pathgui.folders import add_users_encoders
from tests.asking import ask, evaluate
from tests.known import registry
from tests.material import make_reference

ENCODER = "color-statistics"
FEW = ["--halvings", "1", "--with", "leace", "--k", "9", "--device", "cpu"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A reference set with an umlaut in its way, and a run of it beside."""
    folder = tmp_path_factory.mktemp("Mäh und Rüben")
    reference = make_reference(folder, slides=4)
    asked = ask(reference, (ENCODER,), k=9, corrections=("center-mean",))
    save_evaluation(evaluate(asked), folder / "a.pgrun")
    return folder


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path))


def run(*words):
    return CliRunner().invoke(app, ["correct", *map(str, words)], obj=registry)


def test_a_set_is_asked_about_one_encoder_and_the_table_says_before_and_after(folder):
    done = run(folder / "colors.pgref", "--encoder", ENCODER, *FEW)
    assert done.exit_code == 0, done.output
    assert "After 1 of 1 halvings: leace" in done.stderr
    for text in ("Robustness index", "LEACE", "→", "1 of 1 halvings", "halves change places"):
        assert text in done.stdout


def test_a_run_that_was_asked_to_holds_them_and_its_summary_says_them(folder, capsys):
    found = load_run(folder / "a.pgrun").encoders[0].corrections
    assert isinstance(found, Corrections)
    assert [effect.name for effect in found.effects] == ["center-mean"]
    print_summary(load_evaluation(folder / "a.pgrun"))
    assert "Center means" in capsys.readouterr().out


def test_what_is_found_for_a_run_is_kept_beside_it_and_comes_as_json(folder):
    before = (folder / "a.pgrun" / "run.json").read_bytes()
    done = run(folder / "a.pgrun", "--json", *FEW)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)[ENCODER]
    assert (told["kind"], told["k"], told["halvings"]) == ("Corrections", 9, 1)
    kept = load_run(folder / "a.pgrun").encoders[0].corrections
    assert isinstance(kept, Corrections)
    assert [effect.name for effect in kept.effects] == ["leace"]
    assert (folder / "a.pgrun" / "run.json").read_bytes() == before


def test_a_baseline_stays_as_it_was_filed(folder, tmp_path):
    filed = tmp_path / "filed.pgrun"
    shutil.copytree(folder / "a.pgrun", filed)
    (filed / BASELINE_FILE).write_text("{}")
    before = sorted(path.name for path in filed.iterdir())
    done = run(filed, "--reference", folder / "colors.pgref", *FEW)
    assert done.exit_code == 0, done.output
    assert "not kept" in done.stderr
    assert sorted(path.name for path in filed.iterdir()) == before


def test_tiles_are_recolored_at_a_cost_that_is_said_and_kept_embeddings_are_used_again(folder):
    words = [folder / "colors.pgref", "--encoder", ENCODER, *FEW, "--with", "reinhard", "--json"]
    done = run(*words, "--to", "Northfield")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)[ENCODER]["effects"]
    assert [each["name"] for each in told] == ["leace", "reinhard"]
    assert told[0]["recolored"] is None
    assert told[1]["recolored"] == {"target": "Northfield", "slides": 8, "unchanged": 0}
    done = run(*words[:-1], "--to", "Northfield")
    assert "All recolored tiles were embedded" in done.stderr
    assert "brought to those of Northfield" in done.stdout


def test_ctrl_c_after_a_halving_prints_what_is_done(folder, monkeypatch):
    class Stopped(command.Watch):
        def say(self, text):
            if text.startswith("After 1"):
                self._cancelled = True  # as the first Ctrl-C does

    monkeypatch.setattr(command, "Watch", Stopped)
    words = [*FEW, "--halvings", "3"]
    done = run(folder / "colors.pgref", "--encoder", ENCODER, *words)
    assert isinstance(done.exception, Cancelled)
    assert "1 of 3 halvings" in done.stdout


def test_a_correction_is_taken_home_and_stands_as_an_encoder(folder, tmp_path):
    file = tmp_path / "für Ulm.safetensors"
    words = [folder / "colors.pgref", "--encoder", ENCODER, *FEW, "--save", file, "--as-encoder"]
    done = run(*words)
    assert done.exit_code == 0, done.output
    head = load_correction(file).head
    assert (head.method, head.encoder, head.reference) == ("leace", ENCODER, "colors")
    assert head.effect["name"] == "leace"
    assert f"{ENCODER}~leace" in done.stderr
    known = standard_encoders()
    assert add_users_encoders(known) == ()
    assert known.encoder(f"{ENCODER}~leace").readiness().ready
    again = run(*words)
    assert isinstance(again.exception, PathguiError)
    assert "--overwrite" in str(again.exception)


def test_a_correction_of_tiles_stands_as_an_encoder_and_is_judged_as_any(folder, tmp_path):
    file = tmp_path / "to Northfield.safetensors"
    words = [folder / "colors.pgref", "--encoder", ENCODER, "--halvings", "1"]
    taken = ["--with", "reinhard", "--to", "Northfield", "--save", file, "--as-encoder"]
    done = run(*words, *taken)
    assert done.exit_code == 0, done.output
    head = load_correction(file).head
    assert (head.method, head.target, head.encoder) == ("reinhard", "Northfield", ENCODER)
    known = standard_encoders()
    assert add_users_encoders(known) == ()
    assert known.encoder(f"{ENCODER}~reinhard").readiness().ready
    done = run(*words[:2], f"{ENCODER}~reinhard", "--halvings", "1", "--with", "leace", "--json")
    assert done.exit_code == 0, done.output
    after = json.loads(done.stdout)[f"{ENCODER}~reinhard"]["effects"][0]["index"]["before"]
    assert after > head.effect["index"]["before"]


def test_a_corrected_encoder_is_replaced_only_where_that_is_asked_for(folder, tmp_path):
    words = [folder / "colors.pgref", "--encoder", ENCODER, *FEW, "--as-encoder"]
    assert run(*words).exit_code == 0
    (file,) = tmp_path.rglob("*~leace.safetensors")
    before = file.read_bytes()
    again = run(*words, "--seed", "3")
    assert f"{ENCODER}~leace is in the list" in str(again.exception)
    assert "--overwrite" in str(again.exception)
    assert "After 1" not in again.stderr  # nothing was done in vain
    assert file.read_bytes() == before
    assert run(*words, "--seed", "3", "--overwrite").exit_code == 0
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("in the way")
    refused = run(*words)
    assert isinstance(refused.exception, PathguiError)
    assert "cannot be put into the list" in str(refused.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--with", "harmony", "--encoder", ENCODER], "within-tissue, leace"),
        (["--encoder", "nobody"], "nobody"),
        ([], "--encoder"),
        (["--encoder", ENCODER, "--halvings", "0"], "halvings"),
        (["--encoder", ENCODER, "--save", "a.safetensors"], "one correction"),
        (["--encoder", ENCODER, "--with", "leace", "--save", "a.npz"], "ends in .safetensors"),
        (["--encoder", ENCODER, "--with", "combat", "--as-encoder"], "the center of each tile"),
        (["--encoder", ENCODER, "--with", "reinhard", "--to", "Ulm"], "Lakeside, Northfield"),
        (["--encoder", ENCODER, "--with", "leace", "--to", "Lakeside"], "--to"),
        (["--encoder", ENCODER, "--with", "macenko", "--with", "macenko"], "named twice"),
        (
            ["--encoder", ENCODER, "--encoder", "shell", "--with", "leace", "--as-encoder"],
            "one enc",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_said(folder, words, said):
    done = run(folder / "colors.pgref", *words)
    assert done.exit_code
    assert said in f"{done.output}{done.exception}"


def test_the_line_between_is_the_one_of_the_results():
    assert command.so_far is so_far
