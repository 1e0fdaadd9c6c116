"""What was done to a slide's values before anybody sees them, in sentences."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.slides.reading.properties import (
    BITS,
    GRAY,
    HIGHEST,
    HIGHEST_FROM,
    MISSING,
    STORED_UM,
    TILES,
    Properties,
)


def remarks_of(properties: Properties) -> tuple[str, ...]:
    """Sentences for the user and the record; none for 8-bit RGB with square pixels.

    Parameters
    ----------
    properties : mapping
        Those of a slide that is open.
    """
    remarks = []
    if GRAY in properties:
        remarks.append(say("The slide has one channel, and is shown in gray."))
    if BITS in properties:
        highest = int(properties[HIGHEST])
        said = {"bits": int(properties[BITS]), "highest": highest}
        remarks.append(
            say(
                "Values of {bits} bits are mapped to 8: 0 to {highest:,} become 0 to 255, as the "
                "file says how many bits are used.",
                **said,
            )
            if properties[HIGHEST_FROM] == "file"
            else say(
                "Values of {bits} bits are mapped to 8: 0 to {highest:,} become 0 to 255, the "
                "fewest bits that hold the values of the coarsest level.",
                **said,
            )
        )
    if STORED_UM in properties:
        across, down = map(float, properties[STORED_UM].split())
        remarks.append(
            say(
                "Pixels of {across:.4g} × {down:.4g} µm are resampled once to squares of "
                "{square:.4g} µm, by linear interpolation.",
                across=across,
                down=down,
                square=min(across, down),
            )
        )
    if MISSING in properties:
        remarks.append(
            say(
                "{missing:,} of {tiles:,} chunks of the finest level are not there, and are shown "
                "as background. If the slide was copied, compare it with its original.",
                missing=int(properties[MISSING]),
                tiles=int(properties[TILES]),
            )
        )
    return tuple(remarks)
