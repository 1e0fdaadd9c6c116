"""A fitted correction as a file: it comes back to the last bit, and goes nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from pathgui.core.corrections.correction_file import (
    CorrectionHead,
    load_correction,
    require_belongs,
    save_correction,
)
from pathgui.core.corrections.registry import CORRECTIONS, any_correction, correction
from pathgui.core.corrections.stain import PUBLISHED, LabLook, color_counts, rounded
from pathgui.core.errors import CorrectionError
from tests.core.corrections.reference import drawn

VALUES, TISSUE, CENTER = drawn()
NAMES = np.array(["Aix", "Köln", "Ulm"])[CENTER]
HEAD = CorrectionHead(
    1, "leace", "0.1", "uni@cls+mean", "cls+mean", 6, "ab", "set", "1", "cd", 120,
    ["Aix", "Köln", "Ulm"],
)  # fmt: skip
PAGE = Path(__file__).parents[3] / "docs" / "corrections.md"


def saved(path, name="leace"):
    fitted = correction(name).fit(VALUES, NAMES, TISSUE)
    save_correction(path, fitted, replace(HEAD, method=name))
    return fitted


@pytest.mark.parametrize("name", [each.name for each in CORRECTIONS])
def test_it_comes_back_as_it_was(name, tmp_path):
    fitted = saved(tmp_path / "Mäh 1.safetensors", name)
    read = load_correction(tmp_path / "Mäh 1.safetensors")
    assert read.head == replace(HEAD, method=name)
    np.testing.assert_array_equal(read.fitted.apply(VALUES, NAMES), fitted.apply(VALUES, NAMES))


@pytest.mark.parametrize("name", ["within-tissue", "combat"])
def test_the_loader_of_the_page_does_the_same_without_pathgui(name, tmp_path, monkeypatch):
    fitted = saved(tmp_path / "correction.safetensors", name)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    code = next(block for block in blocks if "correction.safetensors" in block)
    given = {"embeddings": VALUES, "center": NAMES}
    exec(code, given)
    np.testing.assert_allclose(given["corrected"], fitted.apply(VALUES, NAMES), atol=1e-12)
    assert "pathgui" not in re.sub(r'"pathgui"', "", code)
    loader = code.partition("if ")[0]
    assert len([line for line in loader.splitlines() if line]) <= 10


LOOKS = {
    "reinhard": LabLook(np.array([70.0, 12.0, -9.0]), np.array([15.0, 8.0, 6.0])),
    "macenko": PUBLISHED,
}


@pytest.mark.parametrize("name", LOOKS)
def test_what_tiles_are_brought_to_comes_back_as_it_was(name, tmp_path):
    head = replace(HEAD, method=name, target="Ulm")
    save_correction(tmp_path / "a.safetensors", LOOKS[name], head)
    read = load_correction(tmp_path / "a.safetensors")
    assert read.head == head
    assert type(read.fitted) is type(LOOKS[name])
    np.testing.assert_array_equal(read.fitted.numbers, LOOKS[name].numbers)


@pytest.mark.parametrize("name", LOOKS)
def test_the_page_recolors_tiles_of_a_slide_without_pathgui(name, tmp_path, monkeypatch):
    save_correction(tmp_path / "correction.safetensors", LOOKS[name], replace(HEAD, method=name))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    loader = next(block for block in blocks if "correction.safetensors" in block).partition("if ")[
        0
    ]
    (code,) = (block for block in blocks if "# tiles: uint8" in block)
    rng = np.random.default_rng(0)
    amounts = rng.uniform(0.2, 1.2, (3 * 16 * 16, 2))
    light = 240 * np.exp(-amounts @ np.array([[0.6, 0.7, 0.4], [0.2, 0.9, 0.4]]))
    tiles = light.clip(0, 255).astype(np.uint8).reshape(3, 16, 16, 3)
    given = {"tiles": tiles}
    exec(loader + code, given)
    look = any_correction(name).look(color_counts(tiles))
    wanted = np.stack([rounded(look.recolored(tile, LOOKS[name])) for tile in tiles])
    np.testing.assert_allclose(given["recolored"].astype(int), wanted, atol=1)
    assert (wanted != tiles).any()
    assert "pathgui" not in code


@pytest.mark.parametrize(
    "arrays",
    [
        {"mean": np.zeros(3), "sd": np.array([1.0, -1.0, 1.0])},
        {"absorption": np.eye(3, 2), "strength": np.zeros(2)},
        {"mean": np.zeros(3), "strength": np.ones(2)},
    ],
)
def test_a_stain_that_is_none_is_refused(arrays, tmp_path):
    from safetensors.numpy import save_file

    text = {"pathgui": msgspec.json.encode(replace(HEAD, method="reinhard")).decode()}
    save_file(arrays, tmp_path / "a.safetensors", text)
    with pytest.raises(CorrectionError, match="do not go together"):
        load_correction(tmp_path / "a.safetensors")


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "zip", "longest"])
def test_what_is_damaged_or_something_else_is_refused_by_its_name(damage, tmp_path):
    path = tmp_path / "a.safetensors"
    saved(path)
    data = path.read_bytes()
    made = {
        "cut": data[:-9], "empty": b"", "text": b"no correction at all", "zip": b"PK\3\4" + data,
        "longest": (2**40).to_bytes(8, "little") + data[8:],
    }  # fmt: skip
    path.write_bytes(made[damage])
    with pytest.raises(CorrectionError, match=r"a\.safetensors"):
        load_correction(path)


def test_weights_of_a_network_are_no_correction(tmp_path):
    from safetensors.numpy import save_file

    save_file({"head.weight": np.ones((2, 2), np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(CorrectionError, match="no correction of pathgui"):
        load_correction(tmp_path / "model.safetensors")


def test_arrays_that_do_not_go_with_the_head_are_refused(tmp_path):
    fitted = correction("leace").fit(VALUES, NAMES, None)
    save_correction(tmp_path / "a.safetensors", fitted, replace(HEAD, dim=7))
    with pytest.raises(CorrectionError, match="do not go together"):
        load_correction(tmp_path / "a.safetensors")
    save_correction(tmp_path / "a.safetensors", fitted, replace(HEAD, format=2, pathgui="9.9"))
    with pytest.raises(CorrectionError, match=r"newer pathgui \(9\.9\)"):
        load_correction(tmp_path / "a.safetensors")


def test_it_belongs_to_one_encoder_pooling_and_length():
    require_belongs(HEAD, "uni@cls+mean", "cls+mean", 6)
    for other in (("uni2", "cls+mean", 6), ("uni@cls+mean", "cls", 6), ("uni@cls+mean", "cls", 3)):
        with pytest.raises(CorrectionError, match=r"fitted on uni@cls\+mean"):
            require_belongs(HEAD, *other)


def test_a_folder_that_is_not_there_and_another_ending_are_refused(tmp_path):
    with pytest.raises(CorrectionError, match="ends in"):
        saved(tmp_path / "a.npz")
    with pytest.raises(CorrectionError, match="cannot be read"):
        load_correction(tmp_path / "none.safetensors")
