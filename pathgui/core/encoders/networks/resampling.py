"""Pillow's bicubic resize of 8-bit pictures on any torch device, equal to the last bit.

Model cards prescribe Pillow's resize, and others move embeddings (core/embedding/tile_feed.py).
Pillow works in whole numbers: weights in units of 2^-22, sums rounded to a byte after the
horizontal and again after the vertical pass. Here both passes are matrix products. A weight is
split into three digits of 8 bits, so that every product and every sum is a whole number that
float32 holds: exact in whatever order they are added, and also where torch lets float32 products
run in TF32 or bfloat16.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

_UNIT_BITS = 22  # of a weight: Pillow's PRECISION_BITS for 8 bits a channel
_DIGIT_BITS = 8
_DIGITS = 3
_SUPPORT = 2.0  # of the bicubic, in pixels
_AT_ONCE = 3 << 24  # bytes of tiles in one product: its float32 results take some 20 times that


def resize(tiles: Tensor, px: int) -> Tensor:
    """Square tiles at ``px`` pixels a side, as ``Image.resize((px, px), BICUBIC)`` gives them.

    Parameters
    ----------
    tiles : (n, 3, s, s) uint8 tensor
        On any device with float32 products. Square, since which pass comes first, and so what is
        rounded, depends in Pillow on the two scales and on its version.

    Returns
    -------
    Tensor
        (n, 3, px, px) uint8, on the same device.

    Examples
    --------
    >>> import torch
    >>> from PIL import Image
    >>> tile = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    >>> ours = resize(torch.from_numpy(tile).permute(2, 0, 1)[None], 37)
    >>> theirs = np.asarray(Image.fromarray(tile).resize((37, 37), Image.Resampling.BICUBIC))
    >>> np.array_equal(ours[0].permute(1, 2, 0).numpy(), theirs)
    True
    """
    import torch

    size = tiles.shape[-1]
    if tiles.shape[-2] != size:
        raise ValueError(f"tiles must be square, not {tuple(tiles.shape)}")
    if size == px:
        return tiles
    digits = _digits(size, px, str(tiles.device))
    parts = []
    for part in torch.split(tiles, max(1, _AT_ONCE // (3 * size * size))):
        pixels = part.to(torch.float32, memory_format=torch.contiguous_format)
        across = (pixels @ digits.T).view(-1, 3, size, _DIGITS, px)
        pixels = _rounded(across, -2).to(torch.float32)
        down = (digits @ pixels).view(-1, 3, _DIGITS, px, px)
        parts.append(_rounded(down, -3).to(torch.uint8))
    return torch.cat(parts)


def weights(size: int, px: int) -> NDArray[np.int64]:
    """What each of ``size`` pixels counts in each of ``px``, in units of 2^-22; (px, size)."""
    scale = size / px
    stretch = max(scale, 1.0)
    found = np.zeros((px, size), np.int64)
    for row in range(px):
        center = (row + 0.5) * scale
        first = max(int(center - _SUPPORT * stretch + 0.5), 0)
        last = min(int(center + _SUPPORT * stretch + 0.5), size)
        heights = [_bicubic((x - center + 0.5) * (1.0 / stretch)) for x in range(first, last)]
        total = sum(heights)
        for x, height in zip(range(first, last), heights, strict=True):
            scaled = height / total * (1 << _UNIT_BITS)
            found[row, x] = int(scaled - 0.5) if scaled < 0 else int(scaled + 0.5)
    return found


def _bicubic(x: float) -> float:
    a = -0.5
    x = math.fabs(x)
    if x < 1.0:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1
    if x < 2.0:
        return (((x - 5) * x + 8) * x - 4) * a
    return 0.0


@lru_cache(maxsize=32)
def _digits(size: int, px: int, device: str) -> Tensor:
    """The weights' digits, lowest first, each -128..127; (digits * px, size)."""
    import torch

    rest = weights(size, px)
    half = 1 << (_DIGIT_BITS - 1)
    digits = []
    for _ in range(_DIGITS - 1):
        digit = ((rest + half) & (2 * half - 1)) - half
        digits.append(digit)
        rest = (rest - digit) >> _DIGIT_BITS
    digits.append(rest)
    found = torch.from_numpy(np.concatenate(digits).astype(np.float32)).to(device)
    if found.is_cuda:
        torch.cuda.current_stream(found.device).synchronize()  # other streams use it too
    return found


def _rounded(sums: Tensor, digit: int) -> Tensor:
    """Sums of digits to pixels, 0..255 as int32."""
    import torch

    lowest, *others = sums.unbind(digit)
    total = lowest.to(torch.int32) + (1 << (_UNIT_BITS - 1))
    for place, part in enumerate(others, start=1):
        total += part.to(torch.int32) << (place * _DIGIT_BITS)
    return (total >> _UNIT_BITS).clamp_(0, 255)
