"""Open, small encoders to go on with while access to another one is pending, and what they lose.

What they lose is what croma published on the three sets that both were measured on: facts of
others, on other tiles, and no measurement of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import fmean

from pathgui.core.encoders.catalog import spec_of
from pathgui.core.encoders.facts.entry import read_catalog
from pathgui.core.encoders.facts.registry import EncoderSpec, State
from pathgui.core.language.texts import say
from pathgui.core.results.published import published

NEEDS_ACCESS: tuple[State, ...] = ("sign-in", "terms", "waiting")
SMALL_M = 110  # million parameters: what a CPU embeds a slide with in reasonable time
MOST = 2  # substitutes for one encoder


@dataclass(frozen=True)
class Substitute:
    """An encoder whose weights anyone may download."""

    spec: EncoderSpec
    student: bool  # distilled from the one that it stands in for
    # By how much its CRoMa margin lies below that of the other, as croma published both: the mean
    # over the sets they share, below 0 where it is higher. None: one of them was not published.
    margin_lost: float | None

    @property
    def text(self) -> str:
        """In words: "Phikon (86 million parameters): CRoMa margin 0.19 lower"."""
        if self.margin_lost is None:
            loss = say("croma has no numbers to compare them by")
        elif self.margin_lost >= 0:
            loss = say("CRoMa margin {lost:.2f} lower", lost=self.margin_lost)
        else:
            loss = say("CRoMa margin {gained:.2f} higher", gained=-self.margin_lost)
        if self.student:
            loss = say("distilled from it; {loss}", loss=loss)
        return say(
            "{title} ({millions:.0f} million parameters): {loss}",
            title=self.spec.title,
            millions=self.spec.params_m,
            loss=loss,
        )


def substitutes(spec: EncoderSpec) -> tuple[Substitute, ...]:
    """Open, small encoders for one that is not given to anyone: its students first.

    Then those that croma published with a margin above 0, the highest first. Empty for
    an encoder that is open, or of the user's own.
    """
    if spec.gated in ("no", "unknown") or spec.hub is None:
        return ()
    name = spec.name.partition("@")[0]
    found = [
        Substitute(each, each.student_of == name, _margin_lost(name, each.name))
        for each in _open_and_small()
        if each.student_of == name or _mean_margin(each.name) > 0
    ]
    found.sort(key=lambda each: (not each.student, -_mean_margin(each.spec.name)))
    return tuple(found[:MOST])


def proposal(spec: EncoderSpec, state: str) -> str:
    """What to go on with while ``spec`` waits for access; "" where it does not, or nothing is open.

    ``state`` is that of a readiness, or the reason that the hub gave for a refusal.

    Examples
    --------
    >>> from pathgui.core.encoders.standard import standard_encoders
    >>> proposal(standard_encoders().encoder("phikon"), "download")
    ''
    """
    found = substitutes(spec) if state in NEEDS_ACCESS else ()
    if not found:
        return ""
    return say(
        "Open and small meanwhile: {substitutes}. Published by croma on other tiles, not measured "
        "here.",
        substitutes="; ".join(each.text for each in found),
    )


@cache
def _open_and_small() -> tuple[EncoderSpec, ...]:
    """Encoders of the table that anyone may download, made for tissue."""
    return tuple(
        spec_of(entry)
        for entry in read_catalog()[0]
        if entry.gated == "no"
        and entry.weights.repository
        and entry.params_m <= SMALL_M
        and entry.family != "Baseline"
    )


def _margins(name: str) -> dict[str, float]:
    """CRoMa margins of an encoder by set, as croma published them."""
    return {
        each.data: each.values["croma"]
        for each in published(name)
        if each.source.title == "croma" and "croma" in each.values
    }


def _mean_margin(name: str) -> float:
    return fmean(_margins(name).values()) if _margins(name) else 0.0


def _margin_lost(name: str, other: str) -> float | None:
    of_it, of_other = _margins(name), _margins(other)
    shared = of_it.keys() & of_other.keys()
    if not shared:
        return None
    return fmean(of_it[data] - of_other[data] for data in shared)
