"""Models that timm builds. The only module that imports timm."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pathgui.core.encoders.facts.entry import TOKEN_POOLINGS, Entry, Model
from pathgui.core.encoders.facts.registry import Precision
from pathgui.core.encoders.networks import heads
from pathgui.core.encoders.networks.renames import (
    FORMS,
    State,
    drop,
    efficientnet_lite,
    strip,
    unwrap,
)
from pathgui.core.encoders.networks.runner import TorchEncoder, normalizer
from pathgui.core.encoders.weights.weights_files import load_strictly, read_tensors
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import say

if TYPE_CHECKING:
    from torch import nn

# Methods of tensors that put values in and change nothing else.
_FILLS = {"uniform_", "normal_", "erfinv_", "mul_", "add_", "clamp_", "zero_", "fill_", "copy_"}


def load_encoder(
    entry: Entry, pooling: str, path: Path, device: str, precision: Precision
) -> TorchEncoder:
    """The encoder of ``entry`` with the weights of ``path``, strictly loaded.

    Raises
    ------
    WeightsError
        If a tensor is missing, left over or of another shape; it is named.
    EncoderError
        If timm has no such architecture, or not with these arguments.
    """
    model = build(entry)
    state = convert(entry.model, read_tensors(path), model)
    load_strictly(model, state, entry.title, path)
    embedder = heads.embedder(model.float(), pooling, entry.model.head, entry.model.unit)
    return TorchEncoder(embedder, normalizer(entry.mean, entry.std, device), device, precision)


def skeleton(entry: Entry) -> Any:
    """The model of ``entry`` on the meta device: names and shapes, and no memory."""
    import torch

    with torch.device("meta"), _unfilled():
        return _create(entry)


def _unfilled() -> Any:
    """Nothing draws first values for parameters that have no memory: most of the time to build."""
    from torch.nn import init
    from torch.overrides import TorchFunctionMode

    class Unfilled(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = getattr(func, "__name__", "")
            fills = name in _FILLS or (name.endswith("_") and getattr(init, name, None) is func)
            if fills and args and args[0].is_meta:
                return args[0]
            return func(*args, **(kwargs or {}))

    return Unfilled()


def build(entry: Entry) -> Any:
    """The model of ``entry``, whose parameters are to be put in by a strict load.

    That needs no memory of their own, so they lie on the meta device; except where the model has
    buffers that no file holds (a Swin's index of positions, say), which are computed while it is
    built.
    """
    import torch

    model = skeleton(entry)
    if _unsaved_buffers(model):
        with torch.device("cpu"):
            model = _create(entry)
    return model


def _unsaved_buffers(model: nn.Module) -> bool:
    saved = model.state_dict()
    return any(name not in saved for name, _ in model.named_buffers())


def _create(entry: Entry) -> Any:
    import timm

    facts = entry.model
    arguments = {name: _argument(value) for name, value in facts.arguments.items()}
    arguments.setdefault("num_classes", 0)
    if entry.pooling in TOKEN_POOLINGS or entry.width:
        # the final norm then sees every token, whatever is pooled from them afterward
        arguments.setdefault("global_pool", "token")
    if facts.eps is not None:
        from timm.layers.norm import LayerNorm

        arguments["norm_layer"] = partial(LayerNorm, eps=facts.eps)
    if not timm.is_model(facts.arch):
        raise EncoderError(
            say(
                "{entry_title}: this version of timm ({version}) has no model "
                "{arch!r}. Update timm, or correct the name.",
                entry_title=entry.title,
                version=timm.__version__,
                arch=facts.arch,
            )
        )
    try:
        model = timm.create_model(facts.arch, pretrained=False, **arguments)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise EncoderError(
            say(
                "{entry_title}: timm cannot build {arch} with {arguments}: {error}",
                entry_title=entry.title,
                arch=facts.arch,
                arguments=facts.arguments,
                error=error,
            )
        ) from error
    heads.attach(model, facts.head, entry.dim)
    return model


def _argument(value: Any) -> Any:
    """Names of classes stand for the classes, which no table can hold."""
    if value == "SwiGLUPacked":
        from timm.layers.mlp import SwiGLUPacked

        return SwiGLUPacked
    if value == "SiLU":
        from torch import nn

        return nn.SiLU
    return value


def convert(facts: Model, published: Mapping[str, Any], model: Any) -> State:
    """The tensors of a published file, by the names of ``model``."""
    state = strip(unwrap(published), facts.strip)
    state = drop(FORMS[facts.form](state), facts.drop)
    if facts.form == "timm":
        state = drop(state, _classifier(model))
    if facts.positions == "interpolate":
        state = _interpolate_positions(state, model)
    return state


def _classifier(model: Any) -> list[str]:
    """The last layer of a model trained to classify, which embeddings leave out."""
    names = model.pretrained_cfg.get("classifier") or ()
    return [f"{name}." for name in ((names,) if isinstance(names, str) else names)]


def _interpolate_positions(state: State, model: Any) -> State:
    """Positions of another grid, brought to that of the model as timm does it."""
    positions = state.get("pos_embed")
    if positions is None or positions.shape == model.pos_embed.shape:
        return state
    from timm.layers.pos_embed import resample_abs_pos_embed

    prefix = 0 if getattr(model, "no_embed_class", False) else model.num_prefix_tokens
    resampled = resample_abs_pos_embed(
        positions, new_size=list(model.patch_embed.grid_size), num_prefix_tokens=prefix
    )
    return {**state, "pos_embed": resampled}


def efficientnet_lite0(path: Path, device: str, precision: Precision) -> TorchEncoder:
    """EfficientNet-Lite0 with the weights of ``path``, up to its pooled features (n, 1280)."""
    import timm

    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    load_strictly(model, efficientnet_lite(read_tensors(path)), "EfficientNet-Lite0", path)
    half = (0.5, 0.5, 0.5)
    embedder = heads.embedder(model, "average")
    return TorchEncoder(embedder, normalizer(half, half, device), device, precision)
