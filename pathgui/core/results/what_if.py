"""What altered tiles do, in words and cells: for the window, the terminal and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from pathgui.core.errors import plural
from pathgui.core.language.texts import filled, localized, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.summary import Column
from pathgui.core.what_if.alterations import CURVES, CurveKind, curve_kind
from pathgui.core.what_if.results import CenterEffect, Curve, Mean, WhatIf

# In texts of this module {center} and {tissue} stand for the words of the columns that play them.
DEFINITION = say(
    "Tiles of the slide get the colors of each {center} (Reinhard's method, all tiles pooled), or "
    "are changed in one other way. Then they are embedded again. Nothing else of them changes, so "
    "an answer that changes follows the change. This needs no labels, and says nothing of whether "
    "an answer was right."
)
MOVED = say(
    "How far the embedding moved, divided by the mean distance between two {tissues} of one "
    "{center}: at 1 it moved as far as from one {tissue} to another. 0 is no change."
)
FLIPPED = say("Share of tiles whose {tissue} answer became another. 0 is no change.")
FOLLOWED = say(
    "Share of tiles whose {center} answer is the {center} that they are colored as, before → "
    "after. Without an effect of color both are the same."
)
INTERVALS = say(
    "Intervals are 95 %, squares of 8 × 8 tiles resampled: neighboring tiles see the same "
    "{tissue}. They say how firmly the tiles of this slide carry a number, not how other slides "
    "would do."
)


ANCHOR = "what-if-what_if"  # of the entry in docs/measurements.md
_column = partial(Column, anchor=ANCHOR)

_IN_ROLES: Final = (
    _column(
        "center",
        say("Colored as"),
        say("The {center} whose mean color the slide gets."),
        right=False,
    ),
    _column("moved", say("Embedding moved"), MOVED),
    _column("flipped", say("{Tissue} answer flipped"), FLIPPED),
    _column("followed", say("{Center} answer followed"), FOLLOWED),
)
_CURVES_IN_ROLES: Final = (
    _column("kind", say("Perturbation"), say("What is done to the tiles."), right=False),
    _column("strength", say("Strength"), say("By how much, in the unit of the perturbation.")),
    _column("moved", say("Embedding moved"), MOVED),
    _column("flipped", say("{Tissue} answer flipped"), FLIPPED),
)


def columns_in(called: RoleColumns) -> tuple[Column, ...]:
    """Columns in the words of the columns of a set that play center and tissue."""
    return tuple(each.called(called) for each in _IN_ROLES)


def curve_columns_in(called: RoleColumns) -> tuple[Column, ...]:
    """Those of perturbations."""
    return tuple(each.called(called) for each in _CURVES_IN_ROLES)


COLUMNS: Final = columns_in(USUAL)
CURVE_COLUMNS: Final = curve_columns_in(USUAL)


def shift_text(mean: Mean) -> str:
    """How far embeddings moved, with its interval.

    >>> shift_text(Mean(0.492, 0.459, 0.536)), shift_text(Mean(0.492))
    ('0.49 [0.46, 0.54]', '0.49 [no interval]')
    """
    if mean.low is None or mean.high is None:
        return say("{value} [no interval]", value=fmt.number(mean.value))
    return filled(
        "{value:.2f} [{low:.2f}, {high:.2f}]", value=mean.value, low=mean.low, high=mean.high
    )


def share_text(mean: Mean) -> str:
    """A share of tiles with its interval.

    >>> share_text(Mean(0.196, 0.114, 0.27))
    '20 % [11 %, 27 %]'
    """
    if mean.low is None or mean.high is None:
        return say("{value} [no interval]", value=fmt.percent(mean.value))
    return f"{fmt.percent(mean.value)} [{fmt.percent(mean.low)}, {fmt.percent(mean.high)}]"


def followed_text(effect: CenterEffect) -> str:
    """How often a center is named, before and after, and the interval of the difference."""
    change = f"{fmt.percent(effect.named_before)} → {fmt.percent(effect.named)}"
    low, high = effect.followed.low, effect.followed.high
    if low is None or high is None:
        return say("{change} [no interval]", change=change)
    return f"{change} [{_points(low)}, {_points(high)}]"


def _points(share: float) -> str:
    return localized(round(100 * share), "+d") if round(100 * share) else "0"


def center_rows(found: WhatIf, called: RoleColumns = USUAL) -> list[dict[str, str]]:
    """The cells of each recoloring, by key of :data:`COLUMNS`; all of them together last."""
    rows = [
        {
            "center": say("{center} (its own: recoloring alone)", center=each.center)
            if each.center == found.own_center
            else each.center,
            "moved": shift_text(each.moved),
            "flipped": share_text(each.flipped),
            "followed": followed_text(each),
        }
        for each in found.centers
    ]
    if found.moved is not None and found.flipped is not None and found.followed is not None:
        followed = found.followed
        text = _points(followed.value)
        if followed.low is not None and followed.high is not None:
            text += f" [{_points(followed.low)}, {_points(followed.high)}]"
        rows.append(
            {
                "center": called.say(say("Mean over other {centers}"))
                if found.own_center
                else say("Mean"),
                "moved": shift_text(found.moved),
                "flipped": share_text(found.flipped),
                "followed": say("{points} points", points=text),
            }
        )
    return rows


def strength_text(kind: CurveKind, strength: float) -> str:
    """A strength with its unit, short.

    >>> strength_text(curve_kind("blur"), 0.5), strength_text(curve_kind("scale"), -0.2)
    ('σ 0.5 µm', '−20 %')
    """
    if kind.name == "blur":
        return say("σ {strength:g} µm", strength=strength)
    if kind.name in ("brightness", "scale"):
        return f"{'−' if strength < 0 else '+'}{fmt.percent(abs(strength))}"
    if kind.name == "hue":
        return f"{'−' if strength < 0 else '+'}{localized(abs(strength), 'g')}°"
    return localized(strength, "g")


def curve_rows(found: WhatIf) -> list[dict[str, str]]:
    """The cells of each point of each curve, by key of :data:`CURVE_COLUMNS`."""
    return [
        {
            "kind": curve_kind(curve.kind).title,
            "strength": strength_text(curve_kind(curve.kind), point.strength),
            "moved": shift_text(point.moved),
            "flipped": share_text(point.flipped),
        }
        for curve in found.curves
        for point in curve.points
    ]


Answer = Literal["moved", "flipped"]  # what a curve is of


@dataclass(frozen=True)
class CurveLine:
    """One encoder's line in a panel."""

    title: str  # of the encoder
    strength: tuple[float, ...]  # rising; the one that changes nothing is among them
    value: tuple[float, ...]
    low: tuple[float, ...]  # the value itself where there is no interval
    high: tuple[float, ...]


