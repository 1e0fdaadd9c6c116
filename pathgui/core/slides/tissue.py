"""Where a slide has tissue rather than glass, ink or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.slides.slide import Slide

Mask = NDArray[np.bool_]
Sums = NDArray[np.int16]  # over _BOX pixels, (h, w)

_MASK_UM = 8.0  # µm per mask pixel on a whole slide: twelve to the edge of a small tile
_SANE_MPP = (0.05, 8.0)  # outside this a file's mpp says nothing about tissue
_MASK_PX = (256, 4096)  # longer side of the mask, where the slide has as many
_MASK_PX_WITHOUT_MPP = 1024
_BOX = 9  # pixels that are averaged
_MOST_SUM = 255 * _BOX
_STRIP = 256  # rows that are looked at together
_SCATTER_BINS = 1 << 16  # of densities from 0 to 1
_ABSORBS = 0.02  # optical density; what is brighter than the glass, in whatever color, has less
# Tissue exceeds these: on glass the difference between the optical densities of two colors, in the
# dark the brightness over the background, 1 is white.
LEAST_THRESHOLD, MOST_THRESHOLD = 0.005, 1.0


@dataclass(frozen=True)
class TissueMask:
    """Tissue of one slide on a coarse raster that covers all of level 0."""

    mask: Mask  # (h, w)
    downsample: tuple[float, float]  # level-0 pixels per mask pixel, x and y
    method: str  # how it was found, in words for the record
    unread: float = 0.0  # share of the slide that could not be decoded where it was looked at
    threshold: float | None = None  # that tissue exceeds, 0..1; None: tissue was not sought
    drawn: bool = False  # by the user, in place of what can be found

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


@dataclass(frozen=True)
class SlideOverview:
    """The picture of a whole slide in which tissue is sought."""

    picture: NDArray[np.uint8]  # (h, w, 3)
    downsample: tuple[float, float]  # level-0 pixels per pixel, x and y
    um: float | None  # µm per pixel; None where the slide's mpp is unknown, or cannot be
    unread: float  # share of the slide that could not be decoded


def find_tissue(
    slide: Slide, report: ProgressFn = ignore_progress, threshold: float | None = None
) -> TissueMask:
    """Find the tissue of a slide on an overview of about 8 µm per pixel.

    Bright slides: the color of the glass is estimated from bright, uncolored pixels, and tissue
    is what absorbs one color more than another against it (optical density, so faint and dark
    stains are judged alike); gray dirt, bubbles and shadows absorb all colors the same. Vivid
    areas of the hues of ink are left out with a margin. Dark (fluorescence) slides: tissue is
    where signal is dense. Specks go, small holes are filled.

    ``threshold`` is what tissue has to exceed, 0..1: on glass the difference between the optical
    densities of two colors, in the dark the brightness over the background. Without one it follows
    from the slide (0.03 to 0.08 on glass, 0.03 to 0.16 in the dark); the mask says which it was.

    On a slide with glass everywhere the mask is empty; that is no error here.
    """
    return tissue_of(slide_overview(slide, report), report, threshold)


def slide_overview(slide: Slide, report: ProgressFn = ignore_progress) -> SlideOverview:
    """Read the overview in which :func:`tissue_of` finds tissue, by whatever threshold."""
    report(Progress(say("Finding tissue"), 0, 1))
    look = slide.look_over(mask_px(slide), report)
    downsample = downsample_of(slide, look.picture.shape[:2])
    sane = slide.mpp is not None and _SANE_MPP[0] <= slide.mpp <= _SANE_MPP[1]
    um = slide.mpp * downsample[0] if sane and slide.mpp is not None else None
    return SlideOverview(look.picture, downsample, um, look.unread)


def tissue_of(
    overview: SlideOverview, report: ProgressFn = ignore_progress, threshold: float | None = None
) -> TissueMask:
    """As :func:`find_tissue`, on an overview that was read before."""
    if is_dark(overview.picture):
        mask, exceeded = _in_dark(overview.picture, overview.um, threshold)
        method = say("dark background, dense signal")
    else:
        mask, exceeded = _on_glass(overview.picture, overview.um, report, threshold)
        method = say("colored absorption against glass, ink left out")
    report(Progress(say("Finding tissue"), 1, 1))
    return TissueMask(mask, overview.downsample, method, overview.unread, exceeded)


def mask_px(slide: Slide) -> int:
    """Longer side of the slide's tissue mask in mask pixels, where the slide has as many."""
    if slide.mpp is None or not _SANE_MPP[0] <= slide.mpp <= _SANE_MPP[1]:
        return _MASK_PX_WITHOUT_MPP
    wanted = max(slide.size_l0) * slide.mpp / _MASK_UM
    return int(min(max(wanted, _MASK_PX[0]), _MASK_PX[1]))


