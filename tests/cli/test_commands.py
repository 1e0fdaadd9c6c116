"""What a user types, and what comes back."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pathgui.cli.main import EXIT_CANCELLED, EXIT_CRITERIA, EXIT_DONE, EXIT_INPUT, run, wants_window
from pathgui.core.results.readings import NOTHING_OUTSIDE
from pathgui.core.slides.slide import open_slide
from pathgui.core.system.files import owner_mark
from pathgui.folders import config_dir
from tests.material import make_reference
from tests.shared_data import shared


@pytest.fixture
def reference(tmp_path) -> Path:
    return make_reference(tmp_path / "set").folder


def evaluate(reference: Path, out: Path, *arguments: str) -> int:
    fixed = ["--reference", str(reference), "--encoder", "color-statistics", "--device", "cpu"]
    return run(["evaluate", *fixed, "--out", str(out), *arguments])


def test_the_main_job_ends_with_a_run_a_report_and_a_summary(
    reference, slide_path, tmp_path, capsys
):
    assert evaluate(reference, tmp_path / "a.pgrun", str(slide_path), "--k", "11") == EXIT_DONE
    out = capsys.readouterr().out
    assert "Color statistics" in out
    assert (tmp_path / "a.pgrun" / "run.json").exists()
    assert run(["report", str(tmp_path / "a.pgrun")]) == EXIT_DONE
    assert (tmp_path / "a.pgrun" / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_run_holds_no_folder_of_this_computer(reference, slide_path, tmp_path, monkeypatch):
    out = tmp_path / "a.pgrun"
    words = ["evaluate", str(slide_path), "--reference", str(reference), "--out", str(out)]
    words += ["--encoder", "color-statistics", "--device", "cpu"]
    monkeypatch.setattr(sys, "argv", ["pathgui", *words])
    assert run(words) == EXIT_DONE
    kept = (out / "run.json").read_text()
    with open_slide(slide_path) as slide:
        name = f"slide-{slide.content_id[:8]}.tif"
    assert f"pathgui evaluate {name} --reference {reference.name}" in kept
    assert slide_path.name not in kept
    for folder in {str(each.parent) for each in (slide_path, reference, out)}:
        assert folder not in kept


def test_a_share_outside_that_is_not_assessable_is_said_with_its_reason(
    tmp_path, slide_path, capsys
):
    names = {"Lakeside-0": slide_path.stem}
    one = make_reference(tmp_path, slides=1, slide_names=names).folder
    assert evaluate(one, tmp_path / "a.pgrun", str(slide_path)) == EXIT_DONE
    said = " ".join(capsys.readouterr().out.split())
    assert f"Which tiles lie outside the reference set is not assessable: {NOTHING_OUTSIDE}" in said


def test_a_run_is_kept_and_shown_when_its_embeddings_cannot_be_written(
    reference, slide_path, tmp_path, capsys
):
    (tmp_path / "taken").write_text("a file")
    words = [str(slide_path), "--embeddings", str(tmp_path / "taken")]
    assert evaluate(reference, tmp_path / "a.pgrun", *words) == EXIT_INPUT
    told = capsys.readouterr()
    assert "Color statistics" in told.out
    assert "could not be written" in told.err
    assert (tmp_path / "a.pgrun" / "run.json").exists()


def test_embeddings_of_the_reference_set_leave_with_those_of_the_slide_or_alone(
    reference, slide_path, tmp_path
):
    one, both = tmp_path / "one", tmp_path / "both"
    assert evaluate(reference, tmp_path / "a.pgrun", "--embeddings", str(one)) == EXIT_DONE
    words = (str(slide_path), "--embeddings", str(both), "--keep-names")
    assert evaluate(reference, tmp_path / "b.pgrun", *words) == EXIT_DONE
    assert [path.name for path in one.rglob("*.h5")] == ["color-statistics.h5"]
    found = {path.relative_to(both).as_posix() for path in both.rglob("*.h5")}
    assert found == {"color-statistics.h5", f"color-statistics/{slide_path.stem}.h5"}


def test_without_a_slide_the_reference_set_alone_is_measured(reference, tmp_path):
    assert evaluate(reference, tmp_path / "a.pgrun") == EXIT_DONE
    assert json.loads((tmp_path / "a.pgrun" / "run.json").read_text())["slide"] is None


def test_a_region_comes_from_qupath_or_from_an_earlier_run(reference, slide_path, tmp_path, capsys):
    area = {"type": "Polygon", "coordinates": [[[0, 0], [700, 0], [700, 1024], [0, 1024], [0, 0]]]}
    (tmp_path / "area.geojson").write_text(json.dumps(area))

    def tiles(run_folder: Path) -> int:
        return json.loads((run_folder / "run.json").read_text())["slide"]["tiles_used"]

    slide, region = str(slide_path), str(tmp_path / "area.geojson")
    assert evaluate(reference, tmp_path / "all.pgrun", slide) == EXIT_DONE
    assert evaluate(reference, tmp_path / "a.pgrun", slide, "--region", region) == EXIT_DONE
    again = ("--region", str(tmp_path / "a.pgrun"))
    assert evaluate(reference, tmp_path / "b.pgrun", slide, *again) == EXIT_DONE
    assert (
        tiles(tmp_path / "a.pgrun") == tiles(tmp_path / "b.pgrun") < tiles(tmp_path / "all.pgrun")
    )
    capsys.readouterr()
    none = ("--region", str(tmp_path / "all.pgrun"))
    assert evaluate(reference, tmp_path / "c.pgrun", slide, *none) == EXIT_INPUT
    assert "no region in it" in capsys.readouterr().err
    assert evaluate(reference, tmp_path / "c.pgrun", "--region", region) == EXIT_INPUT
    capsys.readouterr()
    of_class = ("--region", region, "--region-class", "Tumor")
    assert evaluate(reference, tmp_path / "c.pgrun", slide, *of_class) == EXIT_INPUT
    assert "no area of the class Tumor. It has: (no class)" in capsys.readouterr().err


def test_a_dry_run_says_what_it_will_cost_and_writes_nothing(
    reference, slide_path, tmp_path, capsys
):
    fixed = ["evaluate", str(slide_path), "--reference", str(reference), "--device", "cpu"]
    encoders = ["--encoder", "shell", "--encoder", "color-statistics"]
    assert run([*fixed, *encoders, "--dry-run"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "48 of the reference set: " in out
    assert "k for all encoders: the median of what suits each best" in out
    assert not list(tmp_path.glob("*.pgrun"))
    assert run([*fixed, *encoders, "--dry-run", "--json"]) == EXIT_DONE
    told = json.loads(capsys.readouterr().out)
    assert [each["basis"] for each in told["encoders"]] == ["earlier run"] * 2  # of the dry run
    seconds = [each["seconds"] for each in told["encoders"]]
    assert seconds == sorted(seconds)  # the one that is done soonest first, on a busy machine too
    titles = {"color-statistics": "Color statistics", "shell": "SHELL"}
    places = [out.index(titles[each["name"]]) for each in told["encoders"]]
    assert places == sorted(places)
    abilities = told["measurable"]["abilities"]
    assert told["measurable"]["n_tiles"] == 48
    assert {each["state"] for each in abilities} <= {"yes", "limited", "no"}
    held_back = [each for each in abilities if each["state"] != "yes"]
    assert held_back
    assert all(each["what"] in out and each["detail"] in out for each in held_back)
    assert [step["step"] for step in told["steps"]] == ["measure", "map"]
    assert run([*fixed, *encoders]) == EXIT_INPUT
    assert "say where the run goes" in capsys.readouterr().err


def test_a_dry_run_says_how_long_measuring_and_maps_will_take(reference, tmp_path, capsys):
    fixed = ["evaluate", "--reference", str(reference), "--device", "cpu", "--encoder"]
    assert run([*fixed, "color-statistics", "--dry-run"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert re.search(r"Measuring .* a few seconds .* roughly, by the number", out)
    assert re.search(r"Maps .* a few seconds .* roughly", out)
    assert run([*fixed, "color-statistics", "--dry-run", "--no-maps"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "Measuring" in out
    assert "Maps" not in out
    assert evaluate(reference, tmp_path / "a.pgrun") == EXIT_DONE
    capsys.readouterr()
    assert run([*fixed, "color-statistics", "--dry-run"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "all embedded before, " in out
    assert "roughly" not in out
    assert out.count("as in earlier runs here") == 2


def test_the_reader_is_chosen_and_recorded(reference, tmp_path):
    slide = shared("slides", "CMU-1-Small-Region.svs")

    def reader(*arguments: str) -> str:
        folder = tmp_path / "a.pgrun"
        more = ("--max-tiles", "9", "--overwrite", *arguments)
        assert evaluate(reference, folder, str(slide), *more) == EXIT_DONE
        return str(json.loads((folder / "run.json").read_text())["slide"]["reader"])

    assert reader().startswith("direct (")
    assert reader("--reader", "openslide").startswith("OpenSlide")


def test_json_is_one_document_on_stdout_and_nothing_else(reference, tmp_path, capsys):
    assert evaluate(reference, tmp_path / "a.pgrun", "--json", "--k", "11") == EXIT_DONE
    captured = capsys.readouterr()
    printed = json.loads(captured.out)
    assert printed == json.loads((tmp_path / "a.pgrun" / "run.json").read_text())
    assert captured.err == ""


def test_the_second_run_finds_its_embeddings(reference, slide_path, tmp_path, capsys):
    evaluate(reference, tmp_path / "a.pgrun", str(slide_path))
    capsys.readouterr()
    assert run(["cache", "show"]) == EXIT_DONE
    assert "48 of 48" in capsys.readouterr().out
    assert run(["cache", "clear", "--yes"]) == EXIT_DONE
    assert "of embeddings removed" in capsys.readouterr().out
    run(["cache", "show"])
    assert "0.0 MB in" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_embeddings_stay_unless_it_is_confirmed(reference, tmp_path, capsys, monkeypatch, answer):
    evaluate(reference, tmp_path / "a.pgrun")
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert run(["cache", "clear"]) == EXIT_CANCELLED
    assert "Cancelled" in capsys.readouterr().err
    run(["cache", "show"])
    assert "48 of 48" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nowhere.svs"], "nowhere.svs"),
        (["--encoder", "none-such"], "No encoder is called"),
        (["--reference", "nowhere.pgref"], "nowhere.pgref does not exist"),
        (["--out", "somewhere"], "ends in .pgrun"),
        (["--k", "47"], "k = 47 is too large"),
        (["--device", "mps"], "Choose auto or cpu"),
        (["--seed", str(2**32)], "--seed"),
        (["--mpp", "0.5"], "--mpp"),
        (["--center", "Lakeside"], "name the slide"),
        (["--tissue", "tumor"], "--tissue"),
        (["--new-center"], "--new-center"),
        (["--max-tiles", "9"], "--max-tiles"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_2(reference, tmp_path, capsys, arguments, text):
    assert evaluate(reference, tmp_path / "a.pgrun", *arguments) == EXIT_INPUT
    assert text in capsys.readouterr().err
    assert not (tmp_path / "a.pgrun").exists()


def test_a_run_never_replaces_something_that_is_none(reference, tmp_path, capsys):
    (tmp_path / "a.pgrun").mkdir()
    (tmp_path / "a.pgrun" / "thesis.doc").write_text("my only copy")
    assert evaluate(reference, tmp_path / "a.pgrun") == EXIT_INPUT
    assert (tmp_path / "a.pgrun" / "thesis.doc").exists()
    assert "Choose another name" in capsys.readouterr().err


def test_of_two_commands_with_one_out_one_says_that_its_run_is_kept_elsewhere(reference, tmp_path):
    out = tmp_path / "a.pgrun"
    words = ["evaluate", "--reference", str(reference), "--out", str(out), "--no-maps"]
    words += ["--encoder", "color-statistics", "--sweep", "none", "--json", "--device", "cpu"]
    command = [sys.executable, "-m", "pathgui", *words]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120) for process in both]
    assert sorted(process.returncode for process in both) == [EXIT_DONE, EXIT_INPUT]
    for process, (printed, said) in zip(both, told, strict=True):
        if process.returncode == EXIT_DONE:
            assert json.loads(printed)["id"] == json.loads((out / "run.json").read_text())["id"]
        elif "holds a run already" not in said:  # it was not refused before it began
            assert f"This run is kept as {tmp_path / 'a (2).pgrun'}." in said
            assert (tmp_path / "a (2).pgrun" / "run.json").exists()


def test_a_run_that_was_not_put_in_place_is_told_listed_and_recovered(reference, tmp_path, capsys):
    assert evaluate(reference, tmp_path / "a.pgrun") == EXIT_DONE
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = owner_mark().split("-")[0]
    draft = tmp_path / f".a.pgrun.{host}-{ended.pid}-0123abcd.draft"
    (tmp_path / "a.pgrun").rename(draft)
    capsys.readouterr()
    assert evaluate(reference, tmp_path / "b.pgrun") == EXIT_DONE
    assert "a.pgrun was finished" in capsys.readouterr().err
    assert run(["runs", str(tmp_path)]) == EXIT_DONE
    told = capsys.readouterr()
    assert "--recover" in told.err
    assert run(["runs", str(tmp_path), "--recover", "--json"]) == EXIT_DONE
    found = json.loads(capsys.readouterr().out)
    assert found["recovered"] == ["a.pgrun"]
    assert sorted(each["name"] for each in found["runs"]) == ["a", "b"]
    assert (tmp_path / "a.pgrun" / "run.json").exists()
    assert run(["runs", str(tmp_path / "nowhere")]) == EXIT_INPUT


def test_with_json_an_error_is_json_too(tmp_path, capsys):
    assert run(["metrics", str(tmp_path / "none.npz"), "--json"]) == EXIT_INPUT
    captured = capsys.readouterr()
    assert "none.npz" in json.loads(captured.out)["error"]["text"]
    assert "none.npz" in captured.err


@pytest.mark.parametrize("arguments", [["evaluate"], ["metrics", "a.npz", "--k", "many"], ["-x"]])
def test_a_command_that_makes_no_sense_is_exit_2(arguments, capsys):
    assert run(arguments) == EXIT_INPUT


def test_metrics_of_embeddings_made_elsewhere(tmp_path, capsys):
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "a.npz",
        embeddings=rng.normal(size=(64, 5)),
        tissue=np.repeat(["t", "n"], 32),
        center=np.tile(np.repeat(["A", "B"], 16), 2),
        slide=np.repeat([str(i) for i in range(16)], 4),
    )
    assert run(["metrics", str(tmp_path / "a.npz"), "--k", "5", "--json"]) == EXIT_DONE
    printed = json.loads(capsys.readouterr().out)
    assert 0 < printed["robustness_index"]["value"] < 1
    assert run(["metrics", str(tmp_path / "a.npz"), "--k", "5"]) == EXIT_DONE
    told = capsys.readouterr().out
    assert f"{printed['robustness_index']['value']:.3f}" in told
    for group in ("knn", "probe"):
        for what in ("tissue", "center"):
            value = printed[group][f"{what}_balanced_accuracy"]
            low, high = (printed[group][f"{what}_interval"][end] for end in ("low", "high"))
            assert f"{value:.2f} [{low:.2f}, {high:.2f}]" in told
    for number in (printed["mari"], printed["croma"][1], printed["robustness_index_2025"]):
        text = f"{number['value']:.3f} [{number['low']:.3f}, {number['high']:.3f}]"
        assert text.replace("-", "−") in told
    assert "The smallest tissue-center pair has only 4 slides." in told
    assert "of this fitted probe" in told


def test_metrics_says_each_number_in_whole_sentences(tmp_path, capsys):
    np.savez(
        tmp_path / "a.npz",
        embeddings=np.random.default_rng(0).normal(size=(8, 5)),
        tissue=np.tile(["t", "n"], 4),
        center=np.repeat(["A", "B"], 4),
        slide=np.repeat(["1", "2", "3", "4"], 2),
    )
    assert run(["metrics", str(tmp_path / "a.npz"), "--k", "3", "--sweep", "none"]) == EXIT_DONE
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "(Kömen et al. 2026)" in told
    assert "set taken out. No interval: 4 slides" in told


def write_noise(path, seed):
    rng = np.random.default_rng(seed)
    np.savez(
        path,
        embeddings=rng.normal(size=(96, 5)),
        tissue=np.repeat(["t", "n"], 48),
        center=np.tile(np.repeat(["A", "B"], 24), 2),
        slide=np.repeat([str(i) for i in range(24)], 4),
    )
    return str(path)


def test_metrics_of_several_files_are_at_one_k(tmp_path, capsys):
    files = [write_noise(tmp_path / f"{name}.npz", seed) for seed, name in enumerate("abc")]
    assert run(["metrics", *files, "--sweep", "none", "--json"]) == EXIT_DONE
    printed = json.loads(capsys.readouterr().out)
    assert set(printed["encoders"]) == {"a", "b", "c"}
    assert {each["k"] for each in printed["encoders"].values()} == {printed["k"]["k"]}
    assert [vote["encoder"] for vote in printed["k"]["votes"]] == ["a", "b", "c"]
    assert len(printed["comparison"]["groups"]) == 1
    assert run(["metrics", *files[:2], "--sweep", "none", "--k", "7"]) == EXIT_DONE
    printed = capsys.readouterr().out
    assert "k = 7 for all: as asked for" in printed
    assert "share a letter" in printed
    assert run(["metrics", files[0], files[0]]) == EXIT_INPUT
    assert "given twice" in capsys.readouterr().err


def test_k_can_be_that_of_an_earlier_run(reference, tmp_path, capsys):
    earlier, later = tmp_path / "a.pgrun", tmp_path / "b.pgrun"
    assert evaluate(reference, earlier, "--k", "5") == EXIT_DONE
    assert evaluate(reference, later, "--k", str(earlier)) == EXIT_DONE
    kept = json.loads((later / "run.json").read_text())
    assert kept["k"]["k"] == kept["encoders"][0]["reference"]["k"] == 5
    assert kept["k"]["basis"] == "run"
    assert "k = 5 for the encoder: as in an earlier run" in capsys.readouterr().out
    third = tmp_path / "c.pgrun"
    assert evaluate(reference, third, "--k", str(tmp_path / "no.pgrun")) == EXIT_INPUT
    # A run of an earlier version, each encoder at its own k, has none to take.
    first = kept["encoders"][0]
    other = {**first, "reference": {**first["reference"], "k": 7}}
    (earlier / "run.json").write_text(json.dumps({**kept, "encoders": [first, other], "k": None}))
    capsys.readouterr()
    assert evaluate(reference, third, "--k", str(earlier)) == EXIT_INPUT
    assert "5, 7" in capsys.readouterr().err


def test_criteria_and_a_command_that_ask_for_two_k_are_exit_2(reference, tmp_path, capsys):
    path = tmp_path / "criteria.toml"
    path.write_text("k = 7\n[[criterion]]\nmetric = 'tissue_knn'\nat_least = 0\n")
    folder = tmp_path / "a.pgrun"
    for more in ((), ("--dry-run",)):
        asked = ("--criteria", str(path), "--k", "5", *more)
        assert evaluate(reference, folder, *asked) == EXIT_INPUT
        assert "k = 7" in capsys.readouterr().err
    assert not folder.exists()
    assert evaluate(reference, folder, "--criteria", str(path)) == EXIT_DONE
    kept = json.loads((folder / "run.json").read_text())
    assert (kept["k"]["k"], kept["k"]["basis"]) == (7, "criteria")


def test_encoders_are_listed_with_their_whole_names(capsys):
    assert run(["encoders"]) == EXIT_DONE
    assert "efficientnet-lite0" in capsys.readouterr().out
    assert run(["encoders", "--json"]) == EXIT_DONE
    listed = json.loads(capsys.readouterr().out)
    assert {"color-statistics", "efficientnet-lite0", "shell"} <= {row["name"] for row in listed}
    assert all(row["detail"] for row in listed if not row["ready"])


def test_weights_that_do_not_fit_are_refused_by_name(reference, tmp_path, capsys):
    (tmp_path / "uni.bin").write_bytes(b"no weights")
    arguments = ["--encoder", "uni", "--weights", f"uni={tmp_path / 'uni.bin'}"]
    assert evaluate(reference, tmp_path / "a.pgrun", *arguments) == EXIT_INPUT
    assert "uni.bin" in capsys.readouterr().err
    assert evaluate(reference, tmp_path / "a.pgrun", "--weights", "uni") == EXIT_INPUT


class Malicious:
    """Unpickled, it makes a file: as it could do anything else."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)

    def __reduce__(self):
        return open, (self.mark, "w")


