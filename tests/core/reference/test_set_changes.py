"""Versions of a set, and what made one of the other."""

from __future__ import annotations

import pytest

from pathgui.core.reference.set_changes import SetChange, next_version


@pytest.mark.parametrize(
    ("version", "following"),
    [("1", "2"), ("1.9", "1.10"), ("2026, June", "2027, June"), ("", "2"), ("a", "a-2"),
     ("a-2", "a-3"), ("3, center effect 0.8, seed 0", "4, center effect 0.8, seed 0")],
)  # fmt: skip
def test_a_version_counts_on(version, following):
    assert next_version(version) == following


def test_a_change_says_what_it_was_in_numbers():
    assert SetChange("1", "", 1, 0).sentence == "From version 1: 1 tile thrown out."
    assert SetChange("1", "", 0, 2).sentence == "From version 1: 2 tiles relabeled."
