"""What was found of a set, in words."""

from __future__ import annotations

from pathgui.core.appraisal.appraisal import appraise
from pathgui.core.results.set_appraisal import cell_text, cell_title, parts, verdict
from tests.core.appraisal.making import full_rows, reference_of


def said(found):
    return "\n".join(line.text for part in parts(found) for line in part.lines)


def test_a_sound_set_is_told_so_and_what_was_looked_for_is_named():
    found = appraise(reference_of(full_rows()))
    assert verdict(found).tone == "fine"
    assert "Not found: the same picture twice, one patient at two centers" in said(found)
    assert (cell_title(found), cell_text(found, 0, 1)) == (
        "Tiles (slides) of each tissue at each center",
        "24 (8)",
    )


def test_a_fault_is_the_verdict_and_names_the_tiles():
    pictures = [str(n) for n in range(96)]
    pictures[40] = pictures[0]
    found = appraise(reference_of(full_rows(), pictures=pictures))
    assert verdict(found).tone == "fault"
    assert "tile 0 (stroma, North, North-stroma-0), tile 40 (stroma, South" in said(found)


def test_tissue_that_goes_with_center_asks_for_a_look_and_says_what_helps():
    rows = [row for row in full_rows() if row[:2] != ("tumor", "North") or row[2].endswith("0")]
    found = appraise(reference_of(rows))
    assert verdict(found).tone == "caution"
    assert "An encoder that follows centers gets tissues right" in said(found)
    assert "Add 7 slides of tumor at North" not in said(found)
    assert "Add 2 slides of tumor at North." in said(found)  # for the shortcut sweep