@dataclass(frozen=True)
class CurvePanel:
    """The curves of one perturbation."""

    kind: str
    title: str
    unit: str  # below the axis
    none: float  # the strength that changes nothing
    lines: tuple[CurveLine, ...]


def curve_panels(found: Mapping[str, WhatIf], answer: Answer) -> list[CurvePanel]:
    """What the charts show: a panel for each perturbation; ``found`` by title of the encoder."""
    panels = []
    for kind in CURVES:
        lines = []
        for title, one in found.items():
            for curve in one.curves:
                if curve.kind == kind.name:
                    lines.append(_line(title, curve, kind, answer))
        if lines:
            panels.append(CurvePanel(kind.name, kind.title, kind.unit, kind.none, tuple(lines)))
    return panels


def _line(title: str, curve: Curve, kind: CurveKind, answer: Answer) -> CurveLine:
    points = {kind.none: Mean(0.0, 0.0, 0.0)}
    for point in curve.points:
        points[point.strength] = point.moved if answer == "moved" else point.flipped
    strengths = sorted(points)
    means = [points[strength] for strength in strengths]
    return CurveLine(
        title,
        tuple(strengths),
        tuple(mean.value for mean in means),
        tuple(mean.value if mean.low is None else mean.low for mean in means),
        tuple(mean.value if mean.high is None else mean.high for mean in means),
    )


def sentence(title: str, found: WhatIf, called: RoleColumns = USUAL) -> str:
    """What recoloring does to one encoder, with no more certainty than its intervals have."""
    if found.moved is None or found.flipped is None or found.followed is None:
        return ""
    parts = [
        say(
            "{title}: colored as another {center}, {flipped} of the tiles get another {tissue} "
            "answer, and embeddings move {moved} of the way from one {tissue} to another.",
            **called.words,
            title=title,
            flipped=share_text(found.flipped),
            moved=shift_text(found.moved),
        )
    ]
    own = next((each for each in found.centers if each.center == found.own_center), None)
    if own is not None and len(found.centers) > 1:
        parts.append(
            say(
                "Colored as its own {center}, the control, {flipped} flip and embeddings move "
                "{moved}: this much comes of recoloring alone.",
                **called.words,
                flipped=share_text(own.flipped),
                moved=shift_text(own.moved),
            )
        )
    low, high = found.followed.low, found.followed.high
    if low is not None and low > 0:
        parts.append(called.say(say("The {center} answer follows the color.")))
    elif low is not None and high is not None:
        parts.append(
            called.say(
                say(
                    "That the {center} answer follows the color cannot be told apart from no "
                    "effect."
                )
            )
        )
    return " ".join(parts)


def so_far(title: str, found: WhatIf, n_tiles: int, called: RoleColumns = USUAL) -> str:
    """What is known of some of the ``n_tiles`` tiles, in one line: numbers without a verdict."""
    told = {"title": title, "done": found.n_tiles, "all": n_tiles, **called.words}
    if found.moved is not None and found.flipped is not None:
        return say(
            "{title}, {done} of {all} tiles: as another {center} {flipped} get another {tissue} "
            "answer, embeddings move {moved}.",
            flipped=share_text(found.flipped),
            moved=shift_text(found.moved),
            **told,
        )
    points = [(curve, point) for curve in found.curves for point in curve.points]
    if not points:
        return ""
    curve, most = max(points, key=lambda each: (each[1].flipped.value, each[1].moved.value))
    kind = curve_kind(curve.kind)
    return say(
        "{title}, {done} of {all} tiles: {kind} ({strength}) does most, {flipped} get another "
        "{tissue} answer, embeddings move {moved}.",
        kind=kind.title,
        strength=strength_text(kind, most.strength),
        flipped=share_text(most.flipped),
        moved=shift_text(most.moved),
        **told,
    )


def basis_sentences(found: WhatIf, called: RoleColumns = USUAL) -> list[str]:
    """What the numbers rest on, and what must be read with them."""
    said = [
        say(
            "{tiles} of the slide in {squares}, seed {seed}.",
            tiles=plural(found.n_tiles, "tile"),
            squares=plural(found.n_squares, "square"),
            seed=found.seed,
        ),
        say(
            "For slides that they did not see, the probes name the {tissue} of {of_tissue} and the "
            "{center} of {of_center} of the reference tiles rightly; {known} can be named.",
            **called.words,
            of_tissue=_accuracy(found.tissue_accuracy),
            of_center=_accuracy(found.center_accuracy),
            known=called.of_center.counted(found.n_centers),
        ),
    ]
    return [*said, *found.notices]


def _accuracy(value: float | NotAssessable) -> str:
    return say("an unknown share") if isinstance(value, NotAssessable) else fmt.percent(value)
