"""A network that timm builds, with the weights of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pathgui.core.encoders.networks.timm_encoder import build, skeleton
from pathgui.core.encoders.weights.weights_files import (
    load_strictly,
    read_tensors,
)
from pathgui.core.errors import WeightsError
from tests.core.encoders.weights.test_weights_files import ENTRIES, small, small_vit, zeros
from tests.known import use_weights


def test_timm_loses_layer_scale_silently_and_we_refuse(tmp_path: Path) -> None:
    """The trap: a checkpoint with LayerScale, and a model built without ``init_values``."""
    import timm

    trained = small_vit(init_values=1e-5)
    path = tmp_path / "model.safetensors"
    save_file(trained.state_dict(), path)
    # timm's own way: another number of classes than the description's makes the load non-strict
    overlay = {"file": str(path), "custom_load": False, "num_classes": 1000}
    lossy = timm.create_model(
        "vit_small_patch16_224",
        depth=2,
        num_classes=0,
        pretrained=True,
        pretrained_cfg_overlay=overlay,
    )
    x = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        assert not torch.allclose(lossy.eval()(x), trained.eval()(x), atol=1e-3)

    with pytest.raises(WeightsError, match=r"ls1\.gamma") as refusal:
        load_strictly(small_vit(), read_tensors(path), "Test", path)
    assert "not part of the model: blocks.0.ls1.gamma, blocks.0.ls2.gamma" in str(refusal.value)


@pytest.mark.parametrize("left_out", ["blocks.7.ls1.gamma", "cls_token", "norm.bias"])
def test_an_encoder_with_one_tensor_less_is_not_loaded(tmp_path: Path, left_out: str) -> None:
    entry = ENTRIES["mstar"]
    state = {name: t for name, t in zeros(entry).items() if name != left_out}
    with pytest.raises(WeightsError, match=left_out):
        load_strictly(build(entry), state, entry.title, tmp_path / "x.safetensors")


def test_positions_of_another_grid_are_taken_only_where_the_table_says_so(tmp_path: Path) -> None:
    from pathgui.core.encoders.networks.timm_encoder import convert

    dinov2 = ENTRIES["dinov2-s"]
    model = skeleton(dinov2)
    state = dict(small(dinov2), pos_embed=torch.randn(1, 1 + 37 * 37, 384))
    fitted = convert(dinov2.model, state, model)["pos_embed"]
    assert fitted.shape == (1, 1 + 16 * 16, 384)
    torch.testing.assert_close(fitted[:, 0], state["pos_embed"][:, 0])  # the class token's stays
    sp22m = ENTRIES["sp22m"]
    state = dict(small(sp22m), pos_embed=torch.randn(1, 1 + 16 * 16, 384))
    converted = convert(sp22m.model, state, skeleton(sp22m))
    with pytest.raises(WeightsError, match="pos_embed"):
        load_strictly(build(sp22m), converted, "SP22M", tmp_path / "x.pth")


def test_a_file_in_half_precision_gives_a_model_in_full(tmp_path: Path) -> None:
    import numpy as np

    path = tmp_path / "half.safetensors"
    save_file({n: t.half() for n, t in small(ENTRIES["sp22m"]).items()}, path)
    model = use_weights("sp22m", path).load("cpu", "fp32")
    assert model(np.zeros((1, 224, 224, 3), np.uint8)).dtype == np.float32
