"""What is done to the pixels of a tile, by how much, and what each strength means."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import say

Pixels = NDArray[np.uint8]  # RGB (h, w, 3)
AlterFn = Callable[[Pixels, float, float], Pixels]  # pixels, strength, µm per pixel

STAIN: Final = "stain"  # the kind of an alteration that recolors
SCALE: Final = "scale"  # the kind that reads another field of view


@dataclass(frozen=True)
class Alteration:
    """One thing that is done to tiles."""

    kind: str  # "stain", or the name of a curve
    strength: float = 0.0  # in the unit of the curve
    center: str = ""  # of "stain": as which center the tile is colored

    @property
    def text(self) -> str:
        """The same for the same alteration, another for any other."""
        return f"{self.kind} {self.strength!r} {self.center}"


def _blurred(pixels: Pixels, sigma_um: float, um_per_px: float) -> Pixels:
    blur = ImageFilter.GaussianBlur(sigma_um / um_per_px)
    return np.asarray(Image.fromarray(pixels).filter(blur))


def _compressed(pixels: Pixels, quality: float, _: float) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=round(quality))
    return np.asarray(Image.open(file).convert("RGB"))


def _by_table(pixels: Pixels, of_level: Callable[[NDArray[np.float64]], Any]) -> Pixels:
    levels = 255 * of_level(np.arange(256) / 255)
    table: Pixels = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return table[pixels]


def _brightened(pixels: Pixels, share: float, _: float) -> Pixels:
    return _by_table(pixels, lambda level: level * (1 + share))


def _with_gamma(pixels: Pixels, gamma: float, _: float) -> Pixels:
    return _by_table(pixels, lambda level: level**gamma)


def _with_hue(pixels: Pixels, degrees: float, _: float) -> Pixels:
    """Turned around the gray axis of RGB: gray and glass stay as they are."""
    angle = math.radians(degrees)
    third, rest = (1 - math.cos(angle)) / 3, math.sin(angle) / math.sqrt(3)
    turn = np.full((3, 3), third) + np.eye(3) * math.cos(angle)
    turn += rest * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    turned = pixels.astype(np.float32) @ turn.T.astype(np.float32)
    return np.clip(np.rint(turned), 0, 255).astype(np.uint8)


def _as_read(pixels: Pixels, _: float, __: float) -> Pixels:
    """Another field of view is read, and its pixels stay as they are."""
    return pixels


@dataclass(frozen=True)
class CurveKind:
    """One kind of perturbation, with the strengths that its curve has."""

    name: str
    title: str
    unit: str  # of a strength, as it stands on the axis
    strengths: tuple[float, ...]  # rising
    none: float  # the strength that changes nothing
    means: str
    alter: AlterFn = field(repr=False, compare=False)


CURVES: Final = (
    CurveKind(
        "blur", say("Blur"), say("σ in µm"), (0.25, 0.5, 1.0, 2.0), 0.0,
        say("A Gaussian blur, as of a scanner out of focus."), _blurred,
    ),
    CurveKind(
        "jpeg", say("JPEG"), say("quality"), (30.0, 50.0, 70.0, 90.0), 100.0,
        say("The tile compressed once more; a low quality loses most."), _compressed,
    ),
    CurveKind(
        "brightness", say("Brightness"), say("share of the light"), (-0.2, -0.1, 0.1, 0.2), 0.0,
        say("All pixels darker or brighter, as of another lamp."), _brightened,
    ),
    CurveKind(
        "gamma", say("Gamma"), say("exponent"), (0.7, 0.85, 1.2, 1.4), 1.0,
        say("Mid tones brighter (below 1) or darker, as of another camera."), _with_gamma,
    ),
    CurveKind(
        "hue", say("Hue"), say("degrees"), (-20.0, -10.0, 10.0, 20.0), 0.0,
        say("Colors turned around gray: purple turns red above 0, and blue below."), _with_hue,
    ),
    CurveKind(
        SCALE, say("Scale"), say("share of the mpp"), (-0.2, -0.1, 0.1, 0.2), 0.0,
        say("A field of view that is smaller or larger, as of a wrong mpp."), _as_read,
    ),
)  # fmt: skip


def curve_kind(name: str) -> CurveKind:
    """The perturbation of that name.

    Raises
    ------
    CorrectionError
        If there is none; the text names those that there are.

    >>> curve_kind("blur").strengths
    (0.25, 0.5, 1.0, 2.0)
    """
    for each in CURVES:
        if each.name == name:
            return each
    raise CorrectionError(
        say(
            'There is no perturbation "{name}". There are: {names}.',
            name=name,
            names=", ".join(each.name for each in CURVES),
        )
    )


def altered(pixels: Pixels, alteration: Alteration, um_per_px: float) -> Pixels:
    """The pixels of a tile after an alteration that is a point of a curve.

    Of "scale" another field of view is read, whose pixels stay. ``um_per_px`` is that of
    ``pixels``. A strength that changes nothing gives the same pixels.
    """
    kind = curve_kind(alteration.kind)
    if alteration.strength == kind.none:
        return pixels
    return kind.alter(pixels, alteration.strength, um_per_px)
