"""What an evaluation will cost, said alike in window and terminal."""

from __future__ import annotations

from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.cost.words import NO_DISK, cost_rows, cost_sentence, size_in_words


def cost(*encoders, tiles_reference=50, tiles_slide=100):
    return Cost(encoders, tiles_reference, tiles_slide)


KNOWN = EncoderCost("a", 150, 0, 120.0, 2_000_000, "warm-up")
STORED = EncoderCost("b", 0, 150, 0.0, 0, "stored")
UNKNOWN = EncoderCost("c", 150, 0, None, 3_000_000, "", reason="It cannot run here.")


def test_a_row_names_the_encoder_as_a_user_knows_it():
    (row,) = cost_rows(cost(KNOWN), {"a": "Encoder A"})
    assert (row.title, row.tiles, row.time, row.disk) == ("Encoder A", "150", "about 2 min", "2 MB")
    assert row.basis == "tried out just now"
    assert cost_rows(cost(KNOWN), {})[0].title == "a"


def test_what_is_embedded_already_costs_nothing():
    (row,) = cost_rows(cost(STORED), {})
    assert (row.time, row.disk, row.basis) == ("at once", NO_DISK, "embedded before")
    assert cost_sentence(cost(STORED)).endswith("all embedded before")


def test_a_time_nobody_knows_is_said_with_its_reason():
    (row,) = cost_rows(cost(UNKNOWN), {})
    assert (row.time, row.basis) == ("not known", "It cannot run here.")
    assert "time not known" in cost_sentence(cost(UNKNOWN))
    assert "about 2 min and what is not known" in cost_sentence(cost(KNOWN, UNKNOWN))


def test_without_a_slide_no_tiles_of_one_are_named():
    assert cost_sentence(cost(KNOWN, tiles_slide=0)).startswith("50 tiles of the reference set:")


def test_sizes_grow_from_megabytes_to_gigabytes():
    assert [size_in_words(n) for n in (0, 999_999, 10**6, 999 * 10**6, 10**9)] == [
        "under 1 MB", "under 1 MB", "1 MB", "999 MB", "1.0 GB",
    ]  # fmt: skip
