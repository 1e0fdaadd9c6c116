"""What is proposed for a file of weights builds the model that wrote it, or nothing is."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pathgui.core.encoders.own_proposals import chains, proposals_of
from tests.core.encoders.weights.test_weights_files import small_vit

State = dict[str, torch.Tensor]


def made(arch: str, **arguments: Any) -> State:
    """The tensors of a model of timm, without data."""
    import timm

    with torch.device("meta"):
        return dict(timm.create_model(arch, **arguments).state_dict())


VIT = made("vit_small_patch16_224", depth=2, img_size=64, init_values=1e-5)


@pytest.mark.parametrize(
    ("state", "words", "pooling"),
    [
        (VIT, "2 blocks, width 384, patches of 16 px", "cls"),
        (
            made("vit_base_patch14_reg4_dinov2", depth=2, img_size=98, num_classes=0),
            "2 blocks, width 768, patches of 14 px",
            "cls",
        ),
        (
            made(
                "vit_base_patch16_224",
                depth=2,
                class_token=False,
                global_pool="avg",
                num_classes=0,
            ),
            "2 blocks, width 768, patches of 16 px",
            "average",
        ),
        (made("resnet34"), "resnet34", "average"),
        (made("convnext_nano"), "convnext_nano", "average"),
    ],
)
def test_a_model_is_built_as_its_tensors_say(state: State, words: str, pooling: str) -> None:
    (proposal,) = proposals_of(state, ())
    assert words in proposal.words
    assert proposal.poolings[0] == pooling
    assert proposal.width > 0


def test_heads_and_a_training_programs_parts_are_left_out_and_named() -> None:
    state = VIT | {f"student.{name}": tensor for name, tensor in VIT.items()}
    (proposal,) = proposals_of(state | {"dino_head.mlp.0.weight": torch.zeros(3)}, ())
    assert proposal.left_out == ("dino_head.", "student.")
    (proposal,) = proposals_of(made("convnext_nano"), ())  # whose head holds a norm of the model
    assert proposal.left_out == ()


@pytest.mark.parametrize("foreign", ["adapter.weight", "norm_pre.weight", "blocks.2.norm1.weight"])
def test_a_tensor_that_may_change_the_embedding_is_never_left_out(foreign: str) -> None:
    assert proposals_of(VIT | {foreign: torch.zeros(384)}, ()) == ()


def test_an_architecture_of_the_table_is_proposed_with_what_is_known_of_it() -> None:
    state = {f"model.{name}": tensor for name, tensor in made("resnet18").items()}
    found = [p for chain in chains(state) for p in proposals_of(state, chain)]
    assert "Ciga ResNet18 SimCLR" in found[0].words
    assert found[0].left_out == ()  # the classifier is left out as the published file's is


def test_prefixes_are_taken_off_one_after_the_other() -> None:
    names = {"_orig_mod.module.backbone.norm.weight": 0, "_orig_mod.epoch": 0}
    assert [*chains(names)] == [
        (),
        ("_orig_mod.",),
        ("_orig_mod.", "module."),
        ("_orig_mod.", "module.", "backbone."),
    ]


def test_gated_layers_and_unusual_widths_are_seen() -> None:
    from timm.layers.mlp import SwiGLUPacked

    model = small_vit(
        embed_dim=128, num_heads=2, img_size=32, mlp_layer=SwiGLUPacked, mlp_ratio=5.0
    )
    (proposal,) = proposals_of(model.state_dict(), ())
    assert proposal.model.arguments["mlp_layer"] == "SwiGLUPacked"
    assert proposal.model.arguments["mlp_ratio"] == 5.0
    assert proposal.assumed[0] == "It has 2 heads of attention: no tensor tells."
