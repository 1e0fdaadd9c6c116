"""What a correction is once it is fitted: a few arrays, and how they change embeddings.

Every correction of embeddings here is linear, so two shapes of it are enough: a scale and a shift
for each center, or directions that are taken out. Both are saved as they are, and applied outside
of pathgui by a few lines of numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import CorrectionError, first_few
from pathgui.core.language.texts import say

Floats = NDArray[np.floating[Any]]
Labels = NDArray[Any]

FEW_ROWS = 256  # that are widened to float64 at a time: they stay in the cache


class Fitted(Protocol):
    """A fitted correction."""

    @property
    def needs_center(self) -> bool:
        """Whether it must be told the center of what it is applied to."""
        ...

    @property
    def dim(self) -> int:
        """Length of the embeddings that it was fitted on."""
        ...

    def apply(self, values: Floats, center: Labels | None = None) -> NDArray[np.float64]:
        """Corrected embeddings, (n, d), of ``values`` (n, d).

        ``center`` (n,) is looked at where the correction needs it.

        Raises
        ------
        CorrectionError
            If it needs centers and none are given, or one that it was not fitted on; if the
            embeddings are of another length.
        """
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is to be saved, by name."""
        ...


@dataclass(frozen=True)
class PerCenter:
    """A scale and a shift of each component, for each center: x * scale + shift."""

    centers: Labels  # (c,) rising
    scale: NDArray[np.float64]  # (c, d)
    shift: NDArray[np.float64]  # (c, d)
    needs_center: ClassVar[bool] = True

    @property
    def dim(self) -> int:
        """Length of the embeddings that it was fitted on."""
        return int(self.scale.shape[1])

    def apply(self, values: Floats, center: Labels | None = None) -> NDArray[np.float64]:
        """Embeddings with the scale and shift of their centers; see :class:`Fitted`."""
        _check_length(values, self.dim)
        if center is None:
            raise CorrectionError(
                say(
                    "This correction needs to know the center of each tile. Name "
                    "it, or take a correction that does not need it."
                )
            )
        unknown = sorted(set(np.unique(center).tolist()) - set(self.centers.tolist()))
        if unknown:
            raise CorrectionError(
                say(
                    "The correction was fitted without the center {unknown}, so "
                    "it cannot be applied there. Take a correction that does not "
                    "need the center.",
                    unknown=first_few(unknown),
                )
            )
        code = np.searchsorted(self.centers, center)
        corrected = np.asarray(values, np.float64) * self.scale[code]
        corrected += self.shift[code]
        return corrected

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Scale and shift; the names of the centers stand in the head of the file."""
        return {"scale": self.scale, "shift": self.shift}


@dataclass(frozen=True)
class Removal:
    """Directions that are taken out: x - ((x - mean) @ read) @ write.T."""

    mean: NDArray[np.float64]  # (d,) of the rows that it was fitted on
    read: NDArray[np.float64]  # (d, r) what tells centers apart
    write: NDArray[np.float64]  # (d, r) what is subtracted for it; as ``read`` in a projection
    needs_center: ClassVar[bool] = False

    @property
    def dim(self) -> int:
        """Length of the embeddings that it was fitted on."""
        return len(self.mean)

    def apply(self, values: Floats, center: Labels | None = None) -> NDArray[np.float64]:
        """Embeddings without the directions, wherever they come from; see :class:`Fitted`."""
        _check_length(values, self.dim)
        corrected = np.array(values, np.float64)
        corrected -= ((corrected - self.mean) @ self.read) @ self.write.T
        return corrected

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Mean, and both ends of the directions."""
        return {"mean": self.mean, "read": self.read, "write": self.write}


def moves_along(
    fitted: Fitted, values: Floats, center: Labels
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Amounts (n, r) and directions (d, r): ``apply`` adds amounts @ directions.T to ``values``.

    None where it does more, or what it does is not known.
    """
    if isinstance(fitted, Removal):
        amounts = np.empty((len(values), fitted.read.shape[1]))
        for start in range(0, len(values), FEW_ROWS):
            some = slice(start, start + FEW_ROWS)
            amounts[some] = (values[some] - fitted.mean) @ -fitted.read
        return amounts, fitted.write
    if isinstance(fitted, PerCenter) and (fitted.scale == 1).all():
        return np.eye(len(fitted.centers))[np.searchsorted(fitted.centers, center)], fitted.shift.T
    return None


def _check_length(values: Floats, dim: int) -> None:
    if values.ndim != 2 or values.shape[1] != dim:
        raise CorrectionError(
            say(
                "The correction was fitted on embeddings of {dim} numbers and "
                "cannot be applied to a table of shape {shape}. Take the encoder "
                "that it was fitted on.",
                dim=dim,
                shape=values.shape,
            )
        )
