"""What speaks against the scale of a slide: it decides what every tile shows."""

from __future__ import annotations

from pathgui.core.slides.reading.properties import pixel_um
from pathgui.core.slides.slide import Slide

PLAUSIBLE_MPP = (0.08, 2.0)  # from a 100x objective's to that of a 5x scan
_OBJECTIVE_MPP = 10.0  # µm per pixel times power: 0.25 at 40x, 0.5 at 20x
_FAR_OFF = 1.7  # times: between neighboring objectives lie two
_ADAPTED = {"mirax"}  # scanners with an adapter before the camera: 0.24 µm at 20x is right


def scale_doubts(slide: Slide) -> tuple[str, ...]:
    """Sentences for the user, each a reason to doubt the slide's mpp; empty where there is none.

    A scale is doubted that no scanner has (outside :data:`PLAUSIBLE_MPP`), that the objective
    contradicts, that differs from what the file says, or where pixels are not square.
    """
    if slide.mpp is None:
        return ()
    name, mpp = slide.path.name, slide.mpp
    doubts = []
    lowest, highest = PLAUSIBLE_MPP
    if not lowest <= mpp <= highest:
        doubts.append(
            f"{name} has {mpp:.3g} µm per pixel, and slides have {lowest:g} to {highest:g}: about "
            "0.25 at 40×, 0.5 at 20×. If that is ten times off, give the right one."
        )
    elif slide.objective is not None and slide.vendor not in _ADAPTED:
        expected = _OBJECTIVE_MPP / slide.objective
        if not 1 / _FAR_OFF <= mpp / expected <= _FAR_OFF:
            doubts.append(
                f"{name} has {mpp:.3g} µm per pixel and was scanned at {slide.objective:g}×, which "
                f"gives about {expected:.2g}. One of the two is wrong; tiles follow the first."
            )
    across, down = pixel_um(slide.properties)
    if across is not None and down is not None:
        if max(across, down) > 1.02 * min(across, down):
            doubts.append(
                f"{name} has pixels of {across:.4g} × {down:.4g} µm in its file, which are not "
                f"square; its tiles are cut as if they were of {mpp:.3g} µm."
            )
        elif slide.mpp_source == "user":
            said = (across + down) / 2
            if not 1 / _FAR_OFF <= mpp / said <= _FAR_OFF:
                doubts.append(
                    f"The file of {name} says {said:.3g} µm per pixel, and {mpp:.3g} was given."
                )
    return tuple(doubts)
