from __future__ import annotations

import pytest

from pathgui.core.system.typed import typed_number, with_point


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5), ("0,5", 0.5), (".5", 0.5), (",5", 0.5), ("5,", 5.0), ("-0,25", -0.25),
        ("\u22120,25", -0.25), ("1.024", 1.024), ("1,024", 1.024), ("1.024,5", 1024.5),
        ("1,024.5", 1024.5), ("1.024.000", 1024000.0), ("1\u202f024,5", 1024.5),
        ("1’024.5", 1024.5), ("12 000", 12000.0), ("2,5E-1", 0.25),
    ],
)  # fmt: skip
def test_a_point_and_a_comma_mean_the_same(text, number):
    assert typed_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", "1,2,3", "1.2,3.4", "12,34.5", "1e999", "nan", "inf", "half", "1_0"],
)
def test_what_has_no_single_meaning_is_no_number(text):
    assert typed_number(text) is None


@pytest.mark.parametrize(
    ("text", "plain"), [("1,024", "1024"), ("1.024.000", "1024000"), ("0,5", "0,5"), ("12", "12")]
)
def test_in_a_whole_number_marks_part_groups_alone(text, plain):
    assert with_point(text, whole=True) == plain
