"""A folder as timm publishes models: weights beside a ``config.json`` that tells what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pathgui.core.encoders.facts.registry import EncoderSpec, Registry
from pathgui.core.encoders.own_file import add_described
from pathgui.core.encoders.weights.weights_files import find_weights_file
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import say
from pathgui.core.system.json_files import read_json

_CLASSIFIERS = ("num_classes", "pretrained_cfg", "pretrained_cfg_overlay")


def add_timm_folder(known: Registry, folder: Path, encoders_folder: Path) -> EncoderSpec | None:
    """Add the model in ``folder`` as an encoder of the user's own; None if it is no such folder.

    What ``config.json`` tells is written as a TOML file into ``encoders_folder``, where it can be
    corrected: the scale above all, which no such configuration holds.

    Raises
    ------
    EncoderError
        If timm cannot build what the configuration says, or there are no weights beside it.
    """
    if not (folder / "config.json").exists():
        return None
    config = read_json(folder / "config.json", EncoderError)
    if not isinstance(config, dict) or not isinstance(config.get("architecture"), str):
        return None  # of another library
    weights = find_weights_file(folder)
    facts = _facts(folder, config, weights)
    return add_described(known, facts, folder.name, encoders_folder)


def _facts(folder: Path, config: dict[str, Any], weights: Path) -> dict[str, Any]:
    import timm
    import torch

    known: Any  # timm's own description of the architecture
    model: Any
    arch = config["architecture"]
    cfg = config.get("pretrained_cfg") or {}
    arguments = {k: v for k, v in (config.get("model_args") or {}).items() if v is not None}
    arguments = {name: v for name, v in arguments.items() if name not in _CLASSIFIERS}
    if config.get("global_pool"):
        arguments.setdefault("global_pool", config["global_pool"])
    if not timm.is_model(arch):
        raise EncoderError(
            say(
                "{folder}: this version of timm ({version}) has no model {arch!r}. Update timm.",
                folder=folder,
                version=timm.__version__,
                arch=arch,
            )
        )
    known = timm.models.get_pretrained_cfg(arch)
    px = int((cfg.get("input_size") or known.input_size)[-1])
    if known.fixed_input_size:
        arguments.setdefault("img_size", px)
    try:
        with torch.device("meta"):
            model = timm.create_model(arch, pretrained=False, num_classes=0, **arguments)
    except (TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise EncoderError(
            say(
                "{folder}: timm cannot build {arch} with {arguments}: {error}",
                folder=folder,
                arch=arch,
                arguments=arguments,
                error=error,
            )
        ) from (error)
    pooling = "cls" if getattr(model, "global_pool", "") == "token" else "average"
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    return {
        "title": folder.name,
        "family": "Own",
        "dim": int(model.num_features),
        "input_px": px,
        "mpp": 0.5,
        "mpp_facts": "none",
        "mean": [float(value) for value in cfg.get("mean") or known.mean],
        "std": [float(value) for value in cfg.get("std") or known.std],
        "pooling": pooling,
        "facts": "partly",
        "licence": str(cfg.get("license") or say("not stated")),
        "params_m": round(millions, 2),
        "notes": say(
            "Made from its config.json, which tells no scale: 0.5 µm/px is "
            "taken. Correct this file where it is wrong."
        ),
        "model": {"arch": arch, "arguments": arguments},
        "weights": {"file": str(weights)},
    }
