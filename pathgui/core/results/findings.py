"""What stands out in a run: judgments made from its numbers, in words, with their limits.

Window, terminal and report read them here and say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.results import BalancedAccuracies, RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.record import EncoderFacts, EncoderResult, Run
from pathgui.core.runs.tile_columns import FAR

LOW_SUPPORT = 0.20  # share of tiles; below, the index is shown with a warning
MANY_FAR = 0.20  # share of a slide's tiles that are far, from which answers rest on unlike tiles
SCALE_OFF = 0.05  # relative; an encoder that sees a scale this far from its own is marked
NOTHING_STOOD_OUT = say("Nothing stood out. This is no proof that nothing is wrong")
LOOKED_AT_FIRST = 3  # findings that the report names
_MOST_NAMED = 4  # encoders in a sentence; more are counted


@dataclass(frozen=True)
class Finding:
    """Something that a reader of the run is to look at."""

    kind: int  # 0 the worst
    severity: float  # within its kind, 0..1
    text: str


def side(low: float | None, high: float | None, null: float | None) -> int:
    """1: the whole interval is above the null; -1: below; 0: it holds it, or there is none.

    >>> side(0.6, 0.8, 0.5), side(0.2, 0.4, 0.5), side(0.4, 0.6, 0.5), side(None, None, 0.5)
    (1, -1, 0, 0)
    """
    if low is None or high is None or null is None:
        return 0
    return 1 if low > null else -1 if high < null else 0


def side_of(index: RobustnessIndex) -> int:
    """:func:`side` of an index."""
    return side(index.low, index.high, index.null)


def verdict(index: RobustnessIndex | NotAssessable, columns: RoleColumns = USUAL) -> str:
    """One plain sentence on what the index says; it claims no more than the interval does."""
    if isinstance(index, NotAssessable):
        return say(
            "The robustness index is not assessable: {reason}.", reason=fmt.because(index.reason)
        )
    return _said(_what_is_known(index), columns)


_Known = tuple[int, str | None]  # the side; why there is no interval, None where there is one


def _what_is_known(index: RobustnessIndex) -> _Known:
    if index.low is None or index.high is None:
        return 0, index.no_interval or ""
    return side_of(index), None


def _said(known: _Known, columns: RoleColumns, alike: Sequence[EncoderResult] = ()) -> str:
    """The sentence on an index, or on those of these encoders, which say the same."""
    where, no_interval = known
    if where:
        who = _named(alike) if alike else say("The encoder")
        nouns = columns.of_tissue, columns.of_center
        first, second = nouns if where > 0 else nouns[::-1]
        return counted(
            max(1, len(alike)),
            "{who} groups these tiles by {first} more than by {second}, compared with chance.",
            "{who} group these tiles by {first} more than by {second}, compared with chance.",
            who=who,
            first=first,
            second=second,
        )
    of = say(" of {named}", named=_named(alike)) if alike else ""
    if no_interval is None:
        return counted(
            max(1, len(alike)),
            "The result{of} can be chance: the 95 % interval holds the chance value. Add slides, "
            "not tiles.",
            "The results{of} can be chance: the 95 % intervals hold the chance value. Add slides, "
            "not tiles.",
            of=of,
        )
    if no_interval:
        return counted(
            max(1, len(alike)),
            "The index has no interval, so the result{of} can be chance: {no_interval}.",
            "The indices have no interval, so the results{of} can be chance: {no_interval}.",
            of=of,
            no_interval=retold(no_interval),
        )
    return counted(
        max(1, len(alike)),
        "Too few slides give no interval, so the result{of} can be chance. Add slides.",
        "Too few slides give no interval, so the results{of} can be chance. Add slides.",
        of=of,
    )


def ranked(run: Run) -> list[EncoderResult]:
    """Encoders by falling robustness index; those that have none at the end, in the run's order."""

    def key(result: EncoderResult) -> tuple[bool, float]:
        index = result.reference.robustness_index
        return (True, 0.0) if isinstance(index, NotAssessable) else (False, -index.value)

    return sorted(run.encoders, key=key)


def with_index(run: Run) -> list[tuple[EncoderResult, RobustnessIndex]]:
    """Encoders with a robustness index, best first."""
    return [
        (result, result.reference.robustness_index)
        for result in ranked(run)
        if isinstance(result.reference.robustness_index, RobustnessIndex)
    ]


def is_control(result: EncoderResult) -> bool:
    """Whether the encoder is there to compare others with, and not itself to be used."""
    return any(spec.control and spec.name == result.encoder.name for spec in BUNDLED)


def letters_of(run: Run) -> dict[str, str]:
    """Letters of each encoder, by name; those that share one do not differ.

    Only where more than one encoder was measured on the same tiles. Several such groups are told
    apart by a number before the letters ("1ab", "2a"): across them nothing was compared.
    """
    if run.comparison is None:
        return {}
    groups = [group for group in run.comparison.groups if len(group.encoders) > 1]
    return {
        name: given if len(groups) == 1 else f"{number}{given}"
        for number, group in enumerate(groups, start=1)
        for name, given in group.letters.items()
    }


