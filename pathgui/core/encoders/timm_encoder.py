"""Models that timm builds. The only module that imports timm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pathgui.core.encoders.registry import Precision
from pathgui.core.encoders.renames import efficientnet_lite
from pathgui.core.encoders.runner import TorchEncoder, normalizer
from pathgui.core.encoders.weights import load_strictly, read_tensors

if TYPE_CHECKING:
    from torch import Tensor


def efficientnet_lite0(path: Path, device: str, precision: Precision) -> TorchEncoder:
    """EfficientNet-Lite0 with the weights of ``path``, up to its pooled features (n, 1280)."""
    import timm
    from torch import nn

    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    load_strictly(model, efficientnet_lite(read_tensors(path)), "EfficientNet-Lite0", path)

    class Pooled(nn.Module):
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, x: Tensor) -> Any:
            return self.model.forward_head(self.model.forward_features(x), pre_logits=True)

    half = (0.5, 0.5, 0.5)
    return TorchEncoder(Pooled(model), normalizer(half, half, device), device, precision)
