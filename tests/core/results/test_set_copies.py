"""What is twice in a reference set is named, with what to do about it."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.appraisal.appraisal import EncoderAppraisal, appraise
from pathgui.core.appraisal.doubles import NamedTile
from pathgui.core.appraisal.near_copies import NearCopies, NearPair
from pathgui.core.appraisal.overlap import Training
from pathgui.core.results.set_copies import doubles_in_words, near_copies_in_words
from tests.core.appraisal.making import full_rows, reference_of


def test_equal_pictures_of_several_slides_are_a_fault_of_these_tiles():
    pictures = [str(n) for n in range(96)]
    pictures[40] = pictures[0]
    found = appraise(reference_of(full_rows(), pictures=pictures))
    fault, *_ = doubles_in_words(found.doubles, found.columns)
    assert (fault.tone, fault.rows) == ("fault", (0, 40))


def test_a_pair_that_is_nearly_the_same_is_a_fault_only_across_slides():
    one = NamedTile(3, "a.png", "S1", "tumor", "North")
    for slide, tone in (("S2", "fault"), ("S1", "caution")):
        pair = NearPair(one, replace(one, row=9, tile="b.png", slide=slide), 0.001)
        encoder = EncoderAppraisal(
            "made", "Made up", training=Training("", [], "unverified"), unread=0, power=None,
            near_copies=NearCopies([pair], 32, False), odd_tiles=None,
        )  # fmt: skip
        (line,) = near_copies_in_words(encoder)
        assert (line.tone, line.rows) == (tone, (3, 9))
