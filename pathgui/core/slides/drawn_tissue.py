"""A tissue mask that a user draws, where none can be found: pale tissue, fat, silver stains."""

from __future__ import annotations

import numpy as np

from pathgui.core.errors import NoTissueError
from pathgui.core.language.texts import noted, say
from pathgui.core.slides.region import Region
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.tissue import Mask, TissueMask, downsample_of, mask_px

DRAWN = noted("drawn: the region")  # the method of such a mask, in words for the record
_MOST_TESTS = 4_000_000  # rows times corners that are held against each other at once


def tissue_of_region(slide: Slide, region: Region) -> TissueMask:
    """The tissue mask of ``slide`` that has tissue in all of ``region``, and nowhere else.

    It is as coarse as one that is found; a mask pixel counts if its middle lies in the region.

    Raises
    ------
    NoTissueError
        If there is no region.
    """
    if not region:
        raise NoTissueError(
            say(
                "The region is to be the tissue mask, and no region is given. "
                "Draw one on the slide, or name its file: --region."
            )
        )
    width, height = slide.size_l0
    scale = min(1.0, mask_px(slide) / max(width, height))
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    downsample = downsample_of(slide, shape)
    return TissueMask(raster(region, shape, downsample), downsample, DRAWN, drawn=True)


def raster(region: Region, shape: tuple[int, int], downsample: tuple[float, float]) -> Mask:
    """Which pixels (h, w) have their middle in any polygon; inside is odd, as for tiles."""
    mask = np.zeros(shape, np.bool_)
    middles = (np.arange(shape[1]) + 0.5) * downsample[0]
    for polygon in region:
        if len(polygon) < 3:
            continue
        outline = np.array(polygon, np.float64)
        (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, axis=0).T
        first = max(0, int(y0.min() / downsample[1]))
        last = min(shape[0], int(np.ceil(y0.max() / downsample[1])))
        at_once = max(1, _MOST_TESTS // len(outline))
        for top in range(first, last, at_once):
            y = (np.arange(top, min(top + at_once, last)) + 0.5) * downsample[1]
            row, edge = np.nonzero((y0 <= y[:, None]) != (y1 <= y[:, None]))
            part = (y[row] - y0[edge]) / (y1[edge] - y0[edge])
            x = x0[edge] + part * (x1[edge] - x0[edge])
            order = np.lexsort((x, row))  # an even number in each row
            ends = np.searchsorted(middles, x[order], side="right").tolist()
            rows = (top + row[order]).tolist()
            for number, begin, end in zip(rows[::2], ends[::2], ends[1::2], strict=True):
                mask[number, begin:end] = True
    return mask
