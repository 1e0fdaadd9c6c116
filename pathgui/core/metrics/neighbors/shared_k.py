"""The one k of all encoders of a run: at different k their values do not stand side by side."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pathgui.core.errors import CriteriaError
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.k_rule import OWN_RULE, KRule, resolve_k

KBasis = Literal["encoders", "number", "preset", "run", "criteria"]


@dataclass(frozen=True)
class KVote:
    """What one encoder's neighbors say about k."""

    encoder: str  # its name
    own_k: int  # its own best
    # The smallest k at which its index is defined; None: at none, or there is no index.
    least_k: int | None
    most_k: int  # the largest that half of its tiles have
    control: bool = False  # sees stain alone; votes only where nothing else does


@dataclass(frozen=True)
class SharedK:
    """The k of all encoders of a run, and how it came about."""

    k: int
    basis: KBasis
    rule: str  # in words
    least_k: int | None = None  # the smallest k at which the index of every encoder is defined
    votes: list[KVote] = field(default_factory=list)  # none where k was given


@dataclass(frozen=True)
class AskedK:
    """What a run is to do about k. ``number`` None: its encoders decide."""

    number: int | None
    basis: KBasis
    rule: str  # in words

    @property
    def shared(self) -> SharedK | None:
        """The k of all encoders, where none of them has to be asked."""
        return None if self.number is None else SharedK(self.number, self.basis, self.rule)

    @property
    def plan(self) -> str:
        """What will be done, before it is.

        >>> asked_k(11).plan
        'k = 11 for all encoders: as asked for.'
        """
        if self.number is not None:
            return say("k = {number} for all encoders: {rule}.", number=self.number, rule=self.rule)
        return say(
            "k for all encoders: the median of what suits each best, "
            "controls left out. All embed the reference set before the first "
            "is measured."
        )


def voters(votes: Sequence[KVote]) -> list[KVote]:
    """Those whose own best k decides: no controls, and none without an index, if others are left.

    >>> stain = KVote("stain", own_k=161, least_k=7, most_k=201, control=True)
    >>> [vote.encoder for vote in voters([KVote("a", 21, 1, 201), stain])]
    ['a']
    """
    able = [vote for vote in votes if vote.least_k is not None] or list(votes)
    return [vote for vote in able if not vote.control] or able


def share_k(votes: Sequence[KVote]) -> SharedK:
    """The one k of several encoders: the median of each one's own best.

    Of an even number the lower of the two in the middle, so that k is one that was tried. Controls,
    and encoders that have no index at any k, have no vote unless there is nothing else. k is never
    below the smallest at which the index of every encoder, controls too, is defined, nor above what
    half of the tiles have.

    Raises
    ------
    ValueError
        If there are no votes.

    Examples
    --------
    A control does not vote, but its index has to be defined as well:

    >>> stain = KVote("stain", own_k=161, least_k=7, most_k=201, control=True)
    >>> share_k([KVote("a", 21, 1, 201), KVote("b", 5, 1, 201), stain]).k
    7
    """
    if not votes:
        raise ValueError("there is no encoder to choose k by")
    voting = voters(votes)
    median = statistics.median_low(vote.own_k for vote in voting)
    least = max((vote.least_k for vote in votes if vote.least_k is not None), default=None)
    k = min(max(median, least or 1), min(vote.most_k for vote in votes))
    rule = OWN_RULE if len(votes) == 1 else _said(voting, votes)
    if k > median:
        rule += say(
            "; raised from {median}, as below {k} the index of an encoder is not defined",
            median=median,
            k=k,
        )
    elif k < median:
        rule += say(
            "; lowered from {median}, as an encoder has no more for half of its tiles",
            median=median,
        )
    return SharedK(k, "encoders", rule, least, list(votes))


def _said(voting: Sequence[KVote], votes: Sequence[KVote]) -> str:
    """How k came about, and who had no say."""
    text = say("own best k of the only encoder that votes")
    if len(voting) > 1:
        text = say("median of the own best k of {n_voting} encoders", n_voting=len(voting))
    silent = [vote for vote in votes if vote not in voting]
    if any(vote.control for vote in silent):
        text += say(", controls left out")
    if without := sum(vote.least_k is None for vote in silent):
        text += say("; {without} without an index had no vote", without=without)
    return text


def asked_k(rule: KRule, of_criteria: Collection[int] = (), origin: str = "") -> AskedK:
    """What the user and the acceptance criteria ask for.

    Parameters
    ----------
    rule
        "auto", a number or a preset.
    of_criteria
        Every k that a criterion is set for.
    origin
        Where the number in ``rule`` is from, in words, where that is an earlier run.

    Raises
    ------
    EmbeddingsError
        If ``rule`` is none of these.
    CriteriaError
        If criteria are set for several k, or for another one than ``rule`` asks for.

    >>> asked_k("auto", {11}).number, asked_k(11, {11}).number, asked_k("auto").number
    (11, 11, None)
    """
    number, words = resolve_k(rule)
    wanted = sorted(set(of_criteria))
    if len(wanted) > 1:
        raise CriteriaError(
            say(
                "The criteria are set for different k: {wanted}. The encoders of "
                "a run share one k; set all criteria for the same one.",
                wanted=", ".join(str(k) for k in wanted),
            )
        )
    if wanted and number == "auto":
        return AskedK(wanted[0], "criteria", say("as the acceptance criteria fix it"))
    if wanted and number != wanted[0]:
        raise CriteriaError(
            say(
                "The acceptance criteria are set for k = {wanted}, and the run "
                "is to take k = {number}. Leave k automatic or take {wanted}, or "
                "change the criteria.",
                wanted=wanted[0],
                number=number,
            )
        )
    if number == "auto":
        return AskedK(None, "encoders", words)
    if origin:
        return AskedK(number, "run", origin)
    return AskedK(number, "preset" if isinstance(rule, str) else "number", words)
