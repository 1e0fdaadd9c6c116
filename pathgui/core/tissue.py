"""Where a slide has tissue rather than glass, ink or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.slide import Slide

Mask = NDArray[np.bool_]

VERSION = 1  # part of embedding keys; goes up when the same slide may get another mask

_MASK_UM = 8.0  # µm per mask pixel on a whole slide: twelve to the edge of a small tile
_SANE_MPP = (0.05, 8.0)  # outside this a file's mpp says nothing about tissue
_MASK_PX = (256, 4096)  # longer side of the mask, where the slide has as many
_MASK_PX_WITHOUT_MPP = 1024


@dataclass(frozen=True)
class TissueMask:
    """Tissue of one slide on a coarse raster that covers all of level 0."""

    mask: Mask  # (h, w)
    downsample: tuple[float, float]  # level-0 pixels per mask pixel, x and y
    method: str  # how it was found, in words for the record

    def fraction(self, origins_l0: NDArray[np.int64], size_l0: int) -> NDArray[np.float64]:
        """Share of tissue in each square, 0..1, shape (n,).

        ``origins_l0`` (n, 2) are top-left corners. Mask pixels that a square covers in part
        count in part; what lies outside the slide has no tissue.
        """
        left, top = (np.asarray(origins_l0, np.float64) / self.downsample).T
        right = left + size_l0 / self.downsample[0]
        bottom = top + size_l0 / self.downsample[1]
        tissue = (
            self._tissue_before(right, bottom)
            - self._tissue_before(left, bottom)
            - self._tissue_before(right, top)
            + self._tissue_before(left, top)
        )
        area = size_l0 * size_l0 / (self.downsample[0] * self.downsample[1])
        share: NDArray[np.float64] = np.clip(tissue / area, 0.0, 1.0)
        return share

    def area_mm2(self, mpp: float) -> float:
        """Area of all tissue, for ``mpp`` µm per level-0 pixel."""
        return float(self.mask.sum()) * self.downsample[0] * self.downsample[1] * mpp**2 / 1e6

    @cached_property
    def _integral(self) -> NDArray[np.float64]:
        height, width = self.mask.shape
        integral = np.zeros((height + 1, width + 1))
        np.cumsum(np.cumsum(self.mask, axis=0, dtype=np.float64), axis=1, out=integral[1:, 1:])
        return integral

    def _tissue_before(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Tissue above and left of points in mask pixels: the integral, linear in between."""
        height, width = self.mask.shape
        x, y = np.clip(x, 0, width), np.clip(y, 0, height)
        column = np.minimum(x.astype(np.intp), width - 1)
        row = np.minimum(y.astype(np.intp), height - 1)
        right, down = x - column, y - row
        upper = (1 - right) * self._integral[row, column] + right * self._integral[row, column + 1]
        lower = (1 - right) * self._integral[row + 1, column] + right * (
            self._integral[row + 1, column + 1]
        )
        before: NDArray[np.float64] = (1 - down) * upper + down * lower
        return before


def find_tissue(slide: Slide, report: ProgressFn = ignore_progress) -> TissueMask:
    """Find the tissue of a slide on an overview of about 8 µm per pixel.

    Bright slides: the color of the glass is estimated from bright, uncolored pixels, and tissue
    is what absorbs one color more than another against it (optical density, so faint and dark
    stains are judged alike); gray dirt, bubbles and shadows absorb all colors the same. Vivid
    areas of the hues of ink are left out with a margin. Dark (fluorescence) slides: tissue is
    where signal is dense. Specks go, small holes are filled.

    On a slide with glass everywhere the mask is empty; that is no error here.
    """
    report(Progress("Finding tissue", 0, 1))
    width, height = slide.size_l0
    overview = slide.overview(_mask_px(slide), report)
    rows, columns = overview.shape[:2]
    downsample = (width / columns, height / rows)
    um = None
    if slide.mpp is not None and _SANE_MPP[0] <= slide.mpp <= _SANE_MPP[1]:
        um = slide.mpp * downsample[0]
    if is_dark(overview):
        mask, method = tissue_in_dark(overview, um), "dark background, dense signal"
    else:
        mask, method = (
            tissue_on_glass(overview, um),
            "colored absorption against glass, ink left out",
        )
    report(Progress("Finding tissue", 1, 1))
    return TissueMask(mask, downsample, method)


def is_dark(rgb: NDArray[np.uint8]) -> bool:
    """Whether an overview has a dark background, as fluorescence slides do.

    Black filling around a bright scan does not count: some glass or tissue is bright then.
    """
    dark = float(np.median(rgb.max(axis=2))) < 60
    return dark and float((rgb.min(axis=2) > 120).mean()) < 0.1


def tissue_on_glass(rgb: NDArray[np.uint8], um: float | None) -> Mask:
    """Tissue of a bright overview (h, w, 3); ``um`` µm per pixel, None if unknown."""
    from scipy import ndimage

    smooth = ndimage.uniform_filter(rgb.astype(np.float32), (3, 3, 1), mode="nearest")
    glass, noise = _glass(smooth)
    density = np.log10(glass / np.maximum(smooth, 1.0))
    colored = density.max(axis=2) - density.min(axis=2)
    absorbs = density.max(axis=2) > 0.02  # brighter than the glass, in whatever color, is not
    void = rgb.max(axis=2) <= 8
    candidates = (colored > min(max(0.03, noise), 0.08)) & absorbs & ~void
    ink = _ink(smooth, density)
    # A special stain (blue collagen, Alcian blue) has the hues of ink all over: that is tissue.
    if ink.any() and (ink & candidates).sum() < 0.5 * candidates.sum():
        candidates &= ~_with_margin(ink, um)
    candidates &= ~_black_ink(smooth, um)
    closed = _closed(candidates, _px(10.0, um, 1, 6)) & ~void
    return _cleaned(closed, um)


