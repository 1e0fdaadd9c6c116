"""What is known of an encoder, in words: alike in window and terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from pathgui.core.encoders.facts import words
from pathgui.core.encoders.facts.registry import Facts, State
from tests.known import encoder


def test_every_state_and_every_kind_of_facts_has_words():
    assert set(words.STATES) == set(get_args(State))
    assert set(words.FACTS) == set(get_args(Facts))


def test_the_lines_say_tile_embedding_license_and_source():
    spec = encoder("shell")
    text = "\n".join(words.fact_lines(spec))
    for part in (spec.title, f"{spec.tile.size_px} px", f"{spec.dim} numbers", spec.licence):
        assert part in text
    assert spec.source in text


def test_of_imported_embeddings_no_size_of_tiles_is_claimed():
    spec = replace(encoder("shell"), embeddings="table.npz")
    assert "Tile: as the other program cut it" in words.fact_lines(spec)


def test_notes_and_origin_are_said_where_there_are_any():
    spec = replace(encoder("shell"), notes="A remark.", origin="a file of mine", sources="")
    lines = words.fact_lines(spec)
    assert lines[-2:] == ["Notes: A remark.", "From: a file of mine"]
