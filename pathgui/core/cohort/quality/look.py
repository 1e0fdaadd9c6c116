"""What of a tile tells whether it is spoiled: a function of its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_FINE_UM, _COARSE = 2.5, 3  # µm of a field; fields of a coarse one, across and down
_GLASS = 245.0  # brightness of light that nothing absorbs; scanners set it so
_FLAT = 5.0  # square of the slope that noise alone may have


@dataclass(frozen=True)
class Look:
    """What was measured. Shares are of fields of 2.5 µm, 0 to 1."""

    edges: float  # variance of the Laplacian of the brightness (0 to 255)
    edges_by_slope: float  # the same over the mean square of the slope
    ink: float  # share that is vivid in a hue that tissue stains do not have
    gray: float  # share that absorbs all colors alike
    density: float  # optical density of the least absorbed color, where it is highest (a tenth)
    tissue: float  # share that is not bright and colorless
    brightness: float  # mean, 0 to 255


def look_at(tile: NDArray[np.uint8], mpp: float) -> Look:
    """Measure an RGB tile (h, w, 3) of ``mpp`` µm per pixel.

    Blur takes the Laplacian of a picture, whose variance is a usual measure of focus
    (Pech-Pacheco et al., ICPR 2000). It is small in pale tissue, too; divided by the slopes of the
    same picture it is not, so only a tile that lacks both has lost its focus. Ink is told by its
    hue, as in :mod:`pathgui.core.slides.tissue`.
    """
    picture = Image.fromarray(tile)
    gray = np.asarray(picture.convert("L")).astype(np.int16)
    inner = gray[1:-1, 1:-1]
    laplacian = gray[:-2, 1:-1] + gray[2:, 1:-1] + gray[1:-1, :-2] + gray[1:-1, 2:] - 4 * inner
    edges = float(laplacian.var(dtype=np.float32))
    slope = float(np.mean(np.square(np.diff(gray, axis=1)), dtype=np.float64))

    side = max(1, round(_FINE_UM / mpp))
    fine = np.asarray(picture.reduce(min(side, *tile.shape[:2]))).astype(np.float32)
    density = np.log10(_GLASS / np.maximum(fine, 1.0))
    low, high = fine.min(axis=2), fine.max(axis=2)
    absorbed = density.mean(axis=2)
    spread = density.max(axis=2) - density.min(axis=2)
    return Look(
        edges=edges,
        edges_by_slope=edges / (slope + _FLAT),
        ink=float(_is_ink(low, high, density).mean()),
        gray=float(((absorbed > 0.15) & (spread < 0.04)).mean()),
        density=_densest(density),
        tissue=1.0 - float(((low >= 200) & (high - low <= 16)).mean()),
        brightness=float(gray.mean()),
    )


def typical(looks: Sequence[Look]) -> Look:
    """The median of each measure."""
    return Look(*np.median([astuple(look) for look in looks], axis=0).tolist())


def _is_ink(
    low: NDArray[np.float32], high: NDArray[np.float32], density: NDArray[np.float32]
) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(density, 2, 0)
    chroma = high - low
    vivid = (chroma >= 70) & (2 * chroma >= high)
    # Hematoxylin and eosin absorb green most, DAB absorbs blue most.
    blue_or_green = vivid & (red > 1.3 * green)
    green_passes = (green < 0.7 * red) & (green < 0.8 * blue)
    pure_red = vivid & (red < 0.2 * green) & (blue > 0.75 * green) & (chroma >= 110)
    # Blue ink on tissue: bluer than hematoxylin, which lets half as much red pass as blue.
    strong_blue = (chroma >= 100) & (red > 0.9 * green) & (blue < 0.5 * red)
    inks = blue_or_green | green_passes | pure_red | strong_blue
    found: NDArray[np.bool_] = (chroma >= 50) & inks
    return found


def _densest(density: NDArray[np.float32]) -> float:
    """Of fields that are wider than a nucleus: the value that a tenth of them exceed."""
    side = min(_COARSE, *density.shape[:2])
    rows, columns = (length // side for length in density.shape[:2])
    blocks = density[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
    return float(np.quantile(blocks.mean(axis=(1, 3)).min(axis=2), 0.9))
