"""The one k of the encoders of a run."""

from __future__ import annotations

import itertools

import pytest

from pathgui.core.errors import CriteriaError, EmbeddingsError
from pathgui.core.metrics.neighbors.shared_k import KVote, asked_k, share_k


def vote(name, own, least=1, most=201, control=False):
    return KVote(name, own, least, most, control)


def test_encoders_share_the_median_of_their_own_k():
    assert share_k([vote("a", 3), vote("b", 11), vote("c", 161)]).k == 11


def test_of_two_in_the_middle_the_lower_is_taken_which_was_tried():
    assert share_k([vote("a", 3), vote("b", 11)]).k == 3
    assert share_k([vote("a", 1), vote("b", 7), vote("c", 21), vote("d", 101)]).k == 7


def test_the_order_of_the_encoders_plays_no_part():
    votes = [vote("a", 3, 5), vote("b", 11), vote("c", 161, control=True), vote("d", 21)]
    chosen = {share_k(order).k for order in itertools.permutations(votes)}
    assert len(chosen) == 1


def test_ticking_a_control_moves_no_k_that_is_defined_for_it():
    encoders = [vote("a", 3), vote("b", 11), vote("c", 21)]
    assert share_k([*encoders, vote("stain", 161, control=True)]).k == share_k(encoders).k


def test_controls_alone_decide_among_themselves():
    found = share_k([vote("stain", 161, control=True), vote("size", 21, control=True)])
    assert found.k == 21
    assert "controls left out" not in found.rule


def test_no_k_at_which_an_index_is_not_defined_is_shared():
    found = share_k([vote("a", 3), vote("b", 3), vote("stain", 3, least=9, control=True)])
    assert (found.k, found.least_k) == (9, 9)
    assert "raised from 3" in found.rule


def test_an_encoder_that_has_no_index_at_any_k_raises_nothing():
    assert share_k([vote("a", 3), vote("b", 5, least=None)]).least_k == 1


def test_k_is_one_that_half_of_the_tiles_of_every_encoder_have():
    found = share_k([vote("a", 61), vote("b", 61, most=40)])
    assert found.k == 40
    assert "lowered from 61" in found.rule


def test_one_encoder_takes_its_own():
    found = share_k([vote("a", 21)])
    assert found.k == 21
    assert "own best k" in found.rule


def test_the_votes_are_kept_as_they_were():
    votes = [vote("a", 3), vote("stain", 161, control=True)]
    assert share_k(votes).votes == votes


def test_nobody_to_ask_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="no encoder"):
        share_k([])


def test_what_criteria_fix_is_taken_where_nothing_else_is_asked_for():
    asked = asked_k("auto", {21})
    assert (asked.number, asked.basis) == (21, "criteria")
    assert asked.shared is not None


def test_criteria_and_a_request_may_agree():
    assert asked_k(11, {11}).basis == "number"
    assert asked_k("pathorob-camelyon", {11}).basis == "preset"


@pytest.mark.parametrize("rule", [21, "pathorob-tcga"])
def test_criteria_for_another_k_than_asked_for_are_refused_with_both_numbers(rule):
    with pytest.raises(CriteriaError, match=r"k = 11.*k = (21|61).*Leave k automatic or take 11"):
        asked_k(rule, {11})


def test_criteria_for_several_k_are_refused():
    with pytest.raises(CriteriaError, match="different k: 11, 21"):
        asked_k("auto", {21, 11})


def test_a_rule_that_is_none_is_refused():
    with pytest.raises(EmbeddingsError, match="auto, a number"):
        asked_k("many")


def test_the_k_of_an_earlier_run_says_so():
    asked = asked_k(11, origin="as in the run of 2026-01-02")
    assert (asked.basis, asked.rule) == ("run", "as in the run of 2026-01-02")


def test_without_a_number_the_encoders_have_to_be_asked():
    assert asked_k("auto").shared is None


def test_an_encoder_without_an_index_has_no_vote():
    """As one whose embeddings are all alike: its best k is that of the row order."""
    alike = KVote("alike", own_k=3, least_k=None, most_k=201)
    found = share_k([KVote("a", 21, 1, 201), KVote("b", 41, 1, 201), alike])
    assert found.k == 21
    assert "1 without an index had no vote" in found.rule
    assert share_k([alike]).k == 3


def test_who_had_no_say_is_said():
    stain = vote("stain", 161, control=True)
    assert share_k([vote("a", 3), vote("b", 5), stain]).rule == (
        "median of the own best k of 2 encoders, controls left out"
    )
    alike = share_k([vote("a", 3), vote("b", 5, least=None)])
    assert alike.rule == (
        "own best k of the only encoder that votes; 1 without an index had no vote"
    )
    assert "left out" not in share_k([stain, vote("size", 21, control=True)]).rule
