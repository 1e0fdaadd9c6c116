"""Which encoder a file of weights is of, told from its tensors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pathgui.core.encoders.recognition import recognize
from pathgui.core.encoders.weights.weights_files import (
    load_strictly,
)
from pathgui.core.errors import WeightsError
from tests.core.encoders.weights.test_weights_files import ENTRIES, small_vit, zeros
from tests.known import use_weights


def bare_header(path: Path, state: dict[str, torch.Tensor]) -> Path:
    """A safetensors file of names and shapes without data: gigabytes that nobody has to hash."""
    header = {
        name: {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [0, 0]}
        for name, tensor in state.items()
    }
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


def test_a_missing_a_foreign_and_a_misshapen_tensor_are_named(tmp_path: Path) -> None:
    model = small_vit()
    state = dict(model.state_dict())
    del state["blocks.1.attn.qkv.bias"]
    state["adapter.weight"] = torch.zeros(2)
    state["norm.weight"] = torch.zeros(7)
    with pytest.raises(WeightsError) as refusal:
        load_strictly(model, state, "UNI", tmp_path / "weights.bin")
    text = str(refusal.value)
    assert text.startswith(f"{tmp_path / 'weights.bin'} does not fit UNI.")
    assert "missing: blocks.1.attn.qkv.bias;" in text
    assert "not part of the model: adapter.weight;" in text
    assert "of another shape: norm.weight ((7,) instead of (384,))." in text


def test_a_long_list_of_tensors_is_cut() -> None:
    model = small_vit()
    with pytest.raises(WeightsError, match=r"pos_embed, .* and 2\d more\.$"):
        load_strictly(model, {}, "UNI", Path("empty.bin"))


def test_a_file_of_another_encoder_is_recognized_by_its_tensors(tmp_path: Path) -> None:
    path = bare_header(tmp_path / "weights.safetensors", zeros(ENTRIES["uni"]))
    with pytest.raises(WeightsError) as refusal:
        use_weights("uni2-h", path)
    text = str(refusal.value)
    assert text.startswith(
        "weights.safetensors is not UNI2-h: it has 24 blocks of width 1024, patches of 16 px; "
        "it fits UNI, mSTAR, PathOrchestra. "
    )
    assert "Against UNI2-h, it lacks reg_token." in text


def test_a_file_of_no_known_encoder_is_described(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file(small_vit(patch_size=32).state_dict(), path)
    found = recognize(path)
    assert found.description == "2 blocks of width 384, patches of 32 px"
    assert found.fits == ()
    with pytest.raises(WeightsError, match="it fits no encoder that pathgui knows"):
        use_weights("sp22m", path)


def test_a_file_that_is_no_transformer_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "head.pth"
    torch.save({"fc.weight": torch.zeros(1000, 500), "fc.bias": torch.zeros(1000)}, path)
    assert recognize(path).description == "2 tensors with 0.5 million numbers"


@pytest.mark.parametrize(
    "name", ["uni2-h", "virchow2", "h-optimus-1", "gigapath", "resnet18", "ctranspath", "keep"]
)
def test_every_encoder_recognizes_a_file_with_its_own_names(tmp_path: Path, name: str) -> None:
    entry = ENTRIES[name]
    state = zeros(entry)
    if name == "keep":
        state = {
            "visual." + n
            if not n.startswith("projection.")
            else n.replace("projection", "visual_head"): t
            for n, t in state.items()
        }
    path = bare_header(tmp_path / "model.safetensors", state)
    assert name in recognize(path).fits
