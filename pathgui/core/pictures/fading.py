"""How strongly a tile is painted: the less probable its class, the fainter.

Window and report take steps and words from here, so that a tile looks alike in both. A tile
without a probability, which lies outside the reference set, is painted as an outline alone.
Hatching is left to parts of a file that cannot be read.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say

BOUNDS: Final = (0.25, 0.5, 0.75)  # of probability, between the steps
STRENGTHS: Final = (0.3, 0.5, 0.75, 1.0)  # share of the overlay's opacity, step by step
HOLLOW: Final = len(STRENGTHS)  # no probability is given
STEP_WORDS: Final = (
    say("under 0.25"),
    say("0.25 to 0.5"),
    say("0.5 to 0.75"),
    say("0.75 and more"),
)
FADED_MEANS: Final = say("the fainter, the less probable")
HOLLOW_MEANS: Final = say("outline alone: outside the reference set")


def steps(probability: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Step of each probability, any shape: 0 (faintest) to 3, or HOLLOW where it is NaN.

    >>> steps(np.array([0.1, 0.25, 0.6, 0.9, np.nan])).tolist()
    [0, 1, 2, 3, 4]
    """
    found = np.searchsorted(BOUNDS, probability, side="right")
    return np.where(np.isnan(probability), HOLLOW, found).astype(np.uint8)