def downsample_of(slide: Slide, shape: tuple[int, ...]) -> tuple[float, float]:
    """Level-0 pixels, x and y, of a pixel of a picture (h, w, ...) of the whole slide."""
    return slide.size_l0[0] / shape[1], slide.size_l0[1] / shape[0]


def is_dark(rgb: NDArray[np.uint8]) -> bool:
    """Whether an overview has a dark background, as fluorescence slides do.

    Black filling around a bright scan does not count: some glass or tissue is bright then.
    """
    brightest = np.bincount(_highest(rgb).ravel(), minlength=256)
    if not _median_of(brightest) < 60:
        return False
    lowest = np.minimum(np.minimum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
    return float((lowest > 120).mean()) < 0.1


def tissue_on_glass(
    rgb: NDArray[np.uint8], um: float | None, report: ProgressFn = ignore_progress
) -> Mask:
    """Tissue of a bright overview (h, w, 3); ``um`` µm per pixel, None if unknown."""
    return _on_glass(rgb, um, report, None)[0]


def tissue_in_dark(rgb: NDArray[np.uint8], um: float | None) -> Mask:
    """Tissue of a dark overview: where pixels with signal lie densely."""
    return _in_dark(rgb, um, None)[0]


def _on_glass(
    rgb: NDArray[np.uint8], um: float | None, report: ProgressFn, threshold: float | None
) -> tuple[Mask, float]:
    """Tissue, and the threshold that it exceeds; None is the automatic one."""
    glass, noise = _glass(rgb, report)
    densities = _densities(glass)
    shape = rgb.shape[:2]
    candidates, void = np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    ink, black = np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    if threshold is None:
        threshold = min(max(0.03, noise), 0.08)
    for rows, sums in _smoothed(rgb, report):
        density = [table[plane] for table, plane in zip(densities, sums, strict=True)]
        most = np.maximum(np.maximum(density[0], density[1]), density[2])
        least = np.minimum(np.minimum(density[0], density[1]), density[2])
        void[rows] = _highest(rgb[rows]) <= 8
        absorbs = most > min(_ABSORBS, threshold)
        candidates[rows] = (most - least > threshold) & absorbs & ~void[rows]
        low, high = _ends(sums)
        ink[rows] = _ink(low, high, density)
        # Dark nuclei and folds are never colorless.
        black[rows] = (high < 70 * _BOX) & (high - low < 18 * _BOX)
    # A special stain (blue collagen, Alcian blue) has the hues of ink all over: that is tissue.
    if ink.any() and np.count_nonzero(ink & candidates) < 0.5 * np.count_nonzero(candidates):
        candidates &= ~_with_margin(ink, um)
    candidates &= ~_with_margin(black, um)
    closed = _closed(candidates, _px(10.0, um, 1, 6)) & ~void
    return _cleaned(closed, um), threshold


def _in_dark(
    rgb: NDArray[np.uint8], um: float | None, threshold: float | None
) -> tuple[Mask, float]:
    """Tissue, and the threshold that it exceeds; None is the automatic one."""
    from scipy import ndimage

    signal = _highest(rgb).astype(np.float32)
    floor = float(np.median(signal[signal <= np.median(signal)]))
    noise = 1.4826 * float(np.median(np.abs(signal[signal <= np.median(signal)] - floor)))
    if threshold is None:
        threshold = min(max(6 * noise, 8.0), 40.0) / 255
    lit = signal > floor + 255 * threshold
    dense = ndimage.gaussian_filter(lit.astype(np.float32), _px(25.0, um, 2, 12), mode="nearest")
    return _cleaned(dense > 0.1, um), threshold


def _smoothed(
    rgb: NDArray[np.uint8], report: ProgressFn
) -> Iterator[tuple[slice, tuple[Sums, Sums, Sums]]]:
    """Sums over 3 x 3 pixels of each color, a strip of rows at a time, so that memory is small.

    Whole numbers of 0 to 2,295; at the border the outermost pixels count again.
    """
    height = len(rgb)
    for top in range(0, height, _STRIP):
        report(Progress(say("Finding tissue"), 0, 1))
        bottom = min(top + _STRIP, height)
        rows = np.clip(np.arange(top - 1, bottom + 1), 0, height - 1)
        wide = rgb[rows].astype(np.int16)
        down = wide[:-2] + wide[1:-1]
        down += wide[2:]
        padded = np.pad(down, ((0, 0), (1, 1), (0, 0)), mode="edge")
        across = padded[:, :-2] + padded[:, 1:-1]
        across += padded[:, 2:]
        red, green, blue = (np.ascontiguousarray(across[..., color]) for color in range(3))
        yield slice(top, bottom), (red, green, blue)


def _glass(rgb: NDArray[np.uint8], report: ProgressFn) -> tuple[NDArray[np.float64], float]:
    """Color of empty glass (3,), and how far its own colored density scatters."""
    size = rgb.shape[0] * rgb.shape[1]
    brightness = np.zeros((2, 256), np.int64)  # of pale pixels: all, and those that were scanned
    for _, sums in _smoothed(rgb, report):
        pale, filled = _pale(sums)
        mean = (sums[0] + sums[1] + sums[2]) // (3 * _BOX)
        for number, chosen in enumerate((pale, pale & ~filled)):
            brightness[number] += np.bincount(mean[chosen], minlength=256)
    scanned_only = int(brightness[1].sum() >= 0.005 * size)
    counts = brightness[scanned_only]
    if counts.sum() < 0.005 * size:
        return np.full(3, 243.0), 0.0
    mode = int(np.convolve(counts, np.ones(7), mode="same").argmax())

    def at_mode(sums: tuple[Sums, Sums, Sums]) -> Mask:
        pale, filled = _pale(sums)
        near = np.abs(sums[0] + sums[1] + sums[2] - 3 * _BOX * mode) <= 3 * _BOX * 6
        chosen: Mask = pale & near & ~filled if scanned_only else pale & near
        return chosen

    colors = np.zeros((3, _MOST_SUM + 1), np.int64)
    for _, sums in _smoothed(rgb, report):
        chosen = at_mode(sums)
        for color, plane in zip(colors, sums, strict=True):
            color += np.bincount(plane[chosen], minlength=len(color))
    glass = np.array([_median_of(color) for color in colors]) / _BOX
    densities = _densities(glass)
    scatter = np.zeros(_SCATTER_BINS, np.int64)
    for _, sums in _smoothed(rgb, report):
        chosen = at_mode(sums)
        density = [table[plane[chosen]] for table, plane in zip(densities, sums, strict=True)]
        most = np.maximum(np.maximum(density[0], density[1]), density[2])
        most -= np.minimum(np.minimum(density[0], density[1]), density[2])
        bins = np.minimum(most * _SCATTER_BINS, _SCATTER_BINS - 1).astype(np.int32)
        scatter += np.bincount(bins, minlength=_SCATTER_BINS)
    ninth = int(np.searchsorted(np.cumsum(scatter), 0.9 * scatter.sum()))
    return glass, (ninth + 0.5) / _SCATTER_BINS * 1.5


def _pale(sums: tuple[Sums, Sums, Sums]) -> tuple[Mask, Mask]:
    """Which pixels may be glass, and which are plain white, as what the scanner left out."""
    red, green, blue = sums
    low, high = _ends(sums)
    # Pale tissue leans to magenta; glass may be yellowish or gray, but not that.
    pale = (low >= 150 * _BOX) & (high - low <= 45 * _BOX)
    pale &= green >= np.minimum(red, blue) - 12 * _BOX
    return pale, low >= 254 * _BOX


def _densities(glass: NDArray[np.float64]) -> list[NDArray[np.float32]]:
    """Optical density against the glass, for every sum that a color may have."""
    smooth = np.maximum(np.arange(_MOST_SUM + 1) / _BOX, 1.0)
    return [np.log10(color / smooth).astype(np.float32) for color in glass]


def _ends(sums: tuple[Sums, Sums, Sums]) -> tuple[Sums, Sums]:
    """The lowest and the highest color of each pixel."""
    red, green, blue = sums
    return np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)


