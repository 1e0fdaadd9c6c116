"""Ways to build a model that has the tensors of a file: an encoder of the table, or one of timm."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from pathgui.core.encoders.facts.entry import FORMS_OF_FILES, TOKEN_POOLINGS, Entry, Model
from pathgui.core.encoders.networks.renames import FORMS, State, drop, strip
from pathgui.core.encoders.recognition import compare, fitting
from pathgui.core.errors import EncoderError, first_few
from pathgui.core.language.texts import say
from pathgui.core.system.json_records import converted

RGB = tuple[float, float, float]

NORMALIZATIONS: dict[str, tuple[RGB, RGB]] = {
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "0.5 and 0.5": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "CLIP": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
}
DEFAULT_MPP = 0.5
# What training programs put before the names of the tensors of the model itself.
PREFIXES = ("_orig_mod.", "module.", "teacher.", "model.", "backbone.", "encoder.", "net.")
# Parts of a training program's file that are no part of the model that embeds a tile.
_BESIDE = re.compile(
    r"(student|head|heads|head_dist|fc|classifier|decoder\w*|mask_token|mlp_head|projector\w*|"
    r"projection_head|predictor\w*|prototypes|queue\w*|loss\w*|criterion|center|dino_\w+|ibot_\w+|"
    r"momentum_\w+|contrast_head|logit_scale|logit_bias|optimizer\w*)(\..*)?"
)
# Widths of vision transformers, and the heads that published ones have: no shape tells them.
_HEADS = {
    192: 3, 384: 6, 512: 8, 768: 12, 1024: 16, 1152: 16, 1280: 16, 1408: 16, 1536: 24, 1664: 16,
}  # fmt: skip
_SIZES = {192: "tiny", 384: "small", 768: "base", 1024: "large"}
# Convolutional and windowed models: a tensor that all of a family have, and the family.
_FAMILIES = {
    "layer1.0.conv1.weight": (
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d",
        "wide_resnet50_2", "resnext101_32x8d",
    ),
    "features.denseblock1.denselayer1.conv1.weight": (
        "densenet121", "densenet169", "densenet201", "densenet161",
    ),
    "stages.0.blocks.0.conv_dw.weight": (
        "convnext_tiny", "convnext_small", "convnext_base", "convnext_large", "convnextv2_tiny",
        "convnextv2_base", "convnextv2_large", "convnext_nano",
    ),
    "layers.0.blocks.0.attn.relative_position_bias_table": (
        "swin_tiny_patch4_window7_224", "swin_small_patch4_window7_224",
        "swin_base_patch4_window7_224", "swin_large_patch4_window7_224",
    ),
    "conv_stem.weight": (
        "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3",
        "efficientnet_b4", "efficientnet_b5", "tf_efficientnetv2_s", "tf_efficientnetv2_m",
        "tf_efficientnet_lite0", "mobilenetv3_large_100",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """One way to build a model that has every tensor of the file."""

    words: str  # "24 blocks of width 1024, patches of 16 px"
    model: Model
    width: int  # numbers in a token, or in the pooled features
    input_px: int  # the side of the tiles that the positions are stored for; else the usual one
    poolings: tuple[str, ...]  # those there is a choice of, the proposed one first
    dim: int  # numbers in an embedding with the first of them
    mean: RGB
    std: RGB
    mpp: float
    patch_px: int = 0  # the side of the tiles must be a multiple of it; 0: any
    left_out: tuple[str, ...] = ()  # what the names of tensors begin with that it does not need
    assumed: tuple[str, ...] = ()  # what no tensor tells, a sentence each

    def dim_of(self, pooling: str) -> int:
        """Numbers in an embedding pooled that way."""
        if pooling not in TOKEN_POOLINGS:
            return self.dim
        return 2 * self.width if pooling == "cls+mean" else self.width


def chains(bare: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Prefixes to take off: none first, then each time the first one that names still have."""
    taken: tuple[str, ...] = ()
    while True:
        yield taken
        names = strip(bare, taken)
        found = [p for p in PREFIXES if any(name.startswith(p) for name in names)]
        if not found:
            return
        taken = (*taken, found[0])


