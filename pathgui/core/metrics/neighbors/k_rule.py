"""What may be asked for as the number of neighbors: a number, "auto", or what a paper took.

What "auto" comes to for several encoders is decided in
:mod:`pathgui.core.metrics.neighbors.shared_k`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pathgui.core.errors import EmbeddingsError
from pathgui.core.language.texts import noted, say

KRule = int | str  # a number from 1, "auto", or the name of a preset

OWN_RULE = noted("own best k: the vote of tiles of other slides, for tissue")


@dataclass(frozen=True)
class KPreset:
    """The number of neighbors that a paper took."""

    name: str
    k: int
    title: str


PRESETS = {
    preset.name: preset
    for preset in (
        KPreset("de-jong-2025", 50, noted("de Jong et al. 2025")),
        KPreset("pathorob-camelyon", 11, noted("PathoROB Camelyon")),
        KPreset("pathorob-tcga", 61, noted("PathoROB TCGA")),
        KPreset("pathorob-tolkach", 46, noted("PathoROB Tolkach")),
    )
}


def is_k_rule(rule: KRule) -> bool:
    """Whether :func:`resolve_k` takes it.

    >>> [is_k_rule(rule) for rule in (11, 0, "auto", "pathorob-tcga", "many")]
    [True, False, True, True, False]
    """
    return rule >= 1 if isinstance(rule, int) else rule == "auto" or rule in PRESETS


def resolve_k(rule: KRule) -> tuple[int | Literal["auto"], str]:
    """The number, or "auto" where the data choose it, and how it came about in words.

    Raises
    ------
    EmbeddingsError
        If it is none of these.

    >>> resolve_k("pathorob-tcga")
    (61, 'as PathoROB TCGA')
    """
    if rule == "auto":
        return "auto", OWN_RULE
    if isinstance(rule, int):
        if rule < 1:
            raise EmbeddingsError(say("k must be at least 1, not {rule}.", rule=rule))
        return rule, say("as asked for")
    if rule not in PRESETS:
        raise EmbeddingsError(
            say("k is {k_choices}, not {rule!r}.", k_choices=k_choices(), rule=rule)
        )
    preset = PRESETS[rule]
    return preset.k, say("as {preset_title}", preset_title=preset.title)


def k_choices() -> str:
    """What can be asked for, for messages and help.

    >>> k_choices()
    'auto, a number from 1, de-jong-2025, pathorob-camelyon, pathorob-tcga or pathorob-tolkach'
    """
    names = list(PRESETS)
    return say(
        "auto, a number from 1, {names} or {names2}", names=", ".join(names[:-1]), names2=names[-1]
    )
