"""Sentences about corrections say no more than their intervals."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.corrections.registry import CORRECTIONS, TILE_CORRECTIONS
from pathgui.core.crossfit.results import Change, CorrectionEffect, Corrections, RecoloredSlides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import PermutationTest
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.correction_columns import COLUMNS, FULL_COLUMNS
from pathgui.core.results.corrections import (
    DEFINITION,
    basis_sentences,
    must_know,
    rows,
    so_far,
    tissue_warning,
    title_of,
)

UP, SAME, DOWN = (
    Change(0.4, 0.8, 0.3, 0.5),
    Change(0.9, 0.9, -0.02, 0.02),
    Change(0.9, 0.7, -0.3, -0.1),
)
TEST = PermutationTest(0.33, 0.01, -3.0, 0.002)
LEACE = CorrectionEffect("leace", UP, SAME, SAME, SAME, DOWN, 0.1, TEST, 0.33)
NO = NotAssessable("Not assessable: nothing is known.")


def found(*effects, v=0.0, left_out=()):
    return Corrections(
        list(effects), 11, 3, 10, 2, 0, 1200, 48, ["a", "b"], list(left_out), ["s", "t"],
        0.5, v, 0.5, 0.5, 3.0, [],
    )  # fmt: skip


def told(effect):
    row = rows(found(effect))[0]
    assert set(row.cells) == {column.key for column in COLUMNS}
    return row.cells["reading"], row.sentence


def test_better_is_said_where_the_index_rises_and_no_tissue_measure_falls():
    reading, sentence = told(LEACE)
    assert reading == "better"
    assert "the index rises: 0.400 → 0.800 [+0.300, +0.500]" in sentence
    assert "No fall of tissue on new slides can be told apart from chance." in sentence


def test_lost_tissue_is_said_before_anything_good():
    reading, sentence = told(replace(LEACE, tissue_new_slides=DOWN))
    assert reading == "tissue is lost"
    assert "Tissue on new slides is named worse: 0.900 → 0.700" in sentence
    assert "better" not in sentence


@pytest.mark.parametrize(
    ("changed", "reading"),
    [
        ({"index": SAME}, "no change told apart from chance"),
        ({"index": DOWN}, "worse"),
        ({"index": NO}, "not assessable"),
        ({"tissue_new_slides": NO}, "index up, tissue open"),
        ({"tissue_new_slides": NO, "same_center_share": 0.2}, "over-corrected"),
        ({"same_center_share": 0.2}, "over-corrected"),
        ({"tissue_met_center": DOWN}, "tissue is lost"),
    ],
)
def test_the_reading_goes_by_the_intervals(changed, reading):
    assert told(replace(LEACE, **changed))[0] == reading


@pytest.mark.parametrize("changed", [{"same_center_share": 0.2}, {"tissue_met_center": DOWN}])
def test_nothing_is_better_that_lost_tissue_somewhere_or_put_a_new_center_effect_in(changed):
    effect = replace(LEACE, **changed)
    assert not effect.better
    assert "better" not in rows(found(effect))[0].sentence


def test_with_few_slides_whose_intervals_are_too_narrow_nothing_is_called_better():
    row = rows(structs.replace(found(LEACE), fewest=4))[0]
    assert row.cells["reading"] == "index up, too few slides"
    assert "better" not in row.sentence


def test_what_cannot_be_assessed_says_why():
    assert told(replace(LEACE, index=NO))[1] == "LEACE: Not assessable: nothing is known."


def test_overcorrection_stands_beside_its_chance_value():
    _, sentence = told(replace(LEACE, same_center_share=0.2))
    assert (
        "Neighbors avoid their own center: 20 % are from it, and the chance value is 33 %"
        in sentence
    )


def test_the_basis_says_how_far_it_is_and_warns_where_tissue_goes_with_center():
    plain = basis_sentences(found(LEACE))
    assert plain[0].startswith("3 of 10 halvings, 1,200 tiles of 48 slides at 2 centers, k = 11")
    assert not any("Cramér" in text for text in plain)
    assert any("may take tissue out" in text for text in basis_sentences(found(LEACE, v=0.2)))
    assert any("projection first" in text for text in basis_sentences(found(LEACE, v=0.5)))
    assert any("under 4 slides: Ulm" in t for t in basis_sentences(found(LEACE, left_out=["Ulm"])))


def test_few_slides_a_pair_are_a_warning_about_the_intervals():
    few, enough = (
        basis_sentences(structs.replace(found(LEACE), fewest=fewest)) for fewest in (4, 8)
    )
    assert any("has 4 slides" in text and "too narrow" in text for text in few)
    assert not any("too narrow" in text for text in enough)


def test_intervals_that_hold_the_fits_hold_with_few_slides_a_pair():
    three, two = (
        structs.replace(found(LEACE), fewest=fewest, fits_in_intervals=True) for fewest in (3, 2)
    )
    assert not any("slides. W" in text for text in basis_sentences(three))
    assert any("fewer than 3 was not simulated" in text for text in basis_sentences(two))
    assert any("also hold what varies" in text for text in basis_sentences(three))
    assert any("fits are held" in text for text in basis_sentences(found(LEACE)))
    dealt = structs.replace(three, dealing_in_intervals=True)
    for each, narrow in ((three, True), (dealt, False)):
        said = next(text for text in basis_sentences(each) if text.startswith("In the intervals"))
        assert ("center probe are too narrow" in said) == narrow
        assert ("how slides were dealt" in said) != narrow
    known = structs.replace(two, dealing_in_intervals=True)
    fewer = structs.replace(known, fewest=1)
    assert any("fewer than 2 was not simulated" in text for text in basis_sentences(fewer))
    readings = [rows(each)[0].cells["reading"] for each in (three, two, known, fewer)]
    few = "index up, too few slides"
    assert readings == ["better", few, "better", few]


def test_one_line_tells_how_far_it_is():
    assert so_far(found(LEACE)) == "After 3 of 10 halvings: leace 0.400 → 0.800 [+0.300, +0.500]."


def test_every_correction_has_a_title():
    assert title_of("within-tissue") == "Within-tissue projection"


def test_a_full_row_has_each_chance_value_and_the_reason_of_what_is_missing():
    row = rows(found(replace(LEACE, tissue_new_center=NO)))[0]
    assert all(row.text(column.key) for column in FULL_COLUMNS)
    assert (row.text("null"), row.text("center_chance")) == ("0.500", "0.50")
    assert row.text("own_center") == "33 %, chance value 33 % (p 0.002)"
    assert row.tips["new_center"] == NO.reason
    assert row.tips["reading"] == row.sentence
    assert "any slide" in row.tips["name"]
    assert row.sort["index"] == 0.8


def test_the_warning_about_tissue_is_the_same_before_a_trial_and_after():
    for v, said in ((0.15, ""), (0.16, "may take"), (0.31, "projection first"), (None, "")):
        warning = tissue_warning(v)
        assert said in warning
        assert bool(warning) == bool(said)
        assert not warning or warning in basis_sentences(found(LEACE, v=v))


def test_of_recolored_tiles_it_is_said_what_they_were_brought_to_and_what_stayed():
    slides = RecoloredSlides("Ulm", 40, 2)
    effect = replace(LEACE, name="reinhard", recolored=slides)
    sentence = told(effect)[1]
    assert sentence.startswith("After Reinhard the index rises")
    assert "brought to those of Ulm" in sentence
    assert "2 of 40 slides have too little stain" in sentence
    published = told(replace(effect, recolored=RecoloredSlides("", 40, 0)))[1]
    assert "published reference" in published
    assert "too little stain" not in published


def test_while_the_last_correction_is_tried_only_it_is_said_between():
    late = replace(LEACE, name="reinhard", halvings=1, recolored=RecoloredSlides("", 4, 0))
    line = so_far(found(LEACE, late))
    assert line.startswith("After 1 of 10 halvings: reinhard 0.400")
    assert "leace" not in line
    assert "1 of 10 halvings are done" in told(late)[1]


def test_no_sentence_says_center_where_the_scanner_plays_it():
    scanner = RoleColumns(center="scanner", tissue="organ")
    effects = [
        LEACE,
        replace(LEACE, name="center-mean", tissue_new_slides=DOWN, tissue_new_center=DOWN),
        replace(LEACE, name="reinhard", recolored=RecoloredSlides("Alder", 5, 1)),
    ]
    some = found(*effects, v=0.4)
    said = [row.sentence for row in rows(some, scanner)]
    said += [text for row in rows(some, scanner) for text in (*row.cells.values(), row.title)]
    said += [text for row in rows(some, scanner) for text in row.tips.values()]
    said += basis_sentences(some, scanner)
    said += [scanner.say(DEFINITION), tissue_warning(0.2, scanner)]
    said += [must_know(each, scanner) for each in (*CORRECTIONS, *TILE_CORRECTIONS)]
    ours = [text.replace("Within-tissue", "").replace("within-tissue", "") for text in said]
    assert [text for text in ours if re.search(r"\b(center|tissue)s?\b", text, re.I)] == []
    assert any("Scanner means" in text for text in said)
