"""Whether a slide looks stained by hematoxylin and eosin, as nearly all encoders were trained on.

A guess by color alone, made to be silent rather than wrong: what is said is that a slide looks
unlike H&E, never which stain it has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.slides.tissue import is_dark, tissue_on_glass

OVERVIEW_PX = 256  # longer side of the picture that is judged: the same in terminal and window
_ENOUGH = 60  # pixels of tissue; of fewer nothing is said
_GLASS = 243.0
_COLORED = 0.08  # optical density; what absorbs less has no color to be judged by
_OTHER = 1.12  # times: as much more than green another color is absorbed
_MOSTLY = 0.4  # share of the tissue; DAB of a few nuclei, or ink, is less


def unlike_he(picture: NDArray[np.uint8]) -> str:
    """In what a slide's overview (h, w, 3) differs from H&E, as the end of a sentence; "": not.

    Hematoxylin and eosin both absorb green most (Ruifrok and Johnston, Anal. Quant. Cytol. Histol.
    2001), at whatever strength, so pale tissue is not mistaken. DAB and silver absorb blue most,
    trichromes and Alcian blue red. A dark ground with light on it is fluorescence.
    """
    if is_dark(picture):
        return say("is light on a dark ground, as in fluorescence")
    tissue = tissue_on_glass(picture, None)
    if np.count_nonzero(tissue) < _ENOUGH:
        return ""
    ground = picture[~tissue]
    glass = np.median(ground, axis=0) if len(ground) else np.full(3, _GLASS)
    glass = np.where(glass < 150, _GLASS, glass)  # nothing but tissue and black filling
    absorbed = np.log10(glass / np.maximum(picture[tissue].astype(np.float64), 1.0))
    red, green, blue = absorbed[absorbed.max(axis=1) >= _COLORED].T
    if len(green) < _ENOUGH:
        return ""
    if np.mean(blue > _OTHER * green) >= _MOSTLY:
        return say("absorbs blue light most, and H&E absorbs green")
    if np.mean(red > _OTHER * green) >= _MOSTLY:
        return say("absorbs red light most, and H&E absorbs green")
    return ""


def stain_doubt(picture: NDArray[np.uint8], name: str) -> str:
    """A sentence for the user, before anything is computed; "" where nothing is to be said."""
    if not (found := unlike_he(picture)):
        return ""
    return say(
        "{name} {found}: it seems not to be stained by H&E. What encoders "
        "say of it counts only if they were trained on such slides, and if "
        "the reference set is of them.",
        name=name,
        found=found,
    )
