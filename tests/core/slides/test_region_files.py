"""What of QuPath's files becomes a region: areas, holes, and classes that are left out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pathgui.core.errors import RegionError
from pathgui.core.progress import Notice
from pathgui.core.slides.region import inside
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.region_files import load_region, read_region
from tests.shared_data import shared

BOUNDS = (0, 0, 4000, 4000)
AREA = [[300, 300], [1200, 300], [1200, 1200], [300, 1200], [300, 300]]


def load(path: Path, *wanted: str) -> tuple[Any, str]:
    """A test of points, and the one line that was said."""
    told: list[str] = []

    def report(event: object) -> None:
        if isinstance(event, Notice):
            told.append(event.text)

    region = load_region(path, BOUNDS, wanted, report)
    assert len(told) <= 1
    assert not any("\n" in text for text in told)
    return (lambda *points: inside(np.array(points, float), region).tolist()), "".join(told)


# By the name of a file: points inside, points outside, and what is said of it.
FILES: dict[str, tuple[list[tuple[int, int]], list[tuple[int, int]], str]] = {
    "ignore-elsewhere": ([(500, 500)], [(1000, 1000), (750, 750)], "1 area of Ignore*"),
    "region-ignore-half": ([(500, 500), (1000, 2000)], [(1100, 500)], "1 area of Ignore*"),
    "excluded-class": ([(400, 400), (1100, 600)], [(600, 600), (990, 990)], "1 area of Ignore*"),
    "geometry-null": ([(400, 400)], [(1300, 400)], "1 without geometry left out"),
    "empty-coordinates-and-area": ([(400, 400)], [(10, 10)], "1 empty left out"),
    "line-point-and-area": ([(400, 400)], [(1, 1)], "1 point or line left out"),
    "hole": ([(400, 400), (1000, 1000)], [(700, 700)], ""),
    "multi": ([(400, 400), (1000, 1000)], [(750, 750)], ""),
    "collection": ([(400, 400), (1000, 1000)], [(750, 750)], "1 point or line left out"),
    "list": ([(400, 400)], [(1300, 400)], ""),
    "bowtie": ([(350, 750), (1100, 750)], [(750, 400), (750, 1100)], ""),
    "class-null": ([(400, 400)], [(1300, 400)], ""),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_qupaths_files_give_the_area_that_is_meant(name: str) -> None:
    within, without, said = FILES[name]
    holds, told = load(shared("faults", "geojson", f"{name}.geojson"))
    assert holds(*within) == [True] * len(within)
    assert holds(*without) == [False] * len(without)
    assert said in told
    assert bool(said) == bool(told)


def feature(rings: Any, kind: Any = None, form: str = "Polygon") -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": form, "coordinates": rings},
        "properties": {"objectType": "annotation", "classification": kind},
    }


def write(path: Path, *features: Any) -> Path:
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def square(left: int, top: int, side: int) -> list[list[int]]:
    right, bottom = left + side, top + side
    return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]


@pytest.mark.parametrize(
    "kind",
    [
        {"name": "Ignore*"},
        {"name": "Necrosis*", "color": [1, 2, 3]},
        {"names": ["Tumor", "Ignore*"]},
        "Ignore*",
    ],
)
def test_every_class_that_ends_in_a_star_is_taken_out(tmp_path: Path, kind: Any) -> None:
    path = write(
        tmp_path / "a.geojson",
        feature([square(0, 0, 100)], {"name": "Tumor"}),
        feature([square(200, 0, 100), square(240, 40, 20)]),
        feature([square(50, -50, 200)], kind),
    )
    holds, told = load(path)
    assert holds((25, 25), (280, 90)) == [True, True]
    assert holds((75, 25), (220, 20), (250, 50)) == [False] * 3
    assert told.startswith("a.geojson: 2 areas taken; 1 area of ")


def test_what_crosses_itself_is_taken_out_where_it_is_inside(tmp_path: Path) -> None:
    bow = [[0, 0], [100, 100], [100, 0], [0, 100], [0, 0]]
    path = write(
        tmp_path / "a.geojson", feature([square(0, 0, 100)]), feature([bow], {"name": "Ignore*"})
    )
    holds, _ = load(path)
    assert holds((10, 50), (90, 50), (50, 10), (50, 90)) == [False, False, True, True]


def test_a_class_can_be_chosen_and_an_unknown_one_names_the_others(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.geojson",
        feature([square(0, 0, 100)], {"name": "Tumor"}),
        feature([square(200, 0, 100)], {"name": "Stroma"}),
        feature([square(50, 0, 20)], {"name": "Ignore*"}),
        feature([square(400, 0, 100)]),
    )
    holds, told = load(path, "Tumor")
    assert holds((10, 10), (60, 10), (250, 50), (450, 50)) == [True, False, False, False]
    assert "2 areas of other classes left out" in told
    holds, _ = load(path, "Stroma", "(no class)")
    assert holds((10, 10), (250, 50), (450, 50)) == [False, True, True]
    holds, _ = load(path, "Ignore*")  # asked for by name
    assert holds((60, 10), (10, 10)) == [True, False]
    with pytest.raises(RegionError, match=r"It has: \(no class\), Ignore\*, Stroma, Tumor"):
        load(path, "Tumour")


@pytest.mark.parametrize(
    ("choice", "within", "outside"),
    [
        (ClassChoice(left_out=("Stroma",)), [(10, 10), (450, 50)], [(60, 10), (250, 50)]),
        (ClassChoice(("Tumor",), ("(no class)",)), [(10, 10)], [(60, 10), (250, 50), (450, 50)]),
        # With nothing to keep to, what is left out is taken out of the whole slide.
        (
            ClassChoice(left_out=("Tumor", "Stroma", "(no class)")),
            [(900, 900)],
            [(10, 10), (60, 10), (250, 50), (450, 50)],
        ),
    ],
)
def test_classes_left_out_are_cut_out_of_the_others(tmp_path: Path, choice, within, outside):
    path = write(
        tmp_path / "a.geojson",
        feature([square(0, 0, 100)], {"name": "Tumor"}),
        feature([square(200, 0, 100)], {"name": "Stroma"}),
        feature([square(50, 0, 20)], {"name": "Ignore*"}),
        feature([square(400, 0, 100)]),
    )
    found = read_region(path, BOUNDS, choice)
    assert inside(np.array(within, float), found.polygons).all()
    assert not inside(np.array(outside, float), found.polygons).any()
    assert found.classes == choice.found(["Tumor", "Stroma", "Ignore*", ""])


def test_where_nothing_is_left_that_is_said(tmp_path: Path) -> None:
    only = write(tmp_path / "only.geojson", feature([AREA], {"name": "Ignore*"}))
    with pytest.raises(RegionError, match=r"all are of Ignore\*, which QuPath leaves out"):
        load(only)
    covered = write(
        tmp_path / "covered.geojson",
        feature([AREA], {"name": "Tumor"}),
        feature([square(0, 0, 2000)], {"name": "Ignore*"}),
    )
    with pytest.raises(RegionError, match="Nothing is left"):
        load(covered)


def test_damaged_features_are_counted_and_the_good_area_is_taken(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.geojson",
        None,
        7,
        {"type": "Feature"},
        {"type": "Feature", "geometry": {}, "properties": []},
        feature(None),
        feature([[["a", 1], [2, 2], [3, 3]]]),
        feature([[[1, 1], [2, 2]]]),
        feature([[]]),
        feature([1, 2], form="LineString"),
        {"type": "Feature", "properties": {"objectType": "cell"}, "geometry": None},
        {"type": "Sphere"},
        feature([AREA]),
    )
    holds, told = load(path)
    assert holds((400, 400)) == [True]
    assert "5 damaged" in told
    assert "1 cell, detection or tile" in told


def test_a_pipe_or_a_file_without_end_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.geojson")
    for path in (tmp_path / "pipe.geojson", Path("/dev/zero")):
        with pytest.raises(RegionError, match="not a file"):
            load(path)
