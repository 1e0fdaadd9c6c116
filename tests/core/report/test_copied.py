"""What is copied asks for what the window would do: it is parsed as terminal and Python do."""

import ast
import inspect
import shlex
from pathlib import Path

import numpy as np
import pytest
import typer

import pathgui
from pathgui.api.perturb import perturb
from pathgui.cli.main import app
from pathgui.core.report.copied import (
    baseline_command,
    build_command,
    check_command,
    classifier_command,
    compare_command,
    correct_command,
    correct_python,
    download_command,
    edit_command,
    evaluate_command,
    evaluate_python,
    export_command,
    perturb_command,
    perturb_python,
    qualify_command,
    remeasure_command,
    report_command,
    report_python,
)
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.results.export_choice import RunExport
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.what_if.alterations import CURVES
from tests.asking import ask
from tests.core.crossfit.drawn import drawn
from tests.core.runs.test_repeat_command import EVERYTHING
from tests.material import make_reference
from tests.run_factory import make_evaluation


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("with blank and ü"))


def parsed(command):
    """What the command line makes of it; refused words end the test."""
    words = shlex.split(command)
    assert words.pop(0) == "pathgui"
    found = typer.main.get_command(app)
    while hasattr(found, "commands"):
        name = words.pop(0)
        found = found.commands[name]
    return found.make_context(name, words).params


