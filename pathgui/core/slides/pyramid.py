"""Which level of a slide to read, and in what parts. Arithmetic only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def level_for(
    downsamples: Sequence[float], wanted_downsample: float, tolerance: float = 2e-3
) -> int:
    """The coarsest level that still has the detail of ``wanted_downsample``.

    Parameters
    ----------
    downsamples : sequence of float
        Level-0 pixels per pixel of each level, the finest first; the first is 1.
    wanted_downsample : float
        Level-0 pixels per pixel that is wanted; below 1 asks for more than there is.
    tolerance : float
        How much coarser, as a share, a level may be. Downsamples are rarely whole numbers
        (4.0002 where a side is odd), and a reader that wants 4 means that level.

    Returns
    -------
    int
        Index of the level; 0 where even level 0 is too coarse.

    Examples
    --------
    >>> level_for((1.0, 4.0002, 16.01), 4.0)
    1
    >>> level_for((1.0, 4.0002, 16.01), 3.0)
    0
    """
    fine_enough = [
        level
        for level, downsample in enumerate(downsamples)
        if downsample <= wanted_downsample * (1 + tolerance)
    ]
    return max(fine_enough, key=lambda level: downsamples[level], default=0)


def quarters(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Cut a region into up to four parts x, y, width, height, none of them empty."""
    widths = [(0, (size[0] + 1) // 2), ((size[0] + 1) // 2, size[0] // 2)]
    heights = [(0, (size[1] + 1) // 2), ((size[1] + 1) // 2, size[1] // 2)]
    for y, height in heights:
        for x, width in widths:
            if width and height:
                yield x, y, width, height