def proposals_of(state: State, chain: tuple[str, ...]) -> tuple[Proposal, ...]:
    """The ways to build a model that takes every tensor of ``state`` that embeds a tile."""
    of_table = tuple(_of_table(state, chain))
    return of_table or tuple(_transformers(state, chain)) or tuple(_others(state, chain))


def _of_table(state: State, chain: tuple[str, ...]) -> Iterator[Proposal]:
    """As encoders of pathgui's table are built, each architecture once."""
    beside = sorted({_part(name) for name in state if _BESIDE.fullmatch(name)})
    alike: dict[bytes, list[Entry]] = {}
    for drops in ([], beside) if beside else ([],):
        for entry in fitting(drop(state, drops)):
            model = msgspec.structs.replace(entry.model, drop=[*entry.model.drop, *drops])
            if not any(compare(msgspec.structs.replace(entry, model=model), state)):
                facts = (model, entry.input_px, entry.pooling)
                alike.setdefault(msgspec.json.encode(facts), []).append(entry)
        if alike:
            break
    for entries in alike.values():
        first = entries[0]
        yield Proposal(
            say(
                "the architecture of {entries}",
                entries=first_few([entry.title for entry in entries], 3),
            ),
            msgspec.structs.replace(
                first.model,
                strip=[*chain, *first.model.strip],
                drop=[*first.model.drop, *drops],
            ),
            first.dim_of("cls"),
            first.input_px,
            first.poolings,
            first.dim,
            first.mean,
            first.std,
            first.mpp,
            left_out=tuple(drops),
            assumed=(
                say("Scale and normalization are those of {first_title}.", first_title=first.title),
            ),
        )


def _part(name: str) -> str:
    """What the names of a part of the file begin with: all up to the first dot."""
    first, dot, _ = name.partition(".")
    return first + dot


def _transformers(state: State, chain: tuple[str, ...]) -> Iterator[Proposal]:
    """As a vision transformer of timm, with what the shapes tell."""
    for form in FORMS_OF_FILES:
        try:
            proposal = _transformer(FORMS[form](state), form)
        except (RuntimeError, IndexError, AttributeError, ValueError, KeyError, TypeError):
            continue  # names that this form was not made for
        built = proposal and _built(proposal, state, chain)
        if built:
            yield built
            return


