"""Runs a torch model over tiles: upload, normalize and forward, in the precision asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.facts.registry import Encoder, Precision
from pathgui.core.encoders.networks.resampling import resize

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
        return self._run(tiles, None, None)

    def beside(self, px: int | None) -> list[Encoder]:
        """This encoder for as many threads as keep its device at work.

        A GPU takes two: while it works for one of them, the other brings its tiles. With ``px``,
        the tiles may be of any size, square and all the same, and are resized where the model is;
        equal to Pillow's resize.
        """
        if not self.device.startswith("cuda"):
            return [partial(self._run, px=px, stream=None)]
        import torch

        second = _second_stream(self.device)
        second.wait_stream(torch.cuda.current_stream(self.device))  # where it was loaded
        return [partial(self._run, px=px, stream=stream) for stream in (None, second)]

    @property
    def resizes(self) -> bool:
        """Whether it is better resized for on its device than before."""
        return self.device.startswith("cuda")

    def _run(self, tiles: NDArray[np.uint8], px: int | None, stream: Any) -> NDArray[np.float32]:
        import torch

        dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision)
        on_stream = nullcontext() if stream is None else torch.cuda.stream(stream)
        with torch.inference_mode(), on_stream:
            # a view whose memory is channels-last: no copy before the transfer
            pixels = torch.from_numpy(np.ascontiguousarray(tiles)).to(self.device)
            pixels = pixels.permute(0, 3, 1, 2)
            inputs = self._prepare(pixels if px is None else resize(pixels, px))
            with torch.autocast(torch.device(self.device).type, dtype, enabled=dtype is not None):
                outputs = self._model(inputs)
            return cast("NDArray[np.float32]", outputs.float().cpu().numpy())


@cache
def _second_stream(device: str) -> Any:
    """What a second thread computes on. Always the same: each keeps memory for its products."""
    import torch

    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


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
