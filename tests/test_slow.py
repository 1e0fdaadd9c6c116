"""Which tests the fast command leaves out, and what falls in coverage."""

from __future__ import annotations

from pathlib import Path

from tests import slow
from tests.coverage_of_rooms import Lines, by_room, faults, lifted


def test_a_slow_test_is_listed_with_all_its_parameters_together(tmp_path):
    file = tmp_path / "slow.txt"
    slow.write({"t.py::a[1]": 0.2, "t.py::a[x::y]": 0.2, "t.py::b": 0.1}, file)
    assert slow.read(file) == {"t.py::a": 0.4}


def test_measuring_some_tests_keeps_what_is_known_of_others(tmp_path):
    file = tmp_path / "slow.txt"
    slow.write({"t.py::a": 2.0, "t.py::b": 3.0}, file)
    slow.write({"t.py::a": 0.1}, file)  # became fast
    assert slow.read(file) == {"t.py::b": 3.0}


def test_a_file_that_was_not_measured_is_left_out_until_it_is(tmp_path):
    file = tmp_path / "slow.txt"
    file.write_text("- a.py\n- b.py\n")
    assert slow.is_slow("a.py::x[1]", slow.read(file))
    slow.write({"a.py::x": 0.01, "a.py::y": 9.0}, file)
    assert not slow.is_slow("a.py::x", slow.read(file))
    assert slow.is_slow("a.py::y", slow.read(file))
    assert slow.is_slow("b.py::z", slow.read(file))


def test_all_slow_tests_that_are_listed_exist():
    root = Path(__file__).resolve().parents[1]
    for name in slow.read():
        path, _, function = name.partition("::")
        text = (root / path).read_text(encoding="utf-8") if (root / path).is_file() else ""
        assert function.rpartition("::")[2] in text, (
            f"{name} is gone: run python -m pytest -n 0 --measure on its file, or strike it from "
            "tests/slow.txt."
        )


SLIDE, LEVEL, MAIN = (
    Path("pathgui/core/slides/slide.py"),
    Path("pathgui/core/slides/level.py"),
    Path("pathgui/cli/main.py"),
)


def test_files_of_a_room_count_together():
    rooms = by_room({SLIDE: Lines(9, 10), LEVEL: Lines(0, 10), MAIN: Lines(4, 4)})
    assert rooms == {"core/slides": Lines(9, 20), "cli": Lines(4, 4)}
    assert rooms["core/slides"].percent == 45


def test_a_room_that_falls_below_its_floor_is_named_and_one_at_its_floor_is_not():
    rooms = {"core/slides": Lines(90, 100), "cli": Lines(80, 100)}
    assert faults(rooms, {"core/slides": 90, "cli": 80}) == []
    (said,) = faults(rooms, {"core/slides": 91, "cli": 80})
    assert said.startswith("core/slides fell to 90.0 %, below its floor of 91 %.")


def test_a_floor_without_a_room_is_named_and_a_new_room_gets_its_floor_when_they_are_lifted():
    (said,) = faults({"cli": Lines(1, 1)}, {"attic": 50})
    assert said.startswith("attic is no room any more")
    assert lifted({"cli": Lines(9, 10)}, {"attic": 50}) == {"cli": 90}


def test_floors_are_lifted_and_never_lowered():
    rooms = {"core/slides": Lines(959, 1000), "cli": Lines(70, 100)}
    assert lifted(rooms, {"core/slides": 90, "cli": 80}) == {"core/slides": 95, "cli": 80}
