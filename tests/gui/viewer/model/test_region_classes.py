"""The list of classes that regions may have, their order and colors."""

from __future__ import annotations

from pathgui.core.pictures.palette import tissue_colors
from pathgui.gui.viewer.model.region_classes import IGNORE, LONGEST_NAME, RegionClasses


def test_tissues_come_first_then_what_is_typed_and_what_is_ignored_last():
    classes = RegionClasses()
    assert classes.names == (IGNORE,)
    classes.add("Necrosis")
    classes.offer(["Fat", "Tumor"])
    assert classes.names == ("Fat", "Tumor", "Necrosis", IGNORE)
    classes.offer(["Necrosis"])
    assert classes.names == ("Necrosis", IGNORE)


def test_a_tissue_has_the_color_that_it_has_on_slide_and_report_unless_a_file_gives_one():
    classes = RegionClasses()
    classes.offer(["Fat", "Tumor"])
    assert [classes.color_of(name) for name in ("Fat", "Tumor")] == tissue_colors(2)
    classes.add("Tumor", (200, 0, 0))
    assert classes.color_of("Tumor") == (200, 0, 0)
    classes.add("Tumor")
    assert classes.color_of("Tumor") == (200, 0, 0)
    assert len({classes.color_of(name) for name in ("", "Fat", "Tumor", "new", IGNORE)}) == 5


def test_a_typed_name_is_kept_without_needless_blanks_and_not_twice():
    classes = RegionClasses()
    assert classes.add("  Große   Drüse ") == "Große Drüse"
    assert classes.add("Große Drüse") == "Große Drüse"
    assert classes.add("   ") == ""
    assert len(classes.add("x" * 500)) == LONGEST_NAME
    assert classes.names.count("Große Drüse") == 1
    assert "" not in classes.names


def test_a_class_with_a_star_is_out_whatever_is_chosen():
    classes = RegionClasses()
    assert classes.is_out(IGNORE)
    assert not classes.is_out("Tumor")
    classes.left_out = frozenset({"Tumor"})
    assert classes.is_out("Tumor")