def test_weights_that_would_run_code_are_refused_wherever_they_are_given(
    reference, tmp_path, capsys
):
    mark, path = tmp_path / "owned", tmp_path / "pytorch_model.bin"
    path.write_bytes(pickle.dumps({"weight": Malicious(mark)}, protocol=2))
    out = tmp_path / "a.pgrun"
    assert evaluate(reference, out, "--encoder", "uni", "--weights", f"uni={path}") == EXIT_INPUT
    assert "it holds more than tensors" in capsys.readouterr().err
    assert run(["encoders", "recognize", str(path)]) == EXIT_INPUT
    assert "it holds more than tensors" in capsys.readouterr().err
    slides = tmp_path / "slide.pt"
    slides.write_bytes(path.read_bytes())
    assert run(["encoders", "import", str(slides)]) == EXIT_INPUT
    assert "slide.pt" in capsys.readouterr().err
    assert not mark.exists()


def test_an_encoder_without_weights_ends_nothing_but_itself_and_that_is_said(
    reference, tmp_path, capsys
):
    out, page = tmp_path / "a.pgrun", tmp_path / "page.html"
    assert evaluate(reference, out, "--encoder", "phikon", "--encoder", "shell") == EXIT_DONE
    said = capsys.readouterr().out
    assert "Phikon: could not run. Not downloaded yet" in said
    assert "SHELL (histology): " in said
    kept = json.loads((out / "run.json").read_text())
    assert [each["encoder"]["name"] for each in kept["encoders"]] == ["color-statistics", "shell"]
    assert [each["name"] for each in kept["failures"]] == ["phikon"]
    assert run(["report", str(out), "--out", str(page)]) == EXIT_DONE
    assert "Not downloaded yet" in page.read_text()


