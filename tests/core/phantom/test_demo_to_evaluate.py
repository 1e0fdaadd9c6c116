"""The demo's material is made once, and again only where it is damaged or of another version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.phantom import demo_to_evaluate
from pathgui.core.phantom.demo import Demo
from pathgui.core.phantom.demo_to_evaluate import DEMO_ENCODERS, DEMO_NAME, prepare_demo
from tests.known import encoder
from tests.material import make_reference


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Stands in for the drawing, which takes most of a minute; what was asked of it."""
    make_reference(tmp_path / "drawn")
    manifest = tmp_path / "drawn" / "manifest.csv"
    phantom = Demo(tmp_path, tmp_path / "a.tif", manifest, tmp_path / "t", "Lakeside", 0.5, 1, "v1")
    asked, version = [], ["v1"]

    def make_demo(folder, *, report):
        asked.append(folder)
        return replace(phantom, version=version[0])

    monkeypatch.setattr(demo_to_evaluate, "make_demo", make_demo)
    return asked, version


def test_the_material_is_the_phantoms_slide_and_center_and_a_set_made_from_its_manifest(
    made, tmp_path
):
    material = prepare_demo(tmp_path / "demo")
    assert made[0] == [tmp_path / "demo" / "phantom"]
    assert (material.slide, material.center) == (tmp_path / "a.tif", "Lakeside")
    info = material.reference.info
    assert (info.name, info.version, len(material.reference)) == (DEMO_NAME, "v1", 48)
    assert "no patient's tissue is in it" in info.description


def test_a_set_that_is_there_is_used_again(made, tmp_path, monkeypatch):
    first = prepare_demo(tmp_path / "demo").reference
    monkeypatch.setattr(demo_to_evaluate, "build_reference", None)  # it would be called
    assert prepare_demo(tmp_path / "demo").reference.info == first.info


def test_a_set_of_another_version_is_made_again(made, tmp_path):
    prepare_demo(tmp_path / "demo")
    made[1][0] = "v2"
    assert prepare_demo(tmp_path / "demo").reference.info.version == "v2"


def test_a_damaged_set_is_made_again(made, tmp_path):
    folder = prepare_demo(tmp_path / "demo").reference.folder
    (folder / "reference.json").write_text("{")
    assert prepare_demo(tmp_path / "demo").reference.info.version == "v1"


def test_the_demos_encoders_need_no_download():
    assert all(encoder(name).readiness().ready for name in DEMO_ENCODERS)
