"""What was found of a reference set, in words: for terminal, window and report alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pathgui.core.appraisal.appraisal import Appraisal, EncoderAppraisal
from pathgui.core.appraisal.odd_tiles import FEWEST as FEWEST_TO_BE_ODD
from pathgui.core.appraisal.power import MoreSlides, Power
from pathgui.core.encoders.facts.words import training_in_words
from pathgui.core.errors import first_few
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.shortcut_draws import FEWEST_SLIDES as FEWEST_TO_SWEEP
from pathgui.core.measurement.slide_deletion import ENOUGH_SLIDES
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.appraisal_line import MOST_NAMED, Line, Part
from pathgui.core.results.set_copies import doubles_in_words, near_copies_in_words, rows_of

# Of tests/benchmarks/power.py; the table is in docs/measurements.md.
RIGHT_TO = say(
    "In tests 8 of 10 such widths were right to a third; where the index is "
    "near 0 or 1, some were twice what was seen."
)
STRONG = 0.3  # Cramér's V from which an encoder can profit from guessing tissue by center


def parts(found: Appraisal) -> list[Part]:
    """All findings but the table of cells."""
    together, *rest = beside_abilities(found)
    return [
        Part(found.columns.say(say("{Tissues} at {centers} that are small")), tuple(_small(found))),
        together,
        Part(say("What it can measure"), tuple(_abilities(found))),
        *rest,
    ]


def beside_abilities(found: Appraisal) -> list[Part]:
    """All findings but the table of cells and what the set can measure."""
    return [
        Part(found.columns.say(say("Do {tissue} and {center} go together?")), (_together(found),)),
        Part(say("Twice in the set"), tuple(doubles_in_words(found.doubles, found.columns))),
        Part(say("Public collections"), tuple(_collections(found))),
        *(Part(each.title, tuple(_encoder(found, each))) for each in found.encoders),
    ]


def verdict(found: Appraisal) -> Line:
    """The first sentence: whether anything must be mended."""
    lines = [line for part in parts(found) for line in part.lines]
    cautions = sum(line.tone == "caution" for line in lines)
    if found.at_fault:
        return Line(say("Something in this set must be mended before it is used."), "fault")
    if cautions:
        return Line(
            say(
                "Nothing must be mended; {findings} to look at.",
                findings=fmt.plural(cautions, "finding"),
            ),
            "caution",
        )
    return Line(say("Nothing was found that speaks against this set."))


def cell_text(found: Appraisal, tissue: int, center: int) -> str:
    """One field of the table: tiles, slides and, where known, patients."""
    cells = found.cells
    if not (tiles := cells.tiles[tissue][center]):
        return fmt.NOTHING
    inside = [fmt.count(cells.slides[tissue][center])]
    if cells.patients is not None:
        inside.append(fmt.count(cells.patients[tissue][center]))
    return f"{fmt.count(tiles)} ({', '.join(inside)})"


def too_small_for(tiles: int, slides: int) -> list[str]:
    """What a tissue at a center has too few slides or tiles for, and how many it needs.

    >>> too_small_for(40, 8)
    []
    >>> too_small_for(40, 4)
    ['an interval without caution (8 slides)']
    """
    needs = (
        (
            say("telling tiles that stand apart"),
            fmt.plural(FEWEST_TO_BE_ODD, "tile"),
            tiles < FEWEST_TO_BE_ODD,
        ),
        (say("neighbors of its own on another slide"), fmt.plural(2, "slide"), slides < 2),
        (
            say("the shortcut sweep (APD)"),
            fmt.plural(FEWEST_TO_SWEEP, "slide"),
            slides < FEWEST_TO_SWEEP,
        ),
        (
            say("an interval without caution"),
            fmt.plural(ENOUGH_SLIDES, "slide"),
            slides < ENOUGH_SLIDES,
        ),
    )
    return [f"{what} ({least})" for what, least, is_short in needs if is_short]


def cell_told(found: Appraisal, tissue: int, center: int) -> str:
    """One field of the table in sentences: what it has, what that is too few for, what to do."""
    cells = found.cells
    pair = say(
        "{tissues} at {centers}", tissues=cells.tissues[tissue], centers=cells.centers[center]
    )
    tiles, slides = cells.tiles[tissue][center], cells.slides[tissue][center]
    if not tiles:
        return say(
            "{pair}: none. Add {slides}.", pair=pair, slides=fmt.plural(ENOUGH_SLIDES, "slide")
        )
    said = say(
        "{pair}: {tiles} of {slides}",
        pair=pair,
        tiles=fmt.plural(tiles, "tile"),
        slides=fmt.plural(slides, "slide"),
    )
    if cells.patients is not None:
        said += f", {fmt.plural(cells.patients[tissue][center], 'patient')}"
    if not (few := too_small_for(tiles, slides)):
        return f"{said}."
    add = (
        say(" Add {slides}.", slides=fmt.plural(ENOUGH_SLIDES - slides, "slide"))
        if slides < ENOUGH_SLIDES
        else ""
    )
    return say("{said}. Too few for {few}.{add}", said=said, few="; ".join(few), add=add)


def _small(found: Appraisal) -> Iterator[Line]:
    cells = found.cells
    pairs = [(t, c) for t in range(len(cells.tissues)) for c in range(len(cells.centers))]
    told = [
        cell_told(found, t, c)
        for t, c in pairs
        if too_small_for(cells.tiles[t][c], cells.slides[t][c])
    ]
    for text in told[:MOST_NAMED]:
        yield Line(text, "caution")
    if len(told) > MOST_NAMED:
        yield Line(say("And {n_told} more like that.", n_told=len(told) - MOST_NAMED), "caution")
    if not told:
        enough = say(
            "Each {{tissue}} has {ENOUGH_SLIDES} slides or more at each {{center}}.",
            ENOUGH_SLIDES=ENOUGH_SLIDES,
        )
        yield Line(found.columns.say(enough))


def cell_title(found: Appraisal) -> str:
    """What the numbers of a field are."""
    inside = say("slides") if found.cells.patients is None else say("slides, patients")
    return found.columns.say(
        say("Tiles ({inside}) of each {{tissue}} at each {{center}}", inside=inside)
    )


def _together(found: Appraisal) -> Line:
    tiles, slides = found.association.tiles, found.association.slides
    named = found.columns.say
    if tiles is None:
        text = say("There is only one {tissue} or one {center}, so this cannot be asked.")
        return Line(named(text), "caution")
    text = say(
        "{cram_r} is {tiles} over the tiles",
        cram_r=named(say("Cramér’s V of {tissue} and {center}")),
        tiles=fmt.number(tiles),
    )
    if slides is not None:
        text += say(
            ", and {slides} over the slides, corrected for chance", slides=fmt.number(slides)
        )
    strong = max(tiles, slides or 0.0) >= STRONG
    text += named(say(" (0: they are independent; 1: the {center} tells the {tissue})."))
    if strong:
        text += named(
            say(
                " An encoder that follows {centers} gets {tissues} right in this "
                "set. Add slides where the table has few, or take fewer tiles "
                "where it has many."
            )
        )
    return Line(text, "caution" if strong else "fine")


def _abilities(found: Appraisal) -> Iterator[Line]:
    can = found.measurable
    for text in can.left_out:
        yield Line(text, "caution")
    for each in can.abilities:
        yield Line(
            each.text,
            "fault" if each is can.obstacle else "caution" if each.state != "yes" else "fine",
        )


def _collections(found: Appraisal) -> Iterator[Line]:
    for each in found.collections:
        told = {
            "names": say(
                "as the names of {slides} say", slides=fmt.plural(each.slides or 0, "slide")
            ),
            "record": say("as names said that were left out"),
            "description": say("as its description says"),
        }[each.told_by]
        yield Line(
            say(
                "The set has slides of {name}, {told}. An encoder that was "
                "trained on them may look better here than on new slides.",
                name=each.name,
                told=told,
            ),
            "caution",
            then=say("Add slides of your own, or compare only encoders that were not."),
        )
    if not found.collections:
        yield Line(
            say(
                "No name tells of TCGA, CPTAC or GTEx. Whether an encoder was "
                "trained on these slides cannot be told otherwise."
            )
        )


def _encoder(found: Appraisal, encoder: EncoderAppraisal) -> Iterator[Line]:
    training = encoder.training
    said = training_in_words(training.text, training.facts)
    for each in found.collections:
        saw = training.saw(each)
        if saw == "yes":
            text = say(
                "It was trained on {name}, of which the set has slides: {said}.",
                name=each.name,
                said=said,
            )
        elif saw == "not named":
            text = say(
                "{name} is not named among what it was trained on: {said}.",
                name=each.name,
                said=said,
            )
        else:
            text = say(
                "What it was trained on is not known; {name} may be among it.", name=each.name
            )
        fine = saw == "not named"
        then = "" if fine else say("Trust a good index here only if slides of other sources agree.")
        yield Line(text, "fine" if fine else "caution", then=then)
    if encoder.unread:
        yield Line(
            say("{tiles} could not be embedded.", tiles=fmt.plural(encoder.unread, "tile")),
            "caution",
            then=say("Copy the set again from where it is whole, or throw them out."),
        )
    yield from power_lines(encoder.power, found.columns)
    yield from near_copies_in_words(encoder)
    yield from _odd(encoder, found.columns)


def power_lines(found: Power | NotAssessable | None, columns: RoleColumns) -> Iterator[Line]:
    """How wide the interval of the index is, and what more slides would bring."""
    if found is None:
        yield Line(
            say(
                "How wide intervals will be with more slides was not computed; "
                "pathgui reference check does."
            )
        )
        return
    if isinstance(found, NotAssessable):
        yield Line(
            say(
                "How wide intervals will be cannot be said: {because}.",
                because=fmt.because(found.reason),
            ),
            "caution",
            then=say("Add slides where the table has fewest."),
        )
        return
    yield Line(
        say(
            "Robustness index {index}, 95 % interval {interval} at k = {k}.",
            index=fmt.index(found.value),
            interval=fmt.interval(found.low, found.high),
            k=found.k,
        )
    )
    for times, each in zip(
        (say("as many"), say("twice as many"), say("four times as many")),
        found.expected,
        strict=True,
    ):
        start = say(
            "With {times} new {of} ({slides})",
            times=times,
            of=found.of,
            slides=fmt.count(each.slides),
        )
        if each.width is None or each.low is None or each.high is None:
            yield Line(say("{start} most sets would have no interval.", start=start), "caution")
        else:
            yield Line(
                say(
                    "{start}, expect an interval {width} wide ({low} to {high} "
                    "in 8 of 10 drawn sets).",
                    start=start,
                    width=fmt.number(each.width, 3),
                    low=fmt.number(each.low, 3),
                    high=fmt.number(each.high, 3),
                )
            )
    if found.halved_slides is None:
        yield Line(
            say(
                "How many {of} halve it is not known. {why_not_halved}",
                of=found.of,
                why_not_halved=found.why_not_halved,
            ),
            "caution",
        )
    else:
        yield Line(
            say(
                "Half as wide with about {halved_slides} {of}: {needs}.",
                halved_slides=fmt.count(found.halved_slides),
                of=found.of,
                needs=_needs(found.halved_by, columns),
            )
        )
    drawn = (
        ""
        if found.tiles_share == 1
        else say(", with {tiles_share} of their tiles", tiles_share=fmt.percent(found.tiles_share))
    )
    yield Line(
        say(
            "From {sets} sets of {of} drawn{drawn} by how tiles and {of} vary in "
            "this encoder. {RIGHT_TO}",
            sets=found.sets,
            of=found.of,
            drawn=drawn,
            RIGHT_TO=RIGHT_TO,
        )
    )


def _needs(needs: Sequence[MoreSlides], columns: RoleColumns) -> str:
    """Which tissue-center pairs need how many slides, those that need the same together."""
    like: dict[tuple[int, int], list[MoreSlides]] = {}
    for each in needs:
        like.setdefault((each.have, each.need), []).append(each)
    if len(like) == 1:
        (have, need) = next(iter(like))
        return columns.say(
            say("{need} of each {{tissue}} at each {{center}} (now {have})", need=need, have=have)
        )
    told = [
        say("{need} of ", need=need)
        + first_few(
            [say("{tissue} at {center}", tissue=each.tissue, center=each.center) for each in pairs],
            MOST_NAMED,
        )
        + say(" (now {have})", have=have)
        for (have, need), pairs in sorted(like.items())
    ]
    return "; ".join(told)


def _odd(encoder: EncoderAppraisal, columns: RoleColumns) -> Iterator[Line]:
    found = encoder.odd_tiles
    if found is None:
        return
    both = columns.say(say("{tissue} and {center}"))
    if not found.looked_at:
        text = say("Too few tiles of each {tissue} and {center} to tell which stand apart.")
        yield Line(columns.say(text))
    elif not found.found:
        yield Line(
            say(
                "None of {looked_at} tiles stands apart from those of its {both}.",
                looked_at=fmt.count(found.looked_at),
                both=both,
            )
        )
    else:
        far = [
            say(
                "{tile} ({tissue}, {center}: {distance:.1f} times as far as usual)",
                tile=each.tile.tile,
                tissue=each.tile.tissue,
                center=each.tile.center,
                distance=each.distance / each.usual,
            )
            for each in found.tiles
        ]
        yield Line(
            counted(
                found.found,
                "{n:,} tile of {looked_at} stands apart from those of their "
                "{both}: {far}. Look at them.",
                "{n:,} tiles of {looked_at} stand apart from those of their "
                "{both}: {far}. Look at them.",
                looked_at=fmt.count(found.looked_at),
                both=both,
                far=first_few(far, 5),
            ),
            "caution",
            rows_of([each.tile for each in found.tiles]),
            say("Throw out those that are spoiled or labeled wrongly."),
        )
