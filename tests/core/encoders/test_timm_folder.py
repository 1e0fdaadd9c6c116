"""Folders as timm publishes models: a description beside the weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from pathgui.core.errors import EncoderError, WeightsError
from tests.known import add_own_encoders, add_timm_folder, encoder, registry


def published(folder: Path, arch: str, config: dict[str, Any], **arguments: Any) -> Any:
    folder.mkdir()
    torch.manual_seed(0)
    model = timm.create_model(arch, num_classes=0, **arguments).eval()
    save_file(model.state_dict(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"architecture": arch} | config))
    return model


def test_what_the_configuration_says_is_what_runs(tmp_path: Path) -> None:
    config = {
        "global_pool": "token",
        "model_args": {"depth": 2, "img_size": 64, "init_values": 1e-5, "act_layer": None},
        "pretrained_cfg": {
            "input_size": [3, 64, 64],
            "mean": [0.6, 0.5, 0.4],
            "std": [0.2, 0.3, 0.2],
            "license": "mit",
        },
    }
    arguments = {"depth": 2, "img_size": 64, "init_values": 1e-5}
    model = published(tmp_path / "Small Model", "vit_small_patch16_224", config, **arguments)
    spec = add_timm_folder(tmp_path / "Small Model", tmp_path / "encoders")
    assert spec is not None
    assert spec is encoder("small-model")
    assert (spec.dim, spec.pooling, spec.licence) == (384, "cls", "mit")
    assert spec.tile.size_px == 64
    assert "tells no scale" in spec.notes
    tiles = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    mean, std = torch.tensor([0.6, 0.5, 0.4]), torch.tensor([0.2, 0.3, 0.2])
    with torch.inference_mode():
        x = ((torch.from_numpy(tiles) / 255 - mean) / std).permute(0, 3, 1, 2)
        expected = model.forward_features(x)[:, 0]
    np.testing.assert_allclose(spec.load("cpu", "fp32")(tiles), expected, atol=2e-5)
    # it is a description like any other: there after a restart, and open to correction
    registry.remove("small-model")
    path = tmp_path / "encoders" / "small-model.toml"
    path.write_text(path.read_text().replace("mpp = 0.5", "mpp = 1.0"))
    assert add_own_encoders(path.parent) == ()
    assert encoder("small-model").tile.mpp == 1.0


def test_a_model_that_pools_itself_keeps_doing_so(tmp_path: Path) -> None:
    model = published(tmp_path / "net", "resnet18", {"pretrained_cfg": {}})
    spec = add_timm_folder(tmp_path / "net", tmp_path / "encoders")
    assert spec is not None
    assert (spec.dim, spec.pooling) == (512, "average")
    tiles = np.full((1, 224, 224, 3), 90, np.uint8)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.inference_mode():
        x = ((torch.from_numpy(tiles) / 255 - mean) / std).permute(0, 3, 1, 2)
        expected = model(x)
    scale = float(expected.abs().max())
    np.testing.assert_allclose(spec.load("cpu", "fp32")(tiles), expected, atol=1e-5 * scale)


def test_other_folders_are_left_alone_and_faulty_ones_said(tmp_path: Path) -> None:
    here = tmp_path / "encoders"
    assert add_timm_folder(tmp_path, here) is None  # no config.json
    (tmp_path / "config.json").write_text('{"architectures": ["ViTModel"]}')
    assert add_timm_folder(tmp_path, here) is None  # of transformers
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(EncoderError, match="cannot be read"):
        add_timm_folder(tmp_path, here)
    (tmp_path / "config.json").write_text('{"architecture": "vit_enormous"}')
    with pytest.raises(WeightsError, match="holds no file of weights"):
        add_timm_folder(tmp_path, here)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(EncoderError, match="has no model 'vit_enormous'"):
        add_timm_folder(tmp_path, here)
    (tmp_path / "config.json").write_text(
        '{"architecture": "resnet18", "model_args": {"deepness": 3}}'
    )
    with pytest.raises(EncoderError, match="timm cannot build resnet18"):
        add_timm_folder(tmp_path, here)
    assert not here.exists()
