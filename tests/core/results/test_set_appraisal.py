"""What was found of a set, in words."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from pathgui.core.appraisal.appraisal import EncoderAppraisal, appraise
from pathgui.core.appraisal.doubles import NamedTile
from pathgui.core.appraisal.near_copies import NearCopies, NearPair
from pathgui.core.appraisal.odd_tiles import OddTile, OddTiles
from pathgui.core.appraisal.overlap import Collection, Training
from pathgui.core.appraisal.power import Expected, MoreSlides, Power
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.set_appraisal import (
    RIGHT_TO,
    cell_text,
    cell_title,
    cell_told,
    parts,
    verdict,
)
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


def test_power_says_what_to_expect_how_many_slides_halve_it_and_how_far_it_is_right():
    needs = [MoreSlides(t, c, 5, 22) for t in ("stroma", "tumor") for c in ("North", "South")]
    power = Power(
        k=11,
        value=0.44,
        low=0.3,
        high=0.58,
        of="slides",
        sets=24,
        tiles_share=0.5,
        expected=[
            Expected(20, 0.44, 0.252, 0.19, 0.29),
            Expected(40, 0.43, 0.174, 0.15, 0.2),
            Expected(80, 0.42, None, None, None),
        ],
        halved_slides=88,
        halved_by=needs,
    )
    text = said(with_encoder(power=power))
    assert "0.440, 95 % interval 0.300 to 0.580 at k = 11" in text
    assert "With as many new slides (20), expect an interval 0.252 wide (0.190 to 0.290" in text
    assert "With four times as many new slides (80) most sets would have no interval." in text
    assert "Half as wide with about 88 slides: 22 of each tissue at each center (now 5)." in text
    assert "with 50 % of their tiles" in text
    assert RIGHT_TO in text
    uneven = msgspec.structs.replace(power, halved_by=[replace(needs[0], have=2), *needs[1:]])
    assert "22 of stroma at North (now 2); 22 of stroma at South, tumor at North" in said(
        with_encoder(power=uneven)
    )


def test_power_that_was_not_computed_or_cannot_be_says_so():
    assert "was not computed" in said(with_encoder(power=None))
    text = said(with_encoder(power=NotAssessable("Not assessable: too few.")))
    assert "How wide intervals will be cannot be said: too few." in text


def test_an_encoder_that_saw_the_collection_is_told_from_one_of_which_it_is_not_known():
    tcga = [Collection("TCGA", 3, "names")]
    saw = with_encoder(training=Training("TCGA, PAIP", ["TCGA"], "unverified"), collections=tcga)
    text = "It was trained on TCGA, of which the set has slides: TCGA, PAIP (not checked)."
    assert text in said(saw)
    assert verdict(saw).tone == "caution"
    assert "as the names of 3 slides say" in said(saw)
    other = with_encoder(
        training=Training("slides of a hospital", [], "verified"), collections=tcga
    )
    assert "TCGA is not named among what it was trained on: slides of a hospital." in said(other)
    unknown = with_encoder(training=Training("", [], "unverified"), collections=tcga)
    assert "What it was trained on is not known; TCGA may be among it." in said(unknown)


def test_near_copies_and_odd_tiles_are_named():
    one = NamedTile(3, "a.png", "S1", "tumor", "North")
    other = replace(one, row=9, tile="b.png", slide="S2")
    found = with_encoder(
        near_copies=NearCopies([NearPair(one, other, 0.001)], 32, False),
        odd_tiles=OddTiles([OddTile(one, 0.4, 0.1, 7.0)], 1, 90),
    )
    assert "a.png (tumor, North, S1), b.png (tumor, North, S2)" in said(found)
    assert "1 tile of 90 stands apart" in said(found)
    assert "4.0 times as far as usual" in said(found)
    assert found.at_fault
    same = NearPair(one, replace(other, slide="S1"), 0.001)
    assert not with_encoder(near_copies=NearCopies([same], 32, False)).at_fault


def test_each_tissue_at_each_center_says_what_it_is_too_small_for_and_what_to_add():
    rows = [row for row in full_rows() if row[:2] != ("tumor", "North") or row[2].endswith("0")]
    found = appraise(reference_of(rows))
    told = cell_told(found, 1, 0)
    assert told == (
        "tumor at North: 3 tiles of 1 slide. Too few for telling tiles that stand apart "
        "(12 tiles); neighbors of its own on another slide (2 slides); the shortcut sweep (APD) "
        "(3 slides); an interval without caution (8 slides). Add 7 slides."
    )
    assert told in said(found)
    assert cell_told(found, 0, 0) == "stroma at North: 24 tiles of 8 slides."
    assert "tumor at South" not in parts(found)[0].lines[0].text
    none = appraise(reference_of([row for row in full_rows() if row[:2] != ("tumor", "North")]))
    assert cell_told(none, 1, 0) == "tumor at North: none. Add 8 slides."


def test_what_must_be_mended_names_its_tiles_and_what_to_do():
    pictures = [str(n) for n in range(96)]
    pictures[40] = pictures[0]
    found = appraise(reference_of(full_rows(), pictures=pictures))
    (line,) = [line for part in parts(found) for line in part.lines if line.tone == "fault"]
    assert (line.rows, line.then) == ((0, 40), "Throw out the tiles that are wrong.")
    assert line.whole == f"{line.text} {line.then}"


def with_encoder(collections=(), **facts):
    given = {
        "training": Training("", [], "unverified"),
        "unread": 0,
        "power": None,
        "near_copies": NearCopies([], 32, False),
        "odd_tiles": OddTiles([], 0, 90),
    }
    encoder = EncoderAppraisal("made", "Made up", **(given | facts))
    found = appraise(reference_of(full_rows()), [encoder])
    return replace(found, collections=list(collections))
