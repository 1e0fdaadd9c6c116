"""The command in a record asks for what the run was asked for."""

from __future__ import annotations

import dataclasses
import shlex

import pytest
import typer

from pathgui.cli.main import app
from pathgui.core.runs import options
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.repeat_command import OPTIONS, AskedAs, repeat_command
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.slides.region_choice import ClassChoice
from tests.asking import another, ask
from tests.material import make_reference

AREA = (((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)),)
CRITERION = Criterion("tissue_knn", "at least", 0.5, reason="as agreed")
# Of the request, but not of the words: the machine's, or filled in on the way.
# A cohort and its slides are asked for by their names; what it says of a slide it says again.
OF_COHORT = {"cohort", "slides", "slide_id", "patient"}
# Classes of regions are asked for where there are regions to choose from: see the test of them.
OF_REGIONS = {"region_choice", "region_classes"}
NOT_ASKED = (
    {"reference", "slide", "settings", "threads", "command", "specs"} | OF_COHORT | OF_REGIONS
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


def parsed(command):
    """What ``pathgui evaluate`` makes of a command's words; refused words end the test."""
    words = shlex.split(command)
    assert words[:2] == ["pathgui", "evaluate"]
    evaluate = typer.main.get_command(app).commands["evaluate"]
    return evaluate.make_context("evaluate", words[2:]).params


EVERYTHING = {option.name: another(option) for option in options.OPTIONS} | {
    "center": "North/East",
    "new_center": True,
    "tissue": "tumor -- high grade",
    "k": 11,
    "single_cells": "keep",
    "max_tiles": 500,
    "device": "cpu",
    "precision": "bf16",
    "preparation": "fast",
    "seed": 7,
    "shortcut": "full",
    "region_l0": AREA,
    "reader": "openslide",
    "criteria": (CRITERION,),
    "intended_use": IntendedUse("triage"),
    "maps": False,
    "offline": True,
    "keep_names": True,
}


def test_every_option_of_a_request_comes_back(reference):
    request = ask(reference, ("shell", "uni@mean"), **EVERYTHING)
    asked = AskedAs("a b.pgrun", "it's a.svs", 0.25, {"uni": "uni.pt"})
    found = parsed(repeat_command(request, asked))
    assert str(found["slide"]) == "it's a.svs"
    assert str(found["reference"]) == reference.folder.name
    assert found["encoder"] == ["shell", "uni@mean"]
    assert found["weights"] == ["uni=uni.pt"]
    assert (found["mpp"], found["reader"]) == (0.25, "openslide")
    assert (found["center"], found["tissue"]) == ("North/East", "tumor -- high grade")
    assert (found["k"], found["keep_single"], found["max_tiles"]) == ("11", True, 500)
    assert (found["device"], found["precision"], found["preparation"]) == ("cpu", "bf16", "fast")
    assert (found["seed"], found["sweep"], found["maps"]) == (7, "full", False)
    assert found["offline"]
    assert found["new_center"]
    for file in ("region", "criteria", "intended_use", "out_folder"):
        assert str(found[file]) == "a b.pgrun"  # the run holds all three


def test_what_is_not_said_is_what_the_command_takes_by_itself(reference):
    request = ask(reference, ("shell",))
    found = parsed(repeat_command(request, AskedAs("a.pgrun")))
    plain = parsed("pathgui evaluate --reference colors.pgref --encoder shell --out a.pgrun")
    assert found == plain


@pytest.mark.parametrize("field", sorted(EVERYTHING))
def test_each_option_alone_is_said_and_parsed(reference, field):
    usual = ask(reference, ("shell",))
    request = ask(reference, ("shell",), **{field: EVERYTHING[field]})
    asked = AskedAs("a.pgrun", "a.svs")
    assert parsed(repeat_command(request, asked)) != parsed(repeat_command(usual, asked))


def test_a_slide_whose_name_looks_like_an_option_is_a_slide(reference):
    request = ask(reference, ("shell",))
    assert str(parsed(repeat_command(request, AskedAs("a.pgrun", "-a.svs")))["slide"]) == "-a.svs"


def test_no_field_of_a_request_is_forgotten():
    fields = {
        field.name
        for kind in (EvaluationRequest, RunSettings)
        for field in dataclasses.fields(kind)
    }
    assert fields - NOT_ASKED - {"k_origin", "pseudonym_key"} == set(EVERYTHING)


def test_a_cohort_is_asked_for_by_its_name_and_those_of_its_slides(reference):
    request = ask(reference, ("shell",), max_tiles=7)
    asked = AskedAs("a.pgrun", cohort="my study.pgcohort", slide_ids=("A/1", "slide-0a1b2c3d"))
    found = parsed(repeat_command(request, asked))
    assert str(found["cohort"]) == "my study.pgcohort"
    assert list(found["slide_id"]) == ["A/1", "slide-0a1b2c3d"]
    assert found["max_tiles"] == 7


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (AskedAs("a.pgrun", cohort="c.pgcohort"), True),
        (AskedAs("a.pgrun", "a.svs", files={"--region": "tumor.geojson"}), True),
        (AskedAs("a.pgrun", "a.svs"), False),  # of the run, whose region is cut already
    ],
)
def test_classes_of_regions_are_asked_for_where_there_are_regions_to_choose_from(
    reference, asked, said
):
    choice = ClassChoice(("Tumor/invasive",), ("Necrosis", "Pen"))
    request = ask(reference, ("shell",), region_l0=AREA, region_choice=choice)
    found = parsed(repeat_command(request, asked))
    chosen = tuple(tuple(found[name] or ()) for name in ("region_class", "leave_out"))
    assert chosen == ((choice.wanted, choice.left_out) if said else ((), ()))


def test_without_a_slide_nothing_is_said_of_one(reference):
    request = ask(reference, ("shell",), **EVERYTHING)
    words = shlex.split(repeat_command(request, AskedAs("a.pgrun", None, 0.25, "openslide")))
    assert not {option.flag for option in OPTIONS if option.of_slide} & set(words)
    assert parsed(shlex.join(words))["slide"] is None
