"""Sentences lose names and folders and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.reference.pseudonyms import Scrubber


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/home/Jo Smith/a.svs is gone", "a.svs is gone"),
        ("Doe_1 and Doe_12: 1234 tiles", "slide-1 and slide-12: 1234 tiles"),
        (r"C:\data\x\weights.bin is damaged", "weights.bin is damaged"),
        ("0.5 um/px, and/or 1/2", "0.5 um/px, and/or 1/2"),
        ("see https://example.org/a/b", "see https://example.org/a/b"),
    ],
)
def test_sentences_lose_folders_and_names_and_nothing_else(text, kept):
    replaced = {"Doe_1": "slide-1", "Doe_12": "slide-12", "1234": "slide-3"}
    assert Scrubber(replaced, [Path("/home/Jo Smith")])(text) == kept