def test_a_token_is_in_nothing_that_is_written_or_said(reference, tmp_path, capfd, monkeypatch):
    """Whoever is signed in: record, report, caches, log and terminal know nothing of it."""
    token = "hf_" + "aSecretOfSomebody" * 2
    home = tmp_path / "hub"
    home.mkdir()
    (home / "token").write_text(token)
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.setenv("HF_TOKEN", token)
    out = tmp_path / "a.pgrun"
    assert evaluate(reference, out, "--encoder", "uni") == EXIT_DONE  # and UNI could not run
    assert run(["report", str(out), "--out", str(tmp_path / "page.html")]) == EXIT_DONE
    run(["doctor"])
    run(["encoders", "show", "uni"])
    run(["evaluate", "--reference", str(reference), "--encoder", "uni", "--dry-run"])
    said = capfd.readouterr()
    assert "UNI" in said.out
    assert token not in said.out + said.err
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    kept += [path for path in config_dir().parent.rglob("*") if path.is_file()]
    assert {path for path in kept if token.encode() in path.read_bytes()} == {home / "token"}


def test_a_reference_set_is_built_and_shown_with_every_refused_row(tmp_path, capsys):
    make_reference(tmp_path / "set")
    manifest = tmp_path / "set" / "manifest.csv"
    cells = {"path": "gone.png", "slide_id": "s", "center": "Lakeside", "tissue": "t", "mpp": "0.5"}
    names = manifest.read_text(encoding="utf-8").splitlines()[0].split(",")
    gone = ",".join(cells.get(name, "") for name in names)
    manifest.write_text(f"{manifest.read_text(encoding='utf-8')}{gone}\n", encoding="utf-8")
    target = str(tmp_path / "b.pgref")
    assert run(["reference", "build", str(manifest), "--out", target, "--name", "B"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "Refused row 49: gone.png does not exist" in out
    assert "48 tiles taken, 1 row refused" in out
    assert run(["reference", "show", target]) == EXIT_DONE
    assert "Lakeside" in capsys.readouterr().out


def test_half_a_reference_set_is_built_only_where_that_is_allowed(tmp_path, capsys):
    make_reference(tmp_path / "set")
    manifest = tmp_path / "set" / "manifest.csv"
    header, *rows = manifest.read_text().splitlines()
    at = header.split(",").index("mpp")
    half = [",".join(v for i, v in enumerate(row.split(",")) if i != at) for row in rows]
    names = [name for name in header.split(",") if name != "mpp"]
    lines = [",".join([*names, "mpp"]), *(f"{row}," for row in half[:24])]
    lines += [f"{row},0.5" for row in half[24:]]
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["reference", "build", str(manifest), "--out", str(tmp_path / "b.pgref")]
    assert run(command) == EXIT_INPUT
    said = capsys.readouterr().err
    assert "24 of the 48 rows" in said
    assert "24 rows: no mpp, though other rows have one (rows 1 to 24)" in said
    assert not (tmp_path / "b.pgref").exists()
    assert run([*command, "--allow-missing"]) == EXIT_DONE
    assert "24 tiles taken, 24 rows refused" in capsys.readouterr().out


def test_doctor_finds_and_fixes_and_the_self_test_does_the_main_job(capsys):
    code = run(["doctor", "--json", "--self-test"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    steps = {f["what"]: f["state"] for f in findings if f["what"].startswith("self-test")}
    assert list(steps.values()) == ["good"] * 5, findings
    assert all(f["fix"] for f in findings if f["state"] == "bad")
    assert code in (EXIT_DONE, EXIT_INPUT)


def test_without_a_display_the_window_says_so(monkeypatch, capsys):
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert run([]) == EXIT_INPUT
    assert "no display" in capsys.readouterr().err


def test_slides_open_the_window_and_commands_do_not():
    assert wants_window(["a.svs", "b.svs"])
    assert not wants_window(["evaluate", "a.svs"])


SLOW = """
import sys, time
from dataclasses import replace
from pathgui.core.encoders.standard import standard_encoders
known = standard_encoders()
spec = known.encoder("color-statistics")
def load(device, precision):
    model = spec.load(device, precision)
    def slow(tiles):
        time.sleep(0.2)
        return model(tiles)
    return slow
known.remove(spec.name)
known.add(replace(spec, load=load))
from pathgui.cli.main import main
main(known=known)
"""


def start_slow(reference: Path, slide: Path, out: Path) -> subprocess.Popen[str]:
    """The command in a process of its own, with an encoder that takes its time."""
    arguments = ["evaluate", str(slide), "--reference", str(reference)]
    arguments += ["--encoder", "color-statistics", "--out", str(out), "--device", "cpu"]
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(reference, slide_path, tmp_path):
    process = start_slow(reference, slide_path, tmp_path / "a.pgrun")
    wait_for(process, "Embedding slide")
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == EXIT_CANCELLED
    assert "Cancelled" in err
    assert time.monotonic() - started < 30
    assert not (tmp_path / "a.pgrun").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_in_the_middle_the_same_command_goes_on_to_the_same_numbers(
    reference, slide_path, tmp_path
):
    process = start_slow(reference, slide_path, tmp_path / "a.pgrun")
    wait_for(process, "Embedding slide")
    process.kill()
    process.communicate()
    assert evaluate(reference, tmp_path / "a.pgrun", str(slide_path)) == EXIT_DONE
    run(["cache", "clear", "--yes"])
    assert evaluate(reference, tmp_path / "b.pgrun", str(slide_path)) == EXIT_DONE
    resumed, undisturbed = (
        json.loads((tmp_path / name / "run.json").read_text()) for name in ("a.pgrun", "b.pgrun")
    )
    for key in ("reference", "slide"):
        assert resumed["encoders"][0][key] == undisturbed["encoders"][0][key]
        assert resumed[key] == undisturbed[key]


def test_a_slide_without_mpp_asks_for_it(reference, tmp_path, capsys):
    slide = shared("slides", "cmu-generic-pyramid-no-mpp.tif")
    assert evaluate(reference, tmp_path / "a.pgrun", str(slide)) == EXIT_INPUT
    assert "--mpp" in capsys.readouterr().err
    assert evaluate(reference, tmp_path / "a.pgrun", str(slide), "--mpp", "0.499") == EXIT_DONE


BAD_SLIDES = [
    "broken-header.svs",
    "dicom-no-imagetype.dcm",
    "empty.svs",
    "text-named-svs.svs",
    "truncated-5pct.svs",
    "truncated-60pct.svs",
    "truncated-half.tif",
    "unopenable-compression.tiff",
    "unreadable-tile.svs",
    "unsupported-jpegls.dcm",
    "untiled-strips.tif",
]


@pytest.mark.parametrize("name", BAD_SLIDES)
def test_a_damaged_slide_is_one_clear_error(reference, tmp_path, capsys, name):
    slide = shared("slides", "negative", name)
    assert evaluate(reference, tmp_path / "a.pgrun", str(slide)) == EXIT_INPUT
    err = capsys.readouterr().err
    assert name in err
    assert "Traceback" not in err
    assert not (tmp_path / "a.pgrun").exists()


def test_two_bad_tiles_are_marked_and_counted_and_no_others(reference, tmp_path):
    slide = shared("slides", "negative", "two-bad-tiles.tif")
    assert evaluate(reference, tmp_path / "a.pgrun", str(slide)) == EXIT_DONE
    facts = json.loads((tmp_path / "a.pgrun" / "run.json").read_text())["slide"]
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "a.pgrun" / "tiles.parquet").to_pydict()
    size = facts["tile_size_l0"]
    bad = [(2 * 256, 3 * 256), (5 * 256, 7 * 256)]  # native tiles: (row 3, col 2), (row 7, col 5)
    for x, y, readable in zip(table["x_l0"], table["y_l0"], table["readable"], strict=True):
        touched = any(
            x < left + 256 and x + size > left and y < top + 256 and y + size > top
            for left, top in bad
        )
        assert readable != touched
    assert facts["tiles_unreadable"] == table["readable"].count(False) > 0


def criteria_file(tmp_path, threshold: float) -> str:
    path = tmp_path / "criteria.toml"
    path.write_text(
        f"who = 'A. Rossi'\n[[criterion]]\nmetric = 'tissue_knn'\nat_least = {threshold}\n"
        "reason = 'as agreed'\n",
        encoding="utf-8",
    )
    return str(path)


def test_criteria_that_are_met_are_exit_0_and_kept_with_the_run(reference, tmp_path, capsys):
    folder = tmp_path / "a.pgrun"
    assert evaluate(reference, folder, "--criteria", criteria_file(tmp_path, 0.0)) == EXIT_DONE
    out = capsys.readouterr().out
    assert "Acceptance criteria: 1 of 1 met" in out
    kept = json.loads((folder / "run.json").read_text())
    assert kept["criteria"]["items"][0]["judgements"][0]["outcome"] == "pass"
    assert kept["criteria"]["frozen_at"] == kept["started"]


def test_criteria_that_are_not_met_are_exit_3_and_the_run_is_kept(reference, tmp_path, capsys):
    folder = tmp_path / "a.pgrun"
    assert evaluate(reference, folder, "--criteria", criteria_file(tmp_path, 1.01)) == EXIT_CRITERIA
    assert "not met" in capsys.readouterr().out
    assert (folder / "run.json").exists()


def one_slide_a_center(tmp_path: Path) -> Path:
    folder = shared("faults", "one-slide-a-center")
    out = tmp_path / "one.pgref"
    assert run(["reference", "build", str(folder / "manifest.csv"), "--out", str(out)]) == EXIT_DONE
    return out


def test_a_set_of_one_slide_a_center_says_what_it_cannot_measure_when_built_shown_or_planned(
    tmp_path, capsys
):
    out = one_slide_a_center(tmp_path)
    shown = ["reference", "show", str(out)]
    planned = ["evaluate", "--reference", str(out), "--encoder", "color-statistics", "--dry-run"]
    for words in (None, shown, planned):
        if words is not None:
            assert run(words) == EXIT_DONE
        said = " ".join(capsys.readouterr().out.split())
        assert "Robustness index and its relatives: not assessable. No center has two" in said
        assert "Add a second slide or patient at two centers or more." in said


def test_one_slide_a_center_gives_no_verdict_and_exit_3_on_a_criterion_for_the_index(
    tmp_path, capsys
):
    out = one_slide_a_center(tmp_path)
    wanted = str(shared("faults", "one-slide-a-center", "criteria.toml"))
    assert evaluate(out, tmp_path / "a.pgrun", "--criteria", wanted) == EXIT_CRITERIA
    told = capsys.readouterr()
    said = " ".join((told.out + told.err).split())
    assert "0 of 1 met, 1 not assessable" in said
    assert "by tissue more than" not in said
    kept = json.loads((tmp_path / "a.pgrun" / "run.json").read_text())
    judged = kept["criteria"]["items"][0]["judgements"][0]
    assert judged["outcome"] == "not assessable"
    assert "no center has two tissues on different slides" in judged["reason"]
    assert any("No center has two tissues" in event["text"] for event in kept["events"])


def test_criteria_that_make_no_sense_are_refused_before_the_work(reference, tmp_path, capsys):
    (tmp_path / "bad.toml").write_text("[[criterion]]\nmetric = 'beauty'\nabove = 1\n")
    folder = tmp_path / "a.pgrun"
    assert evaluate(reference, folder, "--criteria", str(tmp_path / "bad.toml")) == EXIT_INPUT
    assert "no metric 'beauty'" in capsys.readouterr().err
    assert not folder.exists()


def test_an_intended_use_is_kept_with_the_run_and_taken_from_an_earlier_one(
    reference, tmp_path, capsys
):
    path = tmp_path / "use.toml"
    path.write_text('who = "A. Rossi"\nuse = "pre-sorting"\nout_of_scope = ["cytology"]\n')
    first, second = tmp_path / "a.pgrun", tmp_path / "b.pgrun"
    assert evaluate(reference, first, "--intended-use", str(path)) == EXIT_DONE
    assert "Intended use: pre-sorting" in capsys.readouterr().out
    assert evaluate(reference, second, "--intended-use", str(first)) == EXIT_DONE
    uses = [json.loads((each / "run.json").read_text()) for each in (first, second)]
    for kept in uses:
        assert kept["intended_use"]["who"] == "A. Rossi"
        assert kept["intended_use"]["frozen_at"] == kept["started"]
    assert uses[0]["intended_use"]["set_at"] == uses[1]["intended_use"]["set_at"]


def test_an_intended_use_that_says_nothing_is_refused_before_the_work(reference, tmp_path, capsys):
    (tmp_path / "use.toml").write_text('who = "A. Rossi"\n')
    folder = tmp_path / "a.pgrun"
    assert evaluate(reference, folder, "--intended-use", str(tmp_path / "use.toml")) == EXIT_INPUT
    assert "says nothing" in capsys.readouterr().err
    assert not folder.exists()
    assert evaluate(reference, folder) == EXIT_DONE
    other = tmp_path / "b.pgrun"
    assert evaluate(reference, other, "--intended-use", str(folder)) == EXIT_INPUT
    assert "made without an intended use" in capsys.readouterr().err


def test_a_finished_run_is_judged_afterwards_and_that_is_said(reference, tmp_path, capsys):
    folder = tmp_path / "a.pgrun"
    assert evaluate(reference, folder) == EXIT_DONE
    capsys.readouterr()
    before = (folder / "run.json").read_bytes()
    wanted = criteria_file(tmp_path, 1.01)
    assert run(["judge", str(folder), "--criteria", wanted]) == EXIT_CRITERIA
    assert "set after results could be seen" in capsys.readouterr().out
    assert (folder / "run.json").read_bytes() == before
    wanted = criteria_file(tmp_path, 0.0)
    assert run(["judge", str(folder), "--criteria", wanted, "--json"]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["after_results"] is True
    kept = json.loads((folder / "criteria-after-results.json").read_text())
    assert len(kept["sets"]) == 2


def write_pathorob_like(folder):
    """Embeddings, and a manifest in which some tiles are in two subsets."""
    rng = np.random.default_rng(0)
    cells = [(t, c) for t in "ABC" for c in "XY"]
    slides = [(t, c, f"{t}{c}{i}") for t, c in cells for i in range(4)]
    names = [f"{slide}_{i}" for _, _, slide in slides for i in range(3)]
    values = rng.standard_normal((len(names), 8)).astype(np.float32)
    np.savez(folder / "a.npz", embeddings=values, tile=np.array(names))
    lines = ["subset,slide_id,patch_id,biological_class,medical_center"]
    for subset, tissues in (("AB", "AB"), ("BC", "BC"), ("all", "ABC")):
        for t, c, slide in slides:
            if t in tissues:
                lines += [f"{subset},{slide},{slide}_{i},{t},{c}" for i in range(3)]
    (folder / "tiles.csv").write_text("\n".join(lines))
    return folder / "a.npz", folder / "tiles.csv"


def test_given_subsets_are_pooled_and_a_tile_in_two_counts_in_both(tmp_path, capsys):
    file, manifest = write_pathorob_like(tmp_path)
    arguments = ["metrics", str(file), "--manifest", str(manifest), "--sweep", "none"]
    assert run([*arguments, "--paired", "--k", "5", "--json"]) == EXIT_DONE
    measured = json.loads(capsys.readouterr().out)
    assert measured["n_tiles"] == 72
    assert (measured["paired"]["n_squares"], measured["paired"]["k"]) == (2, 5)
    assert 0 < measured["paired"]["pooled"] < 1
    assert any(
        "1 subset left out" in notice and "(all)" in notice for notice in measured["notices"]
    )
    assert measured["shortcut"] is None
    assert run([*arguments, "--paired", "--k", "auto"]) == EXIT_DONE
    assert "Robustness index, paired" in capsys.readouterr().out
    assert run(["metrics", str(file), "--paired"]) == EXIT_INPUT
    assert "no tissue and no center" in capsys.readouterr().err
    only = ["--subset", "AB", "--paired", "--k", "5", "--json"]
    assert run([*arguments, *only]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["n_tiles"] == 48


def test_k_can_be_what_a_paper_took(tmp_path, capsys):
    file, manifest = write_pathorob_like(tmp_path)
    with manifest.open() as lines:
        whole = [line for line in lines if line.startswith(("subset", "all"))]
    manifest.write_text("".join(whole))
    arguments = ["metrics", str(file), "--manifest", str(manifest), "--sweep", "none", "--json"]
    assert run([*arguments, "--k", "pathorob-camelyon"]) == EXIT_DONE
    measured = json.loads(capsys.readouterr().out)
    assert (measured["k"], measured["k_rule"]) == (11, "as PathoROB Camelyon")


def test_the_shortcut_sweep_and_the_geometry_are_printed(tmp_path, capsys):
    file, manifest = write_pathorob_like(tmp_path)
    text = manifest.read_text().splitlines()
    manifest.write_text("\n".join(line for line in text if line.startswith(("subset", "all"))))
    arguments = ["metrics", str(file), "--manifest", str(manifest), "--k", "5"]
    assert run([*arguments, "--json"]) == EXIT_DONE
    measured = json.loads(capsys.readouterr().out)
    assert [split["cramers_v"] for split in measured["shortcut"]["splits"]] == [0, 1]
    assert measured["geometry"]["silhouettes"]["n_tiles"] == 72
    assert run(arguments) == EXIT_DONE
    out = capsys.readouterr().out
    for title in ("APD, same centers", "Clustering score", "iLISI"):
        assert title in out


def test_two_runs_are_compared(reference, tmp_path, capsys):
    assert evaluate(reference, tmp_path / "a.pgrun") == EXIT_DONE
    assert evaluate(reference, tmp_path / "b.pgrun", "--seed", "5") == EXIT_DONE
    capsys.readouterr()
    both = [str(tmp_path / "a.pgrun"), str(tmp_path / "b.pgrun")]
    assert run(["compare", *both]) == EXIT_DONE
    printed = capsys.readouterr().out
    assert "seed" in printed
    assert "The seeds differ" in printed
    assert run(["compare", *both, "--json"]) == EXIT_DONE
    found = json.loads(capsys.readouterr().out)
    changed = {(c["part"], c["name"]): (c["before"], c["after"]) for c in found["changes"]}
    assert changed[("Settings", "seed")] == ("0", "5")
    assert {n["measure"] for n in found["numbers"]} >= {"tissue_knn", "center_probe"}


def test_comparing_with_something_that_is_no_run_is_one_clear_error(tmp_path, capsys):
    assert run(["compare", str(tmp_path), str(tmp_path)]) == EXIT_INPUT
    assert "not a finished run" in capsys.readouterr().err


def test_a_run_is_measured_again_from_the_embeddings_that_are_kept(
    reference, slide_path, tmp_path, capsys
):
    first, second = tmp_path / "a.pgrun", tmp_path / "b.pgrun"
    assert evaluate(reference, first, str(slide_path), "--k", "3", "--no-maps") == EXIT_DONE
    words = ["remeasure", str(first), "--reference", str(reference), "--device", "cpu"]
    words += ["--slide", str(slide_path), "--out", str(second)]
    assert run(words) == EXIT_DONE
    said = capsys.readouterr().out
    assert f"pathgui compare {first} {second}" in said
    before, after = (json.loads((each / "run.json").read_text()) for each in (first, second))
    assert after["encoders"][0]["reference"] == before["encoders"][0]["reference"]
    assert after["encoders"][0]["tiles_per_second"] is None  # nothing was embedded
    assert after["id"] != before["id"]


def test_measuring_again_with_another_set_or_slide_is_one_clear_error(
    reference, slide_path, tmp_path, capsys
):
    first = tmp_path / "a.pgrun"
    assert evaluate(reference, first) == EXIT_DONE
    other = make_reference(tmp_path / "other", tiles=5).folder
    out = ["--out", str(tmp_path / "b.pgrun")]
    assert run(["remeasure", str(first), "--reference", str(other), *out]) == EXIT_INPUT
    assert "was made with the reference set" in capsys.readouterr().err
    words = ["remeasure", str(first), "--reference", str(reference), "--slide", str(slide_path)]
    assert run([*words, *out]) == EXIT_INPUT
    assert "reference set alone" in capsys.readouterr().err
    assert not (tmp_path / "b.pgrun").exists()


def test_an_earlier_run_is_reported_and_judged_with_a_warning(reference, tmp_path, capsys):
    kept = tmp_path / "a.pgrun"
    assert evaluate(reference, kept, "--k", "11") == EXIT_DONE
    text = (kept / "run.json").read_text()
    (kept / "run.json").write_text(text.replace('"intervals"', '"nobody_reads_this"'))
    criteria = tmp_path / "criteria.toml"
    criteria.write_text('[[criterion]]\nmetric = "support"\nat_least = 0.0\n')
    capsys.readouterr()
    assert run(["report", str(kept)]) == EXIT_DONE
    assert "too favorable" in capsys.readouterr().err
    assert run(["judge", str(kept), "--criteria", str(criteria)]) == EXIT_DONE
    assert "too favorable" in capsys.readouterr().err
