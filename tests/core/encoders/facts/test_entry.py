"""A row of the table of encoders is read and checked."""

from __future__ import annotations

import pytest

from pathgui.core.encoders.facts.entry import read_catalog, read_entry
from pathgui.core.errors import EncoderError

GOOD = """
title = "Ours"
dim = 384
input_px = 224
mpp = 0.5
mean = [0.5, 0.5, 0.5]
std = [0.5, 0.5, 0.5]
pooling = "cls"
[model]
arch = "vit_small_patch16_224"
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ours.toml"


def test_the_files_name_is_the_encoders_name(file):
    file.write_text(GOOD)
    assert read_entry(file).name == "ours"


def test_poolings_have_the_width_that_their_tokens_have(file):
    file.write_text(GOOD)
    entry = read_entry(file)
    assert entry.poolings == ("cls", "mean", "cls+mean")
    assert [entry.dim_of(pooling) for pooling in entry.poolings] == [384, 384, 768]
    file.write_text(GOOD.replace('"cls"', '"cls+mean"'))
    entry = read_entry(file)
    assert [entry.dim_of(pooling) for pooling in entry.poolings] == [384, 192, 192]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dim = 384", "dim = 0", "must be above 0"),
        ("mpp = 0.5", "mpp = nan", "must be above 0"),
        ("std = [0.5, 0.5, 0.5]", "std = [0.5, 0.5, 0.0]", "must be above 0"),
        ("dim = 384", "dim = 100000000000000000000", "dim and width can be 65,536 at most"),
        ("dim = 384", "dim = 384\nwidth = 65537", "dim and width can be 65,536 at most"),
        ("dim = 384", "dim = 384\nwidth = -1", "dim and width can be"),
        ("input_px = 224", "input_px = 16385", "and input_px 16,384"),
        ("mpp = 0.5", "mpp = inf", "must be finite"),
        ("std = [0.5, 0.5, 0.5]", "std = [0.5, 0.5, nan]", "must be finite"),
        ('pooling = "cls"', 'pooling = "first"', "no pooling is called 'first'"),
        ("dim = 384", 'dim = "wide"', "does not describe an encoder"),
        ("dim = 384", 'dim = "wide"', "dim must be a whole number, not text."),
        ("std = [0.5, 0.5, 0.5]", 'std = [0.5, 0.5, "x"]', "std[2] must be a number, not text"),
        ("dim = 384", "dim = 384\ncolor = 1", "color"),
        ('title = "Ours"\n', "", "title is missing."),
        ('title = "Ours"', 'title = "Ours"\nname = "a@b"', "no '@'"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(file, old, new, said):
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(EncoderError) as refused:
        read_entry(file)
    assert "ours.toml" in str(refused.value)
    assert said in str(refused.value)


def test_the_table_has_both_kinds_and_each_name_once():
    entries, listed = read_catalog()
    names = [each.name for each in (*entries, *listed)]
    assert entries
    assert listed
    assert len(set(names)) == len(names)
    assert all(each.reason for each in listed)