def _transformer(named: State, form: str) -> Proposal | None:
    patches, qkv = named.get("patch_embed.proj.weight"), named.get("blocks.0.attn.qkv.weight")
    if patches is None or qkv is None or patches.ndim != 4 or "pos_embed" not in named:
        return None
    width, patch = int(patches.shape[0]), int(patches.shape[-1])
    depth = len({name.split(".")[1] for name in named if name.startswith("blocks.")})
    registers = int(named["reg_token"].shape[1]) if "reg_token" in named else 0
    cls = "cls_token" in named
    stored = int(named["pos_embed"].shape[1])
    apart = _is_square(stored) and bool(cls or registers)  # positions of patches alone
    side = math.isqrt(stored if apart else stored - cls - registers)
    heads = _HEADS.get(width, max(1, width // 64))
    wide = int(named["blocks.0.mlp.fc1.weight"].shape[0])
    narrow = int(named["blocks.0.mlp.fc2.weight"].shape[1])
    averaged = "fc_norm.weight" in named or not cls
    arguments: dict[str, Any] = {
        "img_size": side * patch,
        "patch_size": patch,
        "embed_dim": width,
        "depth": depth,
        "num_heads": heads,
    }
    others: dict[str, tuple[Any, Any]] = {  # what timm takes by default, and what is found
        "mlp_ratio": (4.0, wide / width),
        "class_token": (True, cls),
        "reg_tokens": (0, registers),
        "no_embed_class": (False, apart),
        "qkv_bias": (True, "blocks.0.attn.qkv.bias" in named),
        "qk_norm": (False, "blocks.0.attn.q_norm.weight" in named),
        "pre_norm": (False, "norm_pre.weight" in named),
        "init_values": (False, "blocks.0.ls1.gamma" in named and 1e-5),
    }
    arguments |= {name: found for name, (usual, found) in others.items() if found != usual}
    if wide == 2 * narrow:
        arguments |= {"mlp_layer": "SwiGLUPacked", "act_layer": "SiLU"}
    if averaged:
        arguments["global_pool"] = "avg"
    assumed = (
        []
        if width in _HEADS
        else [say("It has {heads} heads of attention: no tensor tells.", heads=heads)]
    )
    facts = {
        "arch": f"vit_{_SIZES.get(width, 'base')}_patch16_224",
        "arguments": arguments,
        "form": form,
        "positions": "interpolate",  # tiles may have another side than the positions
    }
    return Proposal(
        say(
            "a vision transformer of {depth} blocks, width {width}, patches of {patch} px",
            depth=depth,
            width=width,
            patch=patch,
        ),
        converted(facts, Model),
        width,
        side * patch,
        ("average",) if averaged else TOKEN_POOLINGS,
        width,
        *NORMALIZATIONS["ImageNet"],
        DEFAULT_MPP,
        patch,
        assumed=(
            *assumed,
            say("No tensor tells scale, normalization and pooling. Say what you know."),
        ),
    )


def _is_square(number: int) -> bool:
    return math.isqrt(number) ** 2 == number


def _others(state: State, chain: tuple[str, ...]) -> Iterator[Proposal]:
    """As a convolutional or windowed model that timm knows by name."""
    import timm

    for arch in next((archs for mark, archs in _FAMILIES.items() if mark in state), ()):
        if not timm.is_model(arch):
            continue
        known: Any = timm.models.get_pretrained_cfg(arch)
        proposal = Proposal(
            arch,
            Model(arch),
            0,
            int(known.input_size[-1]),
            ("average",),
            0,
            *NORMALIZATIONS["ImageNet"],
            DEFAULT_MPP,
            assumed=(say("No tensor tells scale and normalization. Say what you know."),),
        )
        built = _built(proposal, state, chain)
        if built is not None:
            yield built
            return


def _built(proposal: Proposal, state: State, chain: tuple[str, ...]) -> Proposal | None:
    """``proposal``, with what it leaves out and its width; None if it is another model.

    Nothing is left out but what certainly embeds no tile: a block, a norm or a token that the
    model does not have means that it is another one.
    """
    from pathgui.core.encoders.networks.timm_encoder import skeleton

    entry = _entry(proposal)
    try:
        built: Any = skeleton(entry)
        missing, extra, other = compare(entry, state)
    except EncoderError:  # timm cannot build it
        return None
    if missing or other or not all(_BESIDE.fullmatch(name) for name in extra):
        return None
    own = [_part(name) for name in built.state_dict()]
    drops = sorted({_part(n) if _part(n) not in own else n.rpartition(".")[0] + "." for n in extra})
    model = msgspec.structs.replace(proposal.model, drop=drops)
    if any(compare(msgspec.structs.replace(entry, model=model), state)):
        return None
    width = int(built.num_features)
    model = msgspec.structs.replace(model, strip=[*chain])
    return replace(proposal, model=model, width=width, dim=width, left_out=tuple(drops))


def _entry(proposal: Proposal) -> Entry:
    """What decides on the names and shapes of the model's tensors."""
    return Entry(
        title=proposal.words,
        dim=proposal.dim,
        input_px=proposal.input_px,
        mpp=proposal.mpp,
        mean=proposal.mean,
        std=proposal.std,
        pooling=proposal.poolings[0],
        model=proposal.model,
    )