def tissue_in_dark(rgb: NDArray[np.uint8], um: float | None) -> Mask:
    """Tissue of a dark overview: where pixels with signal lie densely."""
    from scipy import ndimage

    signal = rgb.max(axis=2).astype(np.float32)
    floor = float(np.median(signal[signal <= np.median(signal)]))
    noise = 1.4826 * float(np.median(np.abs(signal[signal <= np.median(signal)] - floor)))
    lit = signal > floor + min(max(6 * noise, 8.0), 40.0)
    dense = ndimage.gaussian_filter(lit.astype(np.float32), _px(25.0, um, 2, 12), mode="nearest")
    return _cleaned(dense > 0.1, um)


def _mask_px(slide: Slide) -> int:
    if slide.mpp is None or not _SANE_MPP[0] <= slide.mpp <= _SANE_MPP[1]:
        return _MASK_PX_WITHOUT_MPP
    wanted = max(slide.size_l0) * slide.mpp / _MASK_UM
    return int(min(max(wanted, _MASK_PX[0]), _MASK_PX[1]))


def _glass(smooth: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Color of empty glass (3,), and how far its own colored density scatters."""
    red, green, blue = smooth[..., 0], smooth[..., 1], smooth[..., 2]
    low, high = smooth.min(axis=2), smooth.max(axis=2)
    # Pale tissue leans to magenta; glass may be yellowish or gray, but not that.
    pale = (low >= 150) & (high - low <= 45) & (green >= np.minimum(red, blue) - 12)
    filled = low >= 254  # what the scanner left out is filled with plain white
    scanned = pale & ~filled
    if scanned.mean() >= 0.005:
        pale = scanned
    if pale.mean() < 0.005:
        return np.full(3, 243, np.float32), 0.0
    colors = smooth[pale]
    brightness = colors.mean(axis=1)
    counts = np.bincount(brightness.astype(np.intp), minlength=256)
    mode = int(np.convolve(counts, np.ones(7), mode="same").argmax())
    at_mode = colors[np.abs(brightness - mode) <= 6]
    glass = np.median(at_mode, axis=0).astype(np.float32)
    density = np.log10(glass / at_mode)
    scatter = density.max(axis=1) - density.min(axis=1)
    return glass, float(np.percentile(scatter, 90)) * 1.5


def _ink(smooth: NDArray[np.float32], density: NDArray[np.float32]) -> Mask:
    """Vivid pixels whose hue hematoxylin, eosin and DAB do not have."""
    high = smooth.max(axis=2)
    chroma = high - smooth.min(axis=2)
    red, green, blue = density[..., 0], density[..., 1], density[..., 2]
    vivid = (chroma >= 70) & (chroma >= 0.5 * high)
    # Of the stains, green is absorbed most (blue by DAB); blue and green inks absorb red most.
    blue_or_green = (red > 1.3 * green) & vivid
    green_passes = (green < 0.7 * red) & (green < 0.8 * blue) & (chroma >= 50)
    pure_red = (red < 0.2 * green) & (blue > 0.75 * green) & (chroma >= 110) & vivid
    found: Mask = blue_or_green | green_passes | pure_red
    return found


def _black_ink(smooth: NDArray[np.float32], um: float | None) -> Mask:
    """Large, plainly black areas, with a margin. Dark nuclei and folds are never colorless."""
    high = smooth.max(axis=2)
    black = (high < 70) & (high - smooth.min(axis=2) < 18)
    return _with_margin(black, um)


def _with_margin(ink: Mask, um: float | None) -> Mask:
    """Strokes of ink with their faint rims; single vivid pixels are none."""
    from scipy import ndimage

    core = _without_small(ink, _area(80.0, um, 40))
    if not core.any():
        return core
    grown: Mask = ndimage.binary_dilation(core, _disk(_px(30.0, um, 2, 6)))
    return grown


def _closed(mask: Mask, radius: int) -> Mask:
    from scipy import ndimage

    padded = np.pad(mask, radius, mode="edge")  # else the slide's border would be eaten
    closed: Mask = ndimage.binary_closing(padded, _disk(radius))
    return closed[radius:-radius, radius:-radius]


def _cleaned(mask: Mask, um: float | None) -> Mask:
    """Without specks, and with small holes filled."""
    without_specks = _without_small(mask, _area(60.0, um, 30))
    return ~_without_small(~without_specks, _area(80.0, um, 60))


def _without_small(mask: Mask, area: int) -> Mask:
    """Only the connected parts of at least ``area`` pixels."""
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    keep = sizes >= min(area, mask.size // 50)
    keep[0] = False
    kept: Mask = keep[labels]
    return kept


def _px(length_um: float, um: float | None, least: int, most: int) -> int:
    """A length in mask pixels, between ``least`` and ``most``."""
    return int(np.clip(round(length_um / (um or _MASK_UM)), least, most))


def _area(edge_um: float, um: float | None, default: int) -> int:
    """The area of a square in mask pixels."""
    return default if um is None else max(4, round((edge_um / um) ** 2))


def _disk(radius: int) -> Mask:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    disk: Mask = x * x + y * y <= radius * radius + 0.5
    return disk
