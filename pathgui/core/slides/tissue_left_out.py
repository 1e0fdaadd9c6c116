"""How much of a slide's tissue the user's own choices leave out of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.slides.drawn_tissue import raster
from pathgui.core.slides.region import Region
from pathgui.core.slides.tissue import TissueMask


@dataclass(frozen=True)
class TissueLeftOut:
    """Areas in mm², measured on the raster of the tissue mask (about 8 µm per pixel).

    Attributes
    ----------
    found_mm2
        All tissue that was found: by the automatic threshold where the user chose another.
    regions_mm2
        Of it, what lies outside the region that was evaluated, or in classes that were left out.
    threshold_mm2
        Of it, what the threshold that the user chose takes for glass.
    """

    found_mm2: float
    regions_mm2: float = 0.0
    threshold_mm2: float = 0.0


def tissue_left_out(
    mask: TissueMask, automatic: TissueMask | None, region: Region, mpp: float
) -> TissueLeftOut | None:
    """What is left out of the tissue that is found without the user.

    None where nothing was chosen, or no tissue was sought, as the region is the mask.

    Parameters
    ----------
    mask
        The tissue mask of the evaluation.
    automatic
        That of the automatic threshold, on the same raster; None: the mask is.
    region
        What is evaluated, in level-0 pixels; (): all.
    mpp
        µm per level-0 pixel.
    """
    if mask.drawn or (automatic is None and not region):
        return None
    found = mask if automatic is None else automatic
    pixel_mm2 = found.downsample[0] * found.downsample[1] * mpp**2 / 1e6
    below = outside = 0.0
    if automatic is not None:
        below = pixel_mm2 * float((found.mask & ~mask.mask).sum())
    if region:
        inside = raster(region, mask.mask.shape, mask.downsample)
        outside = pixel_mm2 * float((found.mask & mask.mask & ~inside).sum())
    return TissueLeftOut(found.area_mm2(mpp), outside, below)
