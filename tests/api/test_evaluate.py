"""``pathgui.evaluate`` does the main job as the terminal does, and writes what it is told to."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

import pathgui
from pathgui.api import options as api_options
from pathgui.api.options import settings_of
from pathgui.cli.evaluate import evaluate_command
from pathgui.cli.main import run
from pathgui.core.progress import Progress, TileAnswers
from pathgui.core.runs.options import OPTIONS, Option
from tests.asking import another
from tests.material import make_reference

QUICK = {"sweep": "none", "maps": False, "device": "cpu", "k": 3}
CONTROL = "color-statistics"


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    make_reference(folder)
    return folder / "colors.pgref"


def comparable(text: str) -> dict:
    """A record without what differs from run to run: times, rates, ids."""
    found = json.loads(text)
    for name in ("id", "started", "finished", "command", "events"):
        del found[name]
    for each in found["encoders"]:
        del each["seconds"], each["tiles_per_second"]
    return found


def test_it_equals_the_terminal(reference, slide_path, tmp_path):
    found = pathgui.evaluate(
        slide_path, reference=reference, encoders=CONTROL, center="Lakeside", max_tiles=20, **QUICK
    )
    words = ["evaluate", str(slide_path), "--reference", str(reference), "--encoder", CONTROL,
             "--center", "Lakeside", "--max-tiles", "20", "--sweep", "none", "--no-maps",
             "--device", "cpu", "--k", "3", "--out", str(tmp_path / "a.pgrun")]  # fmt: skip
    assert run(words) == 0
    kept = pathgui.open_run(tmp_path / "a.pgrun")
    assert comparable(found.to_json()) == comparable(kept.to_json())
    assert found.tiles().equals(kept.tiles())
    assert found.table().equals(kept.table())


# What the terminal alone takes, and what stands for it here.
TERMINAL_ALONE = {"context", "dry_run", "json"}  # the cost; run.to_json()
# Commands on many machines: an engine starts the terminal's command on each.
TERMINAL_ALONE |= {
    "shard", "shards", "engine", "workers", "gpus", "partition", "time_limit", "address", "tries",
    "print_script",
}  # fmt: skip
CALLED = {"encoder": "encoders", "out_folder": "out"}


def test_it_takes_all_that_the_terminal_takes():
    here = set(inspect.signature(pathgui.evaluate).parameters)
    there = set(inspect.signature(evaluate_command).parameters) - TERMINAL_ALONE
    assert {CALLED.get(name, name) for name in there} | {"progress"} == here


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_option_has_the_default_of_its_description(option):
    parameter = inspect.signature(pathgui.evaluate).parameters[option.argument]
    if option.from_file:
        assert parameter.default is None
    elif option.switch is None:
        assert parameter.default == option.default
    else:
        assert parameter.default is (option.default == option.switch)


def test_each_option_that_is_chosen_is_in_the_record(reference, slide_path, tmp_path):
    areas = another(next(option for option in OPTIONS if option.from_file))
    write_region(tmp_path / "a.geojson", areas[0], "Tumor")
    others = {
        each.argument: another(each) == each.switch if each.switch is not None else another(each)
        for each in OPTIONS
    }
    chosen = others | {"region": tmp_path / "a.geojson", "device": "cpu", "precision": "fp32"}
    found = pathgui.evaluate(
        slide_path,
        reference=reference,
        encoders=CONTROL,
        region_class="Tumor",
        intended_use=write_use(tmp_path / "use.toml"),
        **chosen,
    )
    kept = found.record.settings
    for option in OPTIONS:
        if option.name not in ("device", "precision", "region_l0"):
            assert getattr(kept, option.name) == another(option), option.name
    assert kept.region_l0[0][:3] == areas[0][:3]
    assert found.record.intended_use.use == "triage"
    for words in ("--reader openslide", "--region a.geojson", "--intended-use use.toml"):
        assert words in found.record.command


def test_a_run_gives_its_region_use_and_k_to_the_next(reference, slide_path, tmp_path):
    asked = {"reference": reference, "encoders": CONTROL, "max_tiles": 20, **QUICK}
    areas = another(next(option for option in OPTIONS if option.from_file))
    write_region(tmp_path / "a.geojson", areas[0], "Tumor")
    use = write_use(tmp_path / "use.toml")
    out = tmp_path / "a.pgrun"
    pathgui.evaluate(slide_path, **asked, region=tmp_path / "a.geojson", intended_use=use, out=out)
    again = pathgui.evaluate(slide_path, **asked | {"k": out}, region=out, intended_use=out).record
    assert again.settings.k == 3
    assert "as in an earlier run" in again.k.rule
    assert len(again.settings.region_l0) == 1
    assert again.intended_use.use == "triage"


def test_embeddings_are_written_as_the_terminal_writes_them(reference, slide_path, tmp_path):
    pathgui.evaluate(
        slide_path,
        reference=reference,
        encoders=CONTROL,
        max_tiles=20,
        embeddings=tmp_path / "python",
        **QUICK,
    )
    words = ["evaluate", str(slide_path), "--reference", str(reference), "--encoder", CONTROL,
             "--max-tiles", "20", "--sweep", "none", "--no-maps", "--device", "cpu", "--k", "3",
             "--out", str(tmp_path / "a.pgrun"),
             "--embeddings", str(tmp_path / "terminal")]  # fmt: skip
    assert run(words) == 0

    def files(folder: Path) -> list[Path]:
        return sorted(each.relative_to(folder) for each in folder.rglob("*.h5"))

    assert len(files(tmp_path / "python")) == 2
    assert files(tmp_path / "python") == files(tmp_path / "terminal")
    for name in files(tmp_path / "python"):
        with (
            h5py.File(tmp_path / "python" / name) as ours,
            h5py.File(tmp_path / "terminal" / name) as theirs,
        ):
            assert np.array_equal(ours["features"][:], theirs["features"][:])


def write_region(path: Path, area, name: str) -> None:
    outline = [[*map(list, area), list(area[0])]]
    shape = {"type": "Polygon", "coordinates": outline}
    kind = {"classification": {"name": name}}
    path.write_text(json.dumps({"type": "Feature", "geometry": shape, "properties": kind}))


def write_use(path: Path) -> Path:
    path.write_text('use = "triage"\n')
    return path


def test_without_out_no_run_is_written(reference, slide_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = pathgui.evaluate(
        slide_path, reference=reference, encoders=[CONTROL], max_tiles=20, **QUICK
    )
    assert list(tmp_path.iterdir()) == []
    assert list(found) == [CONTROL]
    assert found[CONTROL].outside_share.n == 20
    assert found.tiles().num_rows == 20
    assert found.slide_verdicts[CONTROL]
    assert found.outcome == ""
    assert found.failures == {}


def test_a_run_that_is_kept_opens_again_and_is_not_overwritten_unasked(
    reference, slide_path, tmp_path
):
    out = tmp_path / "slide.pgrun"
    asked = {"reference": reference, "encoders": CONTROL, "max_tiles": 20, **QUICK}
    found = pathgui.evaluate(str(slide_path), out=out, **asked)
    assert pathgui.open_run(str(out)).to_json() == found.to_json()
    assert str(tmp_path) not in found.to_json()
    with pytest.raises(pathgui.PathguiError, match=r"holds a run already.*overwrite=True"):
        pathgui.evaluate(slide_path, out=out, **asked)
    again = pathgui.evaluate(slide_path, out=out, overwrite=True, **asked)
    assert pathgui.open_run(out).record.id == again.record.id != found.record.id


def test_a_run_can_be_kept_and_reported_afterwards(reference, slide_path, tmp_path):
    found = pathgui.evaluate(
        slide_path, reference=reference, encoders=CONTROL, max_tiles=20, **QUICK
    )
    assert found.save(tmp_path / "a.pgrun") == tmp_path / "a.pgrun"
    assert pathgui.open_run(tmp_path / "a.pgrun").to_json() == found.to_json()
    assert found.report(tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE")
    for write, target in ((found.save, "a.pgrun"), (found.report, "a.html")):
        with pytest.raises(pathgui.PathguiError, match="overwrite=True"):
            write(tmp_path / target)
    found.save(tmp_path / "a.pgrun", overwrite=True)
    with pytest.raises(pathgui.PathguiError, match=r"ends in \.pgrun"):
        found.save(tmp_path / "a")
    with pytest.raises(pathgui.PathguiError, match=r"\.pdf or \.html"):
        found.report(tmp_path / "a.docx")


def test_an_open_slide_is_taken_with_the_scale_it_was_given(reference, slide_path):
    with pathgui.open_slide(slide_path, mpp=0.25) as slide:
        found = pathgui.evaluate(
            slide, reference=reference, encoders=CONTROL, max_tiles=20, **QUICK
        )
        assert slide.read_region((0, 0), 0, (1, 1)).shape == (1, 1, 3)  # it stays open
    assert (found.record.slide.mpp, found.record.slide.mpp_source) == (0.25, "user")


def test_a_reference_set_is_measured_by_itself(reference):
    found = pathgui.evaluate(reference=reference, encoders=CONTROL, **QUICK)
    assert found[CONTROL].tissue_knn.n > 0
    assert found.slide_verdicts == {}
    with pytest.raises(pathgui.PathguiError, match="No slide was evaluated"):
        found.tiles()


@pytest.mark.parametrize(("least", "outcome"), [(0.0, "pass"), (1.0, "fail")])
def test_criteria_have_an_outcome(least, outcome, reference, tmp_path):
    limits = f'[[criterion]]\nmetric = "tissue_knn"\nabove = {least}\n'
    (tmp_path / "limits.toml").write_text(limits)
    found = pathgui.evaluate(
        reference=reference, encoders=CONTROL, criteria=tmp_path / "limits.toml", **QUICK
    )
    assert found.outcome == outcome


def test_an_encoder_that_cannot_run_is_named_and_the_others_go_on(reference):
    found = pathgui.evaluate(
        reference=reference, encoders=[CONTROL, "uni2-h"], offline=True, **QUICK
    )
    assert list(found) == [CONTROL]
    assert "network use is switched off" in found.failures["uni2-h"]


def test_progress_can_be_followed_and_the_work_stopped(reference, slide_path):
    events = []
    asked = {"reference": reference, "encoders": CONTROL, "max_tiles": 20, **QUICK}
    pathgui.evaluate(slide_path, progress=events.append, **asked)
    assert {Progress, TileAnswers} <= {type(event) for event in events}

    def stop(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pathgui.evaluate(slide_path, progress=stop, **asked)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reference": "none.pgref"}, "none.pgref"),
        ({"encoders": "uni3"}, "No encoder is called 'uni3'"),
        ({"encoders": []}, "No encoder is chosen"),
        ({"center": "Lakesid"}, "Did you mean 'Lakeside'?"),
        ({"slide": "none.svs"}, "There is no file none.svs"),
        ({"slide": None, "center": "Lakeside"}, "center is of a slide, and none is given"),
        ({"slide": None, "max_tiles": 5}, "max_tiles is of a slide"),
        ({"out": "slide"}, "ends in .pgrun"),
        ({"slide": None, "region": "a.geojson"}, "region is of a slide"),
        ({"slide": None, "reader": "openslide"}, "reader is of a slide"),
        ({"region": "none.geojson"}, "none.geojson"),
        ({"region_class": "Tumor"}, "region_class chooses areas of region"),
        ({"reader": "mine"}, "reader must be direct, openslide"),
        ({"preparation": "slow"}, "preparation must be exact, fast"),
        ({"intended_use": "none.toml"}, "none.toml"),
        ({"k": "none.pgrun"}, "none.pgrun"),
        ({"k": 0}, "k must be auto, a number from 1"),
        ({"max_tiles": 0}, "max_tiles must be at least 1, not 0."),
        ({"max_tiles": "5"}, "max_tiles must be a whole number, not '5'."),
        ({"seed": None}, "seed must be a whole number, not None."),
        ({"seed": -1}, "seed must be at least 0, not -1."),
        ({"sweep": "slow"}, "sweep must be"),
        ({"precision": "int8"}, "precision must be fp32, auto"),
        ({"maps": "no"}, "maps must be True or False, not 'no'."),
        ({"keep_single": "drop"}, "keep_single must be True or False, not 'drop'."),
        ({"device": "abacus"}, "no device"),
        ({"weights": {CONTROL: "none.pt"}}, "takes no other weights"),
        ({"weights": {"uni2-h": "none.pt"}}, "none.pt"),
        ({"criteria": "none.toml"}, "none.toml"),
    ],
)
def test_what_is_wrong_is_one_sentence(changed, said, reference, slide_path):
    asked = {"slide": slide_path, "reference": reference, "encoders": CONTROL, **QUICK} | changed
    with pytest.raises(pathgui.PathguiError) as told:
        pathgui.evaluate(**asked)
    assert said in str(told.value)


def test_what_is_no_run_is_said(tmp_path):
    with pytest.raises(pathgui.PathguiError, match="is not a finished run"):
        pathgui.open_run(tmp_path)


def test_an_option_with_decimals_takes_any_number_of_its_range(monkeypatch):
    share = Option(
        title="Share", flag="--seed", help="A share.", default=None, name="seed", kind=float,
        least=0.0, most=0.5, step=0.01, unset="automatic",
    )  # fmt: skip
    monkeypatch.setitem(api_options._BY_ARGUMENT, "seed", share)
    values = [np.float32(0.25), np.int64(0), 0.5, None]
    assert [settings_of(seed=each).seed for each in values] == [0.25, 0.0, 0.5, None]
    for wrong, said in (("0.1", "must be a number"), (0.6, "at most"), (float("nan"), "at least")):
        with pytest.raises(pathgui.PathguiError, match=said):
            settings_of(seed=wrong)
