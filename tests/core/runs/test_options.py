"""Every option of an evaluation, followed through all places that read its description.

The window's boxes are followed in ``tests/gui/evaluation/test_option_boxes.py``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pathgui.cli import evaluate as command
from pathgui.cli.main import app
from pathgui.core.errors import RecordError, SettingsError
from pathgui.core.report.render.document import Facts
from pathgui.core.report.sections.methods import methods
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.run_diff import diff_runs
from pathgui.core.runs.options import (
    OPTIONS,
    Option,
    RunSettings,
    cost_key,
    new_settings,
    said,
    without_slide,
)
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.runs.run_files import load_run, save_evaluation
from pathgui.core.slides.slide import open_slide
from pathgui.core.system.devices import resolve_devices, title_of
from pathgui.settings import load_settings
from tests.asking import another, ask, evaluate, evaluation_cost, request_again
from tests.known import registry
from tests.material import make_reference
from tests.run_factory import make_evaluation

CONTROL = ("color-statistics",)
NAMES = {option.name for option in OPTIONS}
# What is not in the record of an evaluation of before was as these say. All others were in the
# first record there was.
EARLIER = {
    "corrections": (),
    "single_cells": "drop",
    "preparation": "exact",
    "region_l0": (),
    "tissue_threshold": None,
    "tissue_from_region": False,
    "reader": "direct",
    "maps": False,
    "shortcut": "none",
    "keep_names": True,
}
FIRST = {"k", "device", "precision", "seed", "max_tiles", "offline"}
CHECKED = {"k"}  # the cost asks whether it can be used, and does not depend on it

each_option = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, slide_path: Path) -> Path:
    """A slide, a reference set and a run whose settings are all other than the defaults."""
    folder = tmp_path_factory.mktemp("options")
    (folder / "a.tif").write_bytes(slide_path.read_bytes())
    reference = make_reference(folder)
    others = {option.name: another(option) for option in OPTIONS}
    with open_slide(folder / "a.tif") as slide:
        evaluation = evaluate(ask(reference, CONTROL, slide, **others))
    save_evaluation(evaluation, folder / "a.pgrun")
    return folder


Asked = Callable[[list[str]], Any]


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """``asked(words)``: the request that the terminal makes of them, and nothing is done."""

    def request(words: list[str]) -> Any:
        found: list[Any] = []
        monkeypatch.setattr(command, "print_cost", lambda request, *_: found.append(request))
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(app, [*words, "--overwrite", "--dry-run"], obj=registry)
        assert done.exit_code == 0, done.output
        return found[0]

    return request


def test_the_record_holds_the_settings_of_the_request_and_comes_back(folder):
    wanted = new_settings(**{option.name: another(option) for option in OPTIONS})
    kept = load_run(folder / "a.pgrun").settings
    found = title_of(resolve_devices(wanted.device))
    assert kept == replace(wanted, device=found)


@each_option
def test_an_option_is_kept_under_its_name_and_what_a_record_lacks_is_as_before(
    option, folder, tmp_path
):
    record = json.loads((folder / "a.pgrun" / "run.json").read_text())
    del record["settings"][option.name]
    for encoder in record["encoders"]:
        encoder["encoder"]["preparation"] = "exact"  # else it would say that of the settings
    (tmp_path / "a.pgrun").mkdir()
    (tmp_path / "a.pgrun" / "run.json").write_text(json.dumps(record))
    if option.name in FIRST:
        with pytest.raises(RecordError, match=option.name):
            load_run(tmp_path / "a.pgrun")
        return
    found = getattr(load_run(tmp_path / "a.pgrun").settings, option.name)
    assert found == EARLIER.get(option.name, found)


def test_a_record_that_says_the_preparation_of_each_encoder_alone_says_that_of_the_run(
    folder, tmp_path
):
    record = json.loads((folder / "a.pgrun" / "run.json").read_text())
    del record["settings"]["preparation"]
    (tmp_path / "a.pgrun").mkdir()
    (tmp_path / "a.pgrun" / "run.json").write_text(json.dumps(record))
    assert load_run(tmp_path / "a.pgrun").settings.preparation == "fast"


def test_a_record_whose_command_alone_says_the_reader_says_it_in_the_settings(folder, tmp_path):
    record = json.loads((folder / "a.pgrun" / "run.json").read_text())
    del record["settings"]["reader"]
    record["command"] = "pathgui evaluate a.svs --reference r.pgref --reader openslide"
    (tmp_path / "a.pgrun").mkdir()
    (tmp_path / "a.pgrun" / "run.json").write_text(json.dumps(record))
    assert load_run(tmp_path / "a.pgrun").settings.reader == "openslide"


@each_option
def test_what_the_terminal_is_given_is_what_is_asked_for(option, asked):
    words = ["evaluate", "a.tif", "--reference", "colors.pgref", "--encoder", *CONTROL]
    usual = asked([*words, "--out", "new.pgrun"]).settings
    assert usual == new_settings()
    value = another(option)
    given = [option.flag, "a.pgrun"] if option.from_file else option.words(value)
    found = asked([*words, *given, "--out", "new.pgrun"]).settings
    assert found == replace(usual, **{option.name: value})


@pytest.mark.parametrize(
    "option",
    [option for option in OPTIONS if option.least is not None or option.choices],
    ids=lambda option: option.name,
)
def test_a_value_that_cannot_be_is_refused_in_the_terminal_and_in_the_settings_file(
    option, folder, tmp_path, monkeypatch
):
    wrong = "many" if option.least is None else option.least - 1
    if option.switch is None:
        monkeypatch.chdir(folder)
        words = ["evaluate", "a.tif", "--reference", "colors.pgref", "--encoder", *CONTROL]
        done = CliRunner().invoke(app, [*words, option.flag, str(wrong), "--dry-run"], obj=registry)
        assert done.exit_code == 2
        assert option.flag in done.output
    if option.in_window:
        (tmp_path / "settings.json").write_text(json.dumps({option.name: wrong}))
        with pytest.raises(SettingsError, match=option.name):
            load_settings(tmp_path / "settings.json")


@each_option
def test_the_command_in_a_record_asks_for_the_same_again(option, asked, folder):
    reference = make_reference(folder)
    request = ask(reference, CONTROL, **{option.name: another(option)})
    words = shlex.split(repeat_command(request, AskedAs("a.pgrun", "a.tif")))
    found = asked(words[1:])
    assert found.settings == request.settings
    assert (found.encoders, found.reference.folder.name) == (CONTROL, reference.folder.name)


def test_a_run_measured_again_is_asked_for_with_the_same_settings(folder):
    run, reference = load_run(folder / "a.pgrun"), make_reference(folder)
    again = request_again(run, reference, on_slide=True, device=run.settings.device)
    assert again.settings == run.settings
    alone = request_again(run, reference, on_slide=False, device=run.settings.device)
    assert alone.settings == without_slide(run.settings)


@each_option
def test_what_means_nothing_without_a_slide_is_as_by_default(option):
    chosen = new_settings(**{option.name: another(option)})
    assert without_slide(chosen) == (new_settings() if option.of_slide else chosen)
    assert option.of_slide == (option.title not in said(chosen, slide=False))


@each_option
def test_the_report_and_a_comparison_of_runs_say_the_value_in_words(option):
    plain = make_evaluation(1)
    before = replace(plain.run, settings=new_settings())
    value = another(option)
    after = replace(before, settings=replace(before.settings, **{option.name: value}))
    subject = Subject(replace(plain, run=after), ReportOptions())
    rows = {
        title: cell.text
        for block in methods(subject)
        if isinstance(block, Facts)
        for title, cell in block.rows
    }
    assert rows[option.title] == option.said(value) != option.said(option.default) != ""
    changes = diff_runs(replace(plain, run=before), replace(plain, run=after)).changes
    assert [(c.part, c.name.lower(), c.before, c.after) for c in changes] == [
        ("Settings", option.title.lower(), option.said(option.default), option.said(value))
    ]


class Watched(RunSettings):
    """Settings that know which of them were looked at."""

    seen: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in NAMES:
            object.__getattribute__(self, "seen").add(name)
        return object.__getattribute__(self, name)


def test_the_cost_is_asked_for_again_when_what_it_depends_on_changes(folder):
    wanted = new_settings(k=5, max_tiles=3)
    watched = Watched(**{each.name: getattr(wanted, each.name) for each in fields(wanted)})
    object.__setattr__(watched, "seen", set())
    with open_slide(folder / "a.tif") as slide:
        request = replace(ask(make_reference(folder), CONTROL, slide), settings=watched)
        evaluation_cost(request)
    assert watched.seen - CHECKED == {option.name for option in OPTIONS if option.costs}


@each_option
def test_the_key_of_the_cost_holds_what_it_depends_on(option):
    changed = replace(new_settings(), **{option.name: another(option)})
    assert (cost_key(changed) != cost_key(new_settings())) == option.costs


@each_option
def test_each_option_is_read_where_it_changes_something(option):
    package = Path(__file__).parents[3] / "pathgui"
    says_it = [package / "core" / room for room in ("report", "results")]
    readers = [
        path
        for path in package.rglob("*.py")
        if not any(path.is_relative_to(room) for room in says_it)
        and re.search(rf"settings(\(\)\.run)?\.{option.name}\b", path.read_text("utf-8"))
    ]
    assert readers, f"{option.name} is offered and recorded, and nothing asks for it."


@pytest.mark.parametrize("wrong", [0.0, 0.6, float("nan"), float("inf")])
def test_a_number_with_decimals_is_held_to_its_bounds(wrong):
    option = Option(
        title="Share", flag="--share", help="A share.", default=None, name="share",
        least=0.01, most=0.5, step=0.01, unset="automatic",
    )  # fmt: skip
    assert option.problem(wrong, 100).startswith("share must be at")
    assert option.problem(0.05, 100) == option.problem(None, 100) == ""
    assert (option.said(0.05), option.said(None)) == ("0.05", "automatic")
    assert option.words(0.05) == ["--share", "0.05"]


def test_every_value_that_can_be_chosen_is_said_in_words():
    for option in OPTIONS:
        words = [option.said(value) for value, _ in option.choices]
        assert len(set(words)) == len(words)
        assert option.title
        assert option.help.endswith(".")
        assert option.said(option.default)


def test_regions_of_as_many_areas_are_told_apart():
    plain = make_evaluation(1)
    areas = another(next(option for option in OPTIONS if option.name == "region_l0"))
    moved = tuple(tuple((x + 1, y) for x, y in area) for area in areas)
    one, other = (
        replace(plain, run=replace(plain.run, settings=new_settings(region_l0=each)))
        for each in (areas, moved)
    )
    (change,) = diff_runs(one, other).changes
    assert (change.before, change.after) == ("1 area", "1 area, others")
