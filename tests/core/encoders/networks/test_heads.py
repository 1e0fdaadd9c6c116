"""What comes after the tower: projections and poolings of published encoders."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.core.encoders.networks.test_renames import (
    DEPTH,
    SIDE,
    SMALL,
    WIDTH,
    assert_same,
    entry,
    randomize,
    small_config,
)


def test_open_clips_coca_gives_the_same_embedding(tmp_path: Path) -> None:
    open_clip = pytest.importorskip("open_clip", reason="compares with open_clip")
    vision = {"layers": DEPTH, "width": WIDTH, "head_width": 16, "patch_size": 16}
    vision |= {"image_size": SIDE, "attentional_pool": True, "attn_pooler_heads": 8}
    vision |= {"output_tokens": True, "attn_pooler_queries": 12}
    text = {"width": 32, "heads": 2, "layers": 1, "vocab_size": 50, "context_length": 8}
    text |= {"embed_cls": True, "output_tokens": True}
    decoder = {"width": 32, "heads": 2, "layers": 1, "vocab_size": 50, "context_length": 8}
    model = randomize(open_clip.CoCa(32, decoder, text, vision))
    path = tmp_path / "checkpoint.pt"
    torch.save({"state_dict": model.state_dict()}, path)
    about = entry(
        "vit_base_patch32_clip_224",
        "coca",
        {"patch_size": 16, "final_norm": False},
        head="coca",
        pooling="attention",
        dim=32,
        width=0,
    )
    assert_same(about, path, lambda x: model.encode_image(x, normalize=False))


def test_isight_projects_every_token_of_the_last_block_and_takes_their_mean(
    tmp_path: Path,
) -> None:
    transformers = pytest.importorskip("transformers", reason="compares with transformers")
    config = small_config("CLIPVisionConfig", patch_size=16, intermediate_size=4 * WIDTH)
    tower = randomize(transformers.CLIPVisionModelWithProjection(config))
    layer = randomize(torch.nn.Linear(WIDTH, WIDTH))
    state = {f"patch_encoder.{name}": tensor for name, tensor in tower.state_dict().items()}
    state |= {f"visual_token_projection.{n}": tensor for n, tensor in layer.state_dict().items()}
    state["patch_encoder.logit_scale"] = torch.ones(())
    state["classifier.weight"] = torch.ones(2, 2)
    path = tmp_path / "checkpoint.pth"
    torch.save({"epoch": 3, "model_state_dict": state, "optimizer_state_dict": {}}, path)
    about = entry(
        "vit_base_patch32_clip_quickgelu_224",
        "isight",
        {"patch_size": 16, "final_norm": False},
        head="tokens",
        pooling="all-tokens",
    )

    def tokens(x: torch.Tensor) -> torch.Tensor:
        projected: torch.Tensor = layer(tower(x, output_hidden_states=True).hidden_states[-1])
        return projected

    assert_same(about, path, lambda x: tokens(x).mean(dim=1))
    assert_same(about, path, lambda x: tokens(x)[:, 0], "cls")
    assert_same(about, path, lambda x: tokens(x)[:, 1:].mean(dim=1), "mean")


def test_mettle_refines_the_class_token_and_leaves_the_patches(tmp_path: Path) -> None:
    """The head, from its definition: low-rank maps mixed as the token says, and a shift."""
    import timm

    about = entry("vit_base_patch14_reg4_dinov2", "mettle", {"patch_size": 16}, head="refine")
    arguments = SMALL | {"patch_size": 16, "num_classes": 0}
    tower = randomize(timm.create_model(about.model.arch, **arguments))
    torch.manual_seed(2)
    shapes = {"P": (16, WIDTH, 8), "Q": (16, WIDTH, 8), "mix.0.weight": (256, WIDTH)}
    shapes |= {"mix.0.bias": (256,), "mix.2.weight": (16, 256), "mix.2.bias": (16,)}
    shapes |= {"shift.0.weight": (256, WIDTH), "shift.0.bias": (256,)}
    shapes |= {"shift.2.weight": (WIDTH, 256), "shift.2.bias": (WIDTH,)}
    head = {name: 0.2 * torch.randn(shape) for name, shape in shapes.items()}
    state = {f"backbone.{name}": tensor for name, tensor in tower.state_dict().items()}
    path = tmp_path / "model.pth"
    torch.save(state | {f"head.{name}": tensor for name, tensor in head.items()}, path)

    def mlp(token: torch.Tensor, which: str) -> torch.Tensor:
        inner = head[f"{which}.0.weight"] @ token + head[f"{which}.0.bias"]
        return head[f"{which}.2.weight"] @ torch.nn.functional.gelu(inner) + head[f"{which}.2.bias"]

    def refined(token: torch.Tensor) -> torch.Tensor:
        weights = mlp(token, "mix")
        correction = sum(
            w * (q @ (p.T @ token)) for w, p, q in zip(weights, head["P"], head["Q"], strict=True)
        )
        return token + correction + mlp(token, "shift")

    def theirs(x: torch.Tensor) -> torch.Tensor:
        tokens = tower.forward_features(x)  # type: ignore[operator]
        return torch.stack([refined(token) for token in tokens[:, 0]])

    assert_same(about, path, theirs)
    assert_same(
        about,
        path,
        lambda x: torch.cat(
            [theirs(x), tower.forward_features(x)[:, 5:].mean(dim=1)],  # type: ignore[operator]
            dim=1,
        ),
        "cls+mean",
    )


def test_keep_is_the_tower_its_head_and_length_one(tmp_path: Path) -> None:
    import timm

    arguments = {"init_values": 1e-5}
    about = entry(
        "vit_large_patch16_224", "keep", arguments, head="mlp", pooling="projected", dim=20
    )
    tower = randomize(timm.create_model(about.model.arch, **SMALL, **arguments, num_classes=0))
    layers = torch.nn.Linear(WIDTH, 20), torch.nn.GELU(), torch.nn.Linear(20, 20)
    head = randomize(torch.nn.Sequential(*layers))
    state = {
        "visual." + name.replace(".gamma", ".weight"): tensor
        for name, tensor in tower.state_dict().items()
    }
    state |= {f"visual_head.{name}": tensor for name, tensor in head.state_dict().items()}
    state |= {"text.embeddings.weight": torch.zeros(3), "logit_scale": torch.zeros(1)}
    path = tmp_path / "keep.pth"
    torch.save(state, path)

    def theirs(x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.normalize(head(tower(x)), dim=-1)

    assert_same(about, path, theirs)


def test_conch_pools_all_tokens_with_one_query(tmp_path: Path) -> None:
    """CoCa's pooler is in open_clip too; only the names around it are CONCH's own."""
    open_clip = pytest.importorskip("open_clip", reason="compares with open_clip")
    import timm

    about = entry("vit_base_patch16_224", "conch", head="attention", pooling="attention", dim=16)
    tower = randomize(timm.create_model(about.model.arch, **SMALL, num_classes=0))
    pooler = open_clip.transformer.AttentionalPooler(16, WIDTH, n_head=8, n_queries=1)
    randomize(pooler)
    norm = randomize(torch.nn.LayerNorm(16))
    parts = {"trunk": tower, "attn_pool_contrast": pooler, "ln_contrast": norm}
    state = {
        f"visual.{part}.{name}": tensor
        for part, module in parts.items()
        for name, tensor in module.state_dict().items()
    }
    state |= {
        "visual.proj_contrast": torch.zeros(16, 16),
        "text.token_embedding.weight": torch.zeros(3),
    }
    path = tmp_path / "conch.pth"
    torch.save(state, path)
    assert_same(about, path, lambda x: norm(pooler(tower.forward_features(x))[:, 0]))
