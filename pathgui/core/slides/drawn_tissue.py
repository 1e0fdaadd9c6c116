"""A tissue mask that a user draws, where none can be found: pale tissue, fat, silver stains."""

from __future__ import annotations

import numpy as np

from pathgui.core.errors import NoTissueError
from pathgui.core.slides.region import Region, crossings
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.tissue import Mask, TissueMask, downsample_of, mask_px


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
            "The region is to be the tissue mask, and no region is given. Draw one on the slide, "
            "or name its file: --region."
        )
    width, height = slide.size_l0
    scale = min(1.0, mask_px(slide) / max(width, height))
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    downsample = downsample_of(slide, shape)
    return TissueMask(
        _raster(region, shape, downsample), downsample, "drawn: the region", drawn=True
    )


def _raster(region: Region, shape: tuple[int, int], downsample: tuple[float, float]) -> Mask:
    """Which pixels (h, w) have their middle in any polygon; inside is odd, as for tiles."""
    mask = np.zeros(shape, np.bool_)
    middles = (np.arange(shape[1]) + 0.5) * downsample[0]
    for polygon in region:
        if len(polygon) < 3:
            continue
        outline = np.array(polygon, np.float64)
        top, bottom = outline[:, 1].min() / downsample[1], outline[:, 1].max() / downsample[1]
        for row in range(max(0, int(top)), min(shape[0], int(np.ceil(bottom)))):
            found = crossings(outline, (row + 0.5) * downsample[1])
            mask[row] |= np.searchsorted(found, middles) % 2 == 1
    return mask