def same_tiles(run: Run) -> list[list[EncoderResult]]:
    """Encoders that may stand in one table, best first: those measured on the same tiles.

    Encoders without an index go with the last group.
    """
    order = ranked(run)
    if run.comparison is None or len(run.comparison.groups) < 2:
        return [order]
    groups = [
        [result for result in order if result.encoder.name in group.encoders]
        for group in run.comparison.groups
    ]
    placed = {result.encoder.name for group in groups for result in group}
    groups[-1] += [result for result in order if result.encoder.name not in placed]
    return groups


def scale_is_off(facts: EncoderFacts) -> bool:
    """Whether an encoder saw tiles at another scale than the one it was made for."""
    used, expected = facts.mpp_used, facts.mpp_expected
    return used is not None and abs(used / expected - 1) > SCALE_OFF


def findings(run: Run) -> list[Finding]:
    """All that stands out, worst first: by kind, then by how bad it is."""
    found = [
        Finding(
            0,
            1.0,
            say(
                "{failure_title} was asked for and could not run: {reason}",
                failure_title=failure.title,
                reason=retold(failure.reason),
            ),
        )
        for failure in run.failures
    ]
    merged: dict[tuple[int, str], dict[str, float]] = {}  # what holds for several encoders, once
    for result in reversed(ranked(run)):
        for each in _of_encoder(result):
            merged.setdefault((each.kind, each.text), {})[result.encoder.title] = each.severity
    for (kind, text), severities in merged.items():
        every = len(severities) == len(run.encoders) > 1
        who = say("Every encoder") if every else fmt.listing(list(severities))
        found.append(Finding(kind, max(severities.values()), f"{who}: {text}"))
    if run.slide is not None and (lost := run.slide.tiles_unreadable):
        text = say("{tiles} of the slide could not be read.", tiles=fmt.plural(lost, "tile"))
        found.append(Finding(4, lost / max(1, run.slide.tiles_used), text))
    if refused := run.reference.refused:
        text = say(
            "{rows} of the reference set’s manifest were refused when it was built.",
            rows=fmt.plural(refused, "row"),
        )
        found.append(Finding(6, refused / (refused + run.reference.n_tiles), text))
    return sorted(found, key=lambda each: (each.kind, -each.severity))


def _of_encoder(result: EncoderResult) -> list[Finding]:
    reference = result.reference
    index, probe = reference.robustness_index, reference.probe
    found = []
    if isinstance(index, NotAssessable):
        text = say(
            "robustness index not assessable, because {because}.", because=fmt.because(index.reason)
        )
        found.append(Finding(0, 0.0, text))
    else:
        if side_of(index) < 0:
            text = say(
                "tiles are grouped by {of_center} more than chance: index "
                "{index}, chance value {index2}.",
                of_center=reference.columns.of_center,
                index=fmt.index(index.value),
                index2=fmt.index(index.null),
            )
            found.append(Finding(1, index.null - index.value, text))
        if index.support < LOW_SUPPORT:
            text = say(
                "the index rests on {support} of the tiles only.",
                support=fmt.percent(index.support),
            )
            found.append(Finding(2, 1 - index.support, text))
    tissue, center = probe.tissue_balanced_accuracy, probe.center_balanced_accuracy
    if isinstance(tissue, float) and isinstance(center, float):
        tissue_skill = _above_chance(tissue, probe.tissue_chance)
        center_skill = _above_chance(center, probe.center_chance)
        if center_skill > tissue_skill and _is_read(probe):
            of_center = reference.columns.of_center
            text = say(
                "a linear probe tells the {of_center} better than the "
                "{of_tissue}: balanced accuracy {accuracy} (chance value "
                "{accuracy2}) against {accuracy3} (chance value "
                "{accuracy4}). The {of_center} can be read; that alone does "
                "not say that the encoder follows it.",
                of_center=of_center,
                of_tissue=reference.columns.of_tissue,
                accuracy=fmt.accuracy(center),
                accuracy2=fmt.accuracy(probe.center_chance),
                accuracy3=fmt.accuracy(tissue),
                accuracy4=fmt.accuracy(probe.tissue_chance),
            )
            found.append(Finding(3, center_skill - tissue_skill, text))
    outside = None if result.slide is None else result.slide.outside_share
    if outside is not None and outside > MANY_FAR:
        text = say(
            "{outside} of the slide’s tiles lie {FAR}; answers there mean little.",
            outside=fmt.percent(outside),
            FAR=retold(FAR),
        )
        found.append(Finding(3, outside, text))
    return found + [Finding(5, 0.0, retold(warning)) for warning in result.warnings]


def _above_chance(accuracy: float, chance: float) -> float:
    """How much of the way from guessing to always right; only to order by, never printed."""
    return (accuracy - chance) / (1 - chance) if chance < 1 else 0.0


