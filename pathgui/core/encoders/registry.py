"""The table of encoders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EncoderError
from pathgui.core.tiling import TileSpec

Precision = Literal["fp32", "bf16", "fp16"]


class Encoder(Protocol):
    """A loaded model."""

    def __call__(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Map RGB tiles of shape (n, s, s, 3), s as the spec's ``input_px``, to (n, d)."""
        ...


@dataclass(frozen=True)
class Readiness:
    """Whether an encoder could run now; if not, what is missing and how to get it."""

    ready: bool
    detail: str = ""  # one line for the user
    weights_sha256: str = ""  # of the weights it would run with; "" without weights


@dataclass(frozen=True)
class EncoderSpec:
    """All that can be said of an encoder without loading it."""

    name: str
    title: str
    dim: int
    tile: TileSpec
    licence: str
    source: str
    transform: str  # in words: resize, scale, normalization
    pooling: str
    params_m: float  # millions
    readiness: Callable[[], Readiness] = field(repr=False, compare=False)
    load: Callable[[str, Precision], Encoder] = field(repr=False, compare=False)  # device
    side_multiple: int = 0  # 0: input is always tile.size_px a side; else see input_px

    def input_px(self, edge_um: float) -> int:
        """Side of the input in pixels for a tile of ``edge_um``.

        Most encoders take one fixed size. Fully convolutional ones (``side_multiple`` > 0) keep
        their scale instead: the multiple that comes nearest to ``tile.mpp``.
        """
        if not self.side_multiple:
            return self.tile.size_px
        steps = round(edge_um / self.tile.mpp / self.side_multiple)
        return max(1, steps) * self.side_multiple


_specs: dict[str, EncoderSpec] = {}


def register(spec: EncoderSpec) -> None:
    """Add an encoder. A second one of the same name is a mistake."""
    if spec.name in _specs:
        raise ValueError(f"encoder {spec.name!r} is already registered")
    _specs[spec.name] = spec


def encoder(name: str) -> EncoderSpec:
    """The encoder called ``name``."""
    try:
        return _specs[name]
    except KeyError:
        known = ", ".join(sorted(_specs))
        raise EncoderError(f"No encoder is called {name!r}. There are: {known}.") from None


def encoders() -> tuple[EncoderSpec, ...]:
    """Every encoder, in the order of registration."""
    return tuple(_specs.values())
