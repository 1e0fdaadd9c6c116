from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.slides.slide_file import SlideFile
from pathgui.gui.evaluation.run_naming import command_line
from tests.asking import ask
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


def with_slide(request, mpp=None):
    return replace(request, slide=SlideFile(Path("/home/me/a.svs"), mpp))


def test_the_command_names_what_was_chosen_and_no_path_of_this_computer(reference):
    request = with_slide(ask(reference, ("shell",), max_tiles=50, offline=True), 0.25)
    folder = Path("/somewhere/else/a b.pgrun")
    assert command_line(request, folder) == (
        "pathgui evaluate a.svs --reference colors.pgref --encoder shell --mpp 0.25 "
        "--max-tiles 50 --offline --out 'a b.pgrun'"
    )


def test_a_new_center_is_repeated_as_one(reference):
    request = with_slide(ask(reference, ("shell",), center="Seaside", new_center=True))
    command = command_line(request, Path("a.pgrun"))
    assert "--center Seaside --new-center" in command


def test_a_region_is_repeated_from_the_run_that_holds_it(reference):
    triangle = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
    request = with_slide(ask(reference, ("shell",), region_l0=(triangle,)))
    command = command_line(request, Path("a.pgrun"))
    assert command.endswith("--region a.pgrun --out a.pgrun")


def test_weights_that_were_chosen_are_named_by_their_file(reference):
    request = ask(reference, ("uni@mean",))
    chosen = {"uni": "/home/me/uni.safetensors", "virchow": "/home/me/virchow.bin"}
    command = command_line(request, Path("a.pgrun"), chosen)
    assert "--encoder uni@mean --weights uni=uni.safetensors --out a.pgrun" in command