def in_short(run: Run) -> list[str]:
    """Best and last, each against chance, how well centers are read; none without an index."""
    measured = with_index(run)
    if not measured:
        return []
    best, top = measured[0]
    first = (
        _ranking(run, measured)
        if len(measured) > 1
        else say(
            "{encoder_title} has a robustness index of {index} (95 % interval "
            "{interval}); its chance value is {index2}.",
            encoder_title=best.encoder.title,
            index=fmt.index(top.value),
            interval=fmt.interval(top.low, top.high),
            index2=fmt.index(top.null),
        )
    )
    return [text for text in (first, _against_chance(measured), _center_sentence(run)) if text]


def _ranking(run: Run, measured: Sequence[tuple[EncoderResult, RobustnessIndex]]) -> str:
    """Best and last of several encoders; that they differ is said only where it is known."""
    (best, top), (last, bottom) = measured[0], measured[-1]
    letters = letters_of(run)

    def like_the_best(result: EncoderResult) -> bool:
        return bool(
            set(letters.get(best.encoder.name, "")) & set(letters.get(result.encoder.name, ""))
        )

    if len(same_tiles(run)) > 1:
        known = say("They were not all measured on the same tiles, so this is no ranking.")
    elif like_the_best(last):
        known = say("The two cannot be told apart.")
    else:
        alike = [result for result, _ in measured[1:-1] if like_the_best(result)]
        if alike:
            known = say("The first cannot be told apart from {named}.", named=_named(alike))
        else:
            known = (
                say("The first differs from all others by more than chance.")
                if len(measured) > 2
                else say("The two differ by more than chance.")
            )
    controls = sum(is_control(result) for result, _ in measured)
    of_all = fmt.plural(len(measured) - controls, "encoder")
    if controls == len(measured) - 1:
        of_all += say(" and {controls}", controls=fmt.plural(controls, "control"))
    elif is_control(best) or is_control(last):  # which is named below, and is no encoder to use
        of_all = say("{n_measured} measured", n_measured=len(measured))
    return say(
        "Of {counted}, {encoder_title} has the highest robustness index: "
        "{index}, 95 % interval {interval}. {encoder_title2} has the lowest: "
        "{index2}, {interval2}. {known}",
        counted=of_all,
        encoder_title=best.encoder.title,
        index=fmt.index(top.value),
        interval=fmt.interval(top.low, top.high),
        encoder_title2=last.encoder.title,
        index2=fmt.index(bottom.value),
        interval2=fmt.interval(bottom.low, bottom.high),
        known=known,
    )


def _against_chance(measured: Sequence[tuple[EncoderResult, RobustnessIndex]]) -> str:
    """The verdict on each, in the words of :func:`verdict`; encoders with the same one together."""
    alike: dict[_Known, list[EncoderResult]] = {}
    for result, index in measured:
        alike.setdefault(_what_is_known(index), []).append(result)
    order = sorted(alike, key=lambda known: (known[0] == 0, -known[0]))
    columns = measured[0][0].reference.columns
    return " ".join(_said(known, columns, alike[known]) for known in order)


def _named(results: Sequence[EncoderResult]) -> str:
    if len(results) > _MOST_NAMED:
        controls = sum(map(is_control, results))
        kinds = (len(results) - controls, "encoder"), (controls, "control")
        return say(" and ").join(fmt.plural(n, kind) for n, kind in kinds if n)
    return fmt.listing([result.encoder.title for result in results])


def _is_read(probe: BalancedAccuracies) -> bool:
    """Whether the probe names the center better than chance, by its interval where it has one."""
    center, interval = probe.center_balanced_accuracy, probe.center_interval
    if isinstance(center, NotAssessable):
        return False
    low = None if interval is None else interval.low
    return (center if low is None else low) > probe.center_chance


def _center_sentence(run: Run) -> str:
    """How well the center is read; from controls only where there is nothing but controls."""
    kind = "encoder" if any(not is_control(result) for result in run.encoders) else "control"
    probes = [
        result.reference.probe
        for result in run.encoders
        if kind == "control" or not is_control(result)
    ]
    found = [
        (value, probe)
        for probe in probes
        if not isinstance(value := probe.center_balanced_accuracy, NotAssessable)
    ]
    if not found:
        return ""
    read = [value for value, probe in found if _is_read(probe)]
    values = sorted(read or [value for value, _ in found])
    span = say(" to ").join(dict.fromkeys(fmt.accuracy(value) for value in (values[0], values[-1])))
    of_center = run.reference.columns.of_center
    chance = say(
        "the chance value is {accuracy}.", accuracy=fmt.accuracy(found[0][1].center_chance)
    )
    if not read:
        return say(
            "That the {of_center} of a tile can be read from the embedding "
            "was not shown: the balanced accuracy is {span}, which can be "
            "chance; {chance}",
            of_center=of_center,
            span=span,
            chance=chance,
        )
    whose = say("the embedding")
    if len(read) < len(found):
        whose = say(
            "the embeddings of {n_read} of {encoders}",
            n_read=len(read),
            encoders=fmt.plural(len(found), kind),
        )
    return say(
        "The {of_center} of a tile can be read from {whose} with a balanced "
        "accuracy of {span}; {chance}",
        of_center=of_center,
        whose=whose,
        span=span,
        chance=chance,
    )
