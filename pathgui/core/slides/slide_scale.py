"""The scale of a slide: never guessed."""

from __future__ import annotations

from pathgui.core.errors import ScaleError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.properties import (
    pixel_um,
)
from pathgui.core.slides.slide import Slide


def why_no_mpp(slide: Slide) -> str:
    """Why the file of a slide gives no mpp, as a sentence without its stop."""
    x, y = pixel_um(slide.properties)
    if x is not None and y is not None:
        return say(
            "{path_name} has pixels that are not square ({x:g} × {y:g} µm)",
            path_name=slide.path.name,
            x=x,
            y=y,
        )
    return say("{path_name} does not say how large its pixels are", path_name=slide.path.name)


def require_mpp(slide: Slide) -> float:
    """The slide's µm per level-0 pixel.

    Raises
    ------
    ScaleError
        If neither the file nor the user says; it is never guessed.
    """
    if slide.mpp is not None:
        return slide.mpp
    raise ScaleError(
        say(
            "{why_no_mpp}. Give its mpp (µm per pixel; about 0.25 for a 40× "
            "scan, 0.5 for 20×): --mpp in the terminal, mpp= in Python, the mpp "
            "field above the slide in the window.",
            why_no_mpp=why_no_mpp(slide),
        )
    )
