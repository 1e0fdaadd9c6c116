"""Demo material made by the program itself: virtual hospitals whose truth is known.

Also the instrument's test object: how far the centers differ is one number.
"""

from pathgui.core.phantom.demo import DEFAULT_CENTER_EFFECT, Demo, make_demo
from pathgui.core.phantom.optics import CENTER_NAMES
from pathgui.core.phantom.reference import reference_tiles
from pathgui.core.phantom.slide import SlideTruth
from pathgui.core.phantom.tissues import TISSUES

__all__ = [
    "CENTER_NAMES",
    "DEFAULT_CENTER_EFFECT",
    "TISSUES",
    "Demo",
    "SlideTruth",
    "make_demo",
    "reference_tiles",
]
