"""Runs a torch model over tiles: upload, normalize and forward, in the precision asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.registry import Precision

if TYPE_CHECKING:
    from torch import Tensor, nn


class TorchEncoder:
    """A model on a device, from uint8 RGB tiles (n, s, s, 3) to float32 embeddings (n, d).

    Tiles travel as uint8, a quarter of the bytes, and are normalized where the model is.
    """

    def __init__(
        self,
        model: nn.Module,
        prepare: Callable[[Tensor], Tensor],
        device: str,
        precision: Precision = "fp32",
    ) -> None:
        self.device = device
        self.precision = precision
        self._model = model.to(device).eval()
        self._prepare = prepare

    def __call__(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Map RGB tiles of shape (n, s, s, 3) to embeddings of shape (n, d)."""
        import torch

        dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        with torch.inference_mode():
            # a view whose memory is channels-last: no copy before the transfer
            pixels = torch.from_numpy(np.ascontiguousarray(tiles)).to(self.device)
            inputs = self._prepare(pixels.permute(0, 3, 1, 2))
            with torch.autocast(torch.device(self.device).type, dtype, enabled=dtype is not None):
                outputs = self._model(inputs)
            return cast("NDArray[np.float32]", outputs.float().cpu().numpy())


def normalizer(
    mean: tuple[float, ...], std: tuple[float, ...], device: str
) -> Callable[[Tensor], Tensor]:
    """The function from uint8 RGB (n, 3, s, s) to ``(x / 255 - mean) / std``, on ``device``."""
    import torch

    shape = (1, 3, 1, 1)
    shift = 255 * torch.tensor(mean, dtype=torch.float64)
    scale = 1 / (255 * torch.tensor(std, dtype=torch.float64))
    shift = shift.to(device=device, dtype=torch.float32).reshape(shape)
    scale = scale.to(device=device, dtype=torch.float32).reshape(shape)

    def normalize(tiles: Tensor) -> Tensor:
        return tiles.float().sub_(shift).mul_(scale)

    return normalize