def _highest(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The highest color of each pixel. ``max`` over an axis of three takes ten times as long."""
    return np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])


def _median_of(counts: NDArray[np.int64]) -> float:
    """The median of whole numbers, given how often each comes."""
    before, total = np.cumsum(counts), int(counts.sum())
    middle = np.searchsorted(before, [(total - 1) // 2 + 1, total // 2 + 1])
    return float(middle.mean())


def _ink(low: Sums, high: Sums, density: list[NDArray[np.float32]]) -> Mask:
    """Vivid pixels whose hue hematoxylin, eosin and DAB do not have."""
    chroma = high - low
    red, green, blue = density
    found: Mask = chroma >= 50 * _BOX
    if not found.any():
        return found
    vivid = (chroma >= 70 * _BOX) & (2 * chroma >= high)
    # Of the stains, green is absorbed most (blue by DAB); blue and green inks absorb red most.
    blue_or_green = (red > 1.3 * green) & vivid
    green_passes = (green < 0.7 * red) & (green < 0.8 * blue)
    pure_red = (red < 0.2 * green) & (blue > 0.75 * green) & (chroma >= 110 * _BOX) & vivid
    found &= blue_or_green | green_passes | pure_red
    return found


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
    sizes = np.zeros(count + 1, np.int64)
    for strip in range(0, len(labels), _STRIP):  # bincount makes 64-bit numbers of all it is given
        sizes += np.bincount(labels[strip : strip + _STRIP].ravel(), minlength=count + 1)
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
