"""Classes of regions: which are evaluated, which are cut out, and what that is called."""

from __future__ import annotations

import pytest

from pathgui.core.errors import RegionError
from pathgui.core.slides.region_choice import ClassChoice, RegionClasses


@pytest.mark.parametrize(
    ("choice", "used", "left_out"),
    [
        (ClassChoice(), ("", "Stroma", "Tumor"), ("Ignore*",)),
        (ClassChoice(left_out=("Stroma", "(no class)")), ("Tumor",), ("", "Ignore*", "Stroma")),
        (ClassChoice(("Tumor",)), ("Tumor",), ("Ignore*",)),
        (ClassChoice(("Ignore*",), ("Tumor",)), ("Ignore*",), ("Tumor",)),
    ],
)
def test_each_class_is_used_cut_out_or_passed_over(choice, used, left_out):
    kinds = ["Tumor", "Stroma", "Ignore*", "", "Tumor"]
    assert choice.found(kinds) == RegionClasses(used, left_out)


def test_a_class_that_is_not_there_or_is_chosen_both_ways_is_one_sentence():
    with pytest.raises(RegionError, match=r"^a has no area of the class Fat\. It has: Tumor\.$"):
        ClassChoice(left_out=("Fat",)).check(["Tumor"], "a")
    with pytest.raises(RegionError, match="Tumor is both"):
        ClassChoice(("Tumor",), ("Tumor",)).check(["Tumor"], "a")
    ClassChoice(("Tumor",), ("(no class)",)).check(["Tumor", ""], "a")


def test_a_choice_is_said_in_words():
    assert ClassChoice().said == "all"
    assert ClassChoice(("Tumor",), ("Fat", "Pen")).said == "Tumor; left out: Fat, Pen"