def called(code):
    """Names and values of the call of pathgui that some lines of Python make."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    [call] = [each for each in calls if ast.unparse(each.func).startswith("pathgui.")]
    function = getattr(pathgui, call.func.attr)
    arguments = [ast.literal_eval(each) for each in call.args]
    named = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    return inspect.signature(function).bind(*arguments, **named).arguments


def test_an_evaluation_with_everything_is_the_same_in_terminal_and_python(reference):
    request = ask(reference, ("shell", "uni@mean"), **EVERYTHING)
    files = {"--region": "/c d/r.geojson", "--criteria": "/x/c.toml", "--intended-use": "/x/u.toml"}
    asked = AskedAs("/o p/ä.pgrun", "/s l/it's a.svs", 0.25, {"uni": "/w/uni.pt"}, files)
    found = parsed(evaluate_command(request, asked))
    assert str(found["slide"]) == "/s l/it's a.svs"
    assert found["reference"] == reference.folder
    assert str(found["region"]) == "/c d/r.geojson"
    python = called(evaluate_python(request, asked))
    assert python["slide"] == "/s l/it's a.svs"
    assert python["encoders"] == ["shell", "uni@mean"]
    assert python["weights"] == {"uni": "/w/uni.pt"}
    assert (python["mpp"], python["k"], python["maps"]) == (0.25, 11, False)
    assert python["reference"] == str(reference.folder)
    for name in (
        "seed",
        "max_tiles",
        "precision",
        "sweep",
        "reader",
        "center",
        "tissue",
        "offline",
    ):
        assert str(python[name]) == str(found[name]), name
    assert python.keys() - {"encoders", "out", "maps"} <= found.keys()


def test_a_set_alone_and_a_cohort_are_asked_for_too(reference):
    request = ask(reference, ("shell",))
    alone = AskedAs("/o/a.pgrun")
    assert called(evaluate_python(request, alone)) == {
        "reference": str(reference.folder), "encoders": ["shell"], "out": "/o/a.pgrun",
    }  # fmt: skip
    cohort = AskedAs("/o/a.pgrun", cohort="/my study.pgcohort", slide_ids=("A/1", "-b"))
    python = called(evaluate_python(request, cohort))
    assert python["cohort"] == str(parsed(evaluate_command(request, cohort))["cohort"])
    assert python["slide_id"] == ["A/1", "-b"]


def test_a_slide_whose_name_looks_like_an_option_is_a_slide(reference):
    request = ask(reference, ("shell",), center="--North")
    python = called(evaluate_python(request, AskedAs("a.pgrun", "--a.svs")))
    assert (python["slide"], python["center"]) == ("--a.svs", "--North")


def test_the_other_commands_are_taken_by_the_terminal(tmp_path):
    run, other, out = tmp_path / "a b.pgrun", tmp_path / "c.pgrun", tmp_path / "new.pgref"
    assert parsed(remeasure_command(run, out, other, tmp_path / "s.svs"))["slide"]
    assert parsed(remeasure_command(run, out, other))["slide"] is None
    assert parsed(compare_command(run, other))["after"] == other
    assert parsed(qualify_command(run))["run"] == run
    assert parsed(build_command(tmp_path / "t.csv", out, allow_missing=True))["allow_missing"]
    assert not parsed(download_command("tcga-ut", out, accepted=False))["accept"]
    assert parsed(download_command("tcga-ut", out, accepted=True))["accept"]
    plan, own = MonitoringPlan(None, ()), MonitoringPlan(6, ("a stain",))
    found = parsed(baseline_command(run, plan, own=own, tolerance=tmp_path / "t.toml", who="-A"))
    assert (found["every"], found["trigger"], found["who"]) == (0, [""], "-A")
    found = parsed(baseline_command(run, own, own=plan, tolerance=None, who=""))
    assert (found["every"], found["trigger"], found["tolerance"]) == (6, ["a stain"], None)
    found = parsed(baseline_command(run, own, own=own, tolerance=None, who=""))
    assert (found["every"], found["trigger"]) == (None, ())
    found = parsed(check_command(out, ["shell"], ["scanner", "stain"], "organ"))
    assert [found[name] for name in ("encoder_names", "center_column", "tissue_column")] == [
        ["shell"], ["scanner", "stain"], "organ",
    ]  # fmt: skip


def test_a_report_keeps_its_choices(tmp_path):
    run, out = tmp_path / "a b.pgrun", tmp_path / "r.pdf"
    options = ReportOptions(
        paper="letter", left_out=frozenset({"glossary"}), attached=frozenset({"run.json"}),
        show_file_names=True, each_slide=True, operator="-Ä O'Brien", question="one\ntwo",
    )  # fmt: skip
    found = parsed(report_command(run, out, options))
    assert (found["paper"], found["leave_out"]) == ("letter", ["glossary"])
    assert sorted(found["without"]) == ["environment.txt", "results.csv", "slides.csv"]
    assert (found["operator"], found["question"]) == ("-Ä O'Brien", "one\ntwo")
    assert found["file_names"]
    assert found["each_slide"]
    assert called(report_python(run, out, options)) == {"path": str(run)}
    usual = report_python(run, out, ReportOptions())
    assert f"run.report({str(out)!r})" in usual
    assert "#" not in usual
    assert hasattr(pathgui.Run, "report")


def test_a_changed_set_and_a_layer_are_asked_for_as_the_window_does():
    found = parsed(
        edit_command(
            Path("/a b/s.pgref"), Path("/a b/s-2.pgref"), {"--drop": Path("/c d/drop.csv")}
        )
    )
    assert (found["reference"], found["out_folder"]) == (
        Path("/a b/s.pgref"),
        Path("/a b/s-2.pgref"),
    )
    assert ([*found["drop"]], [*found["relabel"]]) == (["/c d/drop.csv"], [])
    run, out = Path("/r/ä 1.pgrun"), Path("/o/view.png")
    wanted = RunExport("png", "uni2-h", "center", size_px=(800, 600), view="1200, 80 @ 20x")
    found = parsed(export_command(run, out, wanted, slide=Path("/s/a b.svs"), opacity=0.3))
    assert (found["run"], found["out_file"], found["form"]) == (run, out, "png")
    assert (found["size"], found["view"], found["opacity"]) == ("800x600", wanted.view, 0.3)
    assert (found["encoder"], found["layer"]) == ("uni2-h", "center")
    found = parsed(export_command(run, out, RunExport("geojson", "uni", "tissue")))
    assert (found["slide"], found["size"]) == (None, "")


def test_trying_corrections_is_the_same_in_the_terminal():
    run, reference = Path("my runs/für A.pgrun"), Path("sets/hospitals.pgref")
    names = ["shell", "uni@cls+mean"]
    words = parsed(correct_command(run, names, ["leace", "combat"], reference=reference))
    assert (words["target"], words["reference"]) == (run, reference)
    assert (words["encoder_names"], words["with_"]) == (names, ["leace", "combat"])
    assert words["halvings"] == parsed(correct_command(run, names, []))["halvings"] == 10
    assert parsed(correct_command(run, names, [], halvings=3))["halvings"] == 3


def test_judging_a_classifier_is_the_same_in_the_terminal():
    run, reference = Path("my runs/für A.pgrun"), Path("sets/hospitals.pgref")
    table, head = Path("Ärger und Lob.csv"), Path("head.onnx")
    words = parsed(
        classifier_command(run, table, linear=False, columns=["p 1=tumor"], classes=["debris="],
                           reference=reference)
    )  # fmt: skip
    assert (words["target"], words["predictions"], words["head"]) == (run, table, None)
    assert (words["columns"], words["classes"]) == (["p 1=tumor"], ["debris="])
    assert (words["reference"], words["encoder_names"]) == (reference, ())
    words = parsed(classifier_command(run, head, linear=True, encoder="uni@cls"))
    assert (words["predictions"], words["head"]) == (None, head)
    assert words["encoder_names"] == ["uni@cls"]


def test_the_lines_of_python_that_try_corrections_run(tmp_path, monkeypatch, capsys):
    values, labels = drawn(n=2)
    arrays = {"tissue": labels.tissue, "center": labels.center, "slide": labels.slide}
    np.savez(tmp_path / "shell.npz", embeddings=values, **arrays)
    code = correct_python(Path("für A.pgref"), ["shell"], ["center-mean"], k=3, seed=0, halvings=1)
    command = next(line for line in code.splitlines() if line.startswith("# pathgui "))
    assert "shell" in parsed(command.removeprefix("# ")).values()
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert capsys.readouterr().out.startswith("shell center-mean Change(")
    of_tiles = correct_python(Path("a.pgref"), ["shell"], ["leace", "reinhard"], k=3, seed=0)
    assert "corrections=['leace']" in of_tiles
    assert "embedded again: reinhard" in of_tiles
    alone = correct_python(Path("a.pgref"), ["shell"], ["reinhard"], k=3, seed=0)
    assert "pathgui.correct(" not in alone  # which would try all
    assert "k='auto'" in correct_python(Path("a.pgref"), ["shell"], [], k=None, seed=0)


def test_the_command_that_alters_tiles_asks_for_the_same():
    run, slide, reference = Path("für A.pgrun"), Path("a b.svs"), Path("set.pgref")
    every = [kind.name for kind in CURVES]
    words = parsed(perturb_command(run, ["shell"], every, slide=slide, reference=reference))
    assert (words["target"], words["slide"], words["against"]) == (run, slide, reference)
    assert (list(words["curve"]), words["centers"]) == ([], 8)
    words = parsed(perturb_command(run, ["shell"], [], colors=True))
    assert list(words["curve"]) == ["none"]
    words = parsed(perturb_command(run, ["shell"], ["blur"], colors=False))
    assert (list(words["curve"]), words["centers"]) == (["blur"], 0)


def test_the_lines_of_python_that_alter_tiles_call_what_there_is(monkeypatch):
    run = make_evaluation(1, given_center=True).run
    asked = {}
    monkeypatch.setattr(pathgui, "perturb", lambda *a, **b: asked.update(b, slide=a[0]) or {})
    exec(perturb_python(run, Path("a b.svs"), Path("set.pgref"), ["shell"], ["blur"]), {})
    inspect.signature(perturb).bind(asked.pop("slide"), **asked)
    assert (asked["encoders"], asked["curves"]) == (["shell"], ["blur"])
    assert asked["center"] == run.slide.given_center
