"""A QuPath project gives slides and what the user typed; what is no file is named and passed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pathgui.core.cohort.column_proposal import propose_columns
from pathgui.core.cohort.qupath_project import read_project
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.core.cohort.table_import import import_table
from pathgui.core.errors import CohortError
from tests.shared_data import shared


def image(uri: str = "file:/D:/my%20slides/A%20%231.svs", **more: Any) -> dict[str, Any]:
    side = {"value": 0.25, "unit": "µm"}
    builder = {
        "builderType": "uri", "uri": uri, "args": [],
        "metadata": {"pixelCalibration": {"pixelWidth": side, "pixelHeight": side}},
    }  # fmt: skip
    return {"serverBuilder": builder | more, "imageName": "A #1.svs", "metadata": {"Case": "P1"}}


def project(path, *images: Any):
    path.write_text(json.dumps({"version": "0.5.1", "images": list(images)}), encoding="utf-8")
    return read_project(path)


def columns(sheet) -> dict[str, list[str]]:
    return dict(zip(sheet.headings, sheet.columns, strict=True))


def test_a_real_project_becomes_slides_with_centers_and_patients():
    sheet, told = read_project(shared("qupath", "project.qpproj"))
    assert told == []
    proposal = propose_columns(sheet)
    assert [each.heading for each in proposal.unsure] == ["Hospital", "Case"]
    slides = import_table(SlideTable(), proposal.accepted(), add_slides=True).slides
    assert slides.column("center") == ["C0", "C1", "C2", "C3"]
    assert slides.column("patient_id")[0] == "patient006"
    assert slides.column("mpp")[0] == "0.24"
    assert slides.slide_ids[0] == "camelyon17-center0-patient006_node_1"


def test_names_are_taken_from_windows_paths_with_odd_letters(tmp_path):
    sheet, _ = project(tmp_path / "p.qpproj", image())
    assert columns(sheet) == {
        "slide_id": ["A #1"], "file": ["A #1.svs"], "mpp": ["0.25"], "Case": ["P1"]
    }  # fmt: skip


def test_a_name_that_the_user_gave_in_qupath_is_kept_beside_the_file(tmp_path):
    sheet, _ = project(tmp_path / "p.qpproj", image() | {"imageName": "Case seven"})
    assert columns(sheet)["image name"] == ["Case seven"]


def test_what_is_no_file_is_named_and_passed_over(tmp_path):
    rotated = {"builderType": "rotated", "builder": image()["serverBuilder"]}
    _, told = project(
        tmp_path / "p.qpproj", image("omero:iviewer?images=3"), image("https://x.org/a.svs"),
        image() | {"serverBuilder": rotated}, image(), image("file:/D:/"),
    )  # fmt: skip
    assert told == [
        "image 1 (A #1.svs): it lies on a server (omero:); passed over",
        "image 2 (A #1.svs): it lies on a server (https:); passed over",
        "image 3 (A #1.svs): it is rotated from another image; passed over",
    ]


def test_an_image_that_is_damaged_does_not_cost_the_others(tmp_path):
    sheet, told = project(tmp_path / "p.qpproj", {}, None, image(), {"serverBuilder": 7})
    assert columns(sheet)["slide_id"] == ["A #1"]
    assert [text[:7] for text in told] == ["image 1", "image 2", "image 4"]


def test_pixels_without_a_length_or_not_square_have_no_mpp(tmp_path):
    def sides(width: Any, height: Any, unit: str = "µm"):
        calibration = {"pixelWidth": {"value": width, "unit": unit},
                       "pixelHeight": {"value": height, "unit": unit}}  # fmt: skip
        return image(metadata={"pixelCalibration": calibration})

    for number, made in enumerate((
        sides(1, 1, "px"), sides(0.2, 0.3), sides("wide", 0.3), sides(-1, -1),
        image(metadata=None),
    )):  # fmt: skip
        sheet, _ = project(tmp_path / f"{number}.qpproj", made)
        assert "mpp" not in sheet.headings


def test_where_qupath_counts_from_the_slides_corner_is_said(tmp_path):
    _, told = project(tmp_path / "p.qpproj", image(args=["--no-crop"]))
    assert "--from-corner" in told[0]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "cannot be read"),
        (b"[]", "no list of images"),
        (b'{"images": 7}', "no list of images"),
        (b'{"images": []}', "It has no images"),
        (b'{"images": [{}]}', "image 1: it is damaged"),
        (b"[" * 5000, "cannot be read"),
    ],
)
def test_what_is_no_project_is_one_sentence(tmp_path, content, text):
    path = tmp_path / "p.qpproj"
    path.write_bytes(content)
    with pytest.raises(CohortError, match=text) as error:
        read_project(path)
    assert str(path) in str(error.value)
