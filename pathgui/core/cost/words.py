"""What an evaluation will cost, in words: the same in window and terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.cost.step_cost import Step
from pathgui.core.errors import plural
from pathgui.core.language.texts import counted, filled, localized, say
from pathgui.core.system.times import in_words

NO_DISK = "–"  # nothing is left to embed
_BASES = {
    "stored": say("embedded before"),
    "earlier run": say("as in earlier runs here"),
    "warm-up": say("tried out just now"),
    "rule of thumb": say("roughly, by the number of tiles; not done here before"),
}
STEPS: dict[Step, str] = {"measure": say("Measuring"), "map": say("Maps")}


@dataclass(frozen=True)
class CostRow:
    """One encoder, in the order they run, or one step of all."""

    title: str
    tiles: str  # to embed
    time: str
    basis: str  # where the time is known from, or why it is not
    disk: str


def cost_rows(cost: Cost, titles: Mapping[str, str]) -> tuple[CostRow, ...]:
    """A row for each encoder; ``titles`` by name."""
    return tuple(
        CostRow(
            title=titles.get(each.name, each.name),
            tiles=localized(each.tiles, ","),
            time=_time(each),
            basis=_BASES.get(each.basis, each.reason),
            disk=size_in_words(each.disk_bytes) if each.tiles else NO_DISK,
        )
        for each in cost.encoders
    )


def step_rows(cost: Cost) -> tuple[CostRow, ...]:
    """A row for each step that follows embedding, all encoders together."""
    return tuple(
        CostRow(STEPS[step.step], "", in_words(step.seconds), _BASES[step.basis], NO_DISK)
        for step in cost.steps
    )


def _time(cost: EncoderCost) -> str:
    if cost.seconds is None:
        return say("not known")
    return in_words(cost.seconds) if cost.tiles else say("at once")


def cost_sentence(cost: Cost, slides: int | None = None) -> str:
    """All of it in one line: tiles, time and disk; of ``slides`` slides, or of the one slide.

    >>> cost_sentence(Cost((EncoderCost("a", 150, 0, 120.0, 2_000_000, "warm-up"),), 50, 100))
    '100 tiles of the slide, 50 of the reference set: about 2 min, 2 MB on disk'
    """
    if cost.tiles_slide:
        tiles = plural(cost.tiles_slide, "tile")
        if slides is None:
            tiles = say(
                "{tiles} of the slide, {tiles_reference:,} of the reference set",
                tiles=tiles,
                tiles_reference=cost.tiles_reference,
            )
        else:
            tiles = say(
                "{tiles} of {slides}, {tiles_reference:,} of the reference set",
                tiles=tiles,
                slides=plural(slides, "slide"),
                tiles_reference=cost.tiles_reference,
            )
    else:
        tiles = say("{tiles} of the reference set", tiles=plural(cost.tiles_reference, "tile"))
    seconds = cost.known_seconds
    if all(each.tiles == 0 for each in cost.encoders):
        return say("{tiles}: all embedded before", tiles=tiles) + (
            f", {in_words(seconds)}" if seconds else ""
        )
    if cost.seconds is not None:
        time = in_words(seconds)
    elif seconds > 0:
        time = say("{in_words} and what is not known", in_words=in_words(seconds))
    else:
        time = say("time not known")
    return say(
        "{tiles}: {time}, {size_in_words} on disk",
        tiles=tiles,
        time=time,
        size_in_words=size_in_words(cost.disk_bytes),
    )


def slides_sentence(cost: Cost, slides: int, looked_at: int, missing: int) -> str:
    """The same for many slides: how many, what they cost, and how that is known.

    >>> cost = Cost((EncoderCost("a", 150, 0, 120.0, 2_000_000, "warm-up"),), 50, 100)
    >>> slides_sentence(cost, 1, 1, 0)
    '100 tiles of 1 slide, 50 of the reference set: about 2 min, 2 MB on disk.'
    """
    text = cost_sentence(cost, slides)
    if looked_at < slides:
        text = counted(
            looked_at,
            "About {text}. {n:,} slide was looked at, and the "
            "tiles of the others follow from the sizes of their files",
            "About {text}. {n:,} slides were looked at, and the "
            "tiles of the others follow from the sizes of their files",
            text=text,
        )
    if missing:
        text += say(". {slides} cannot be evaluated", slides=plural(missing, "slide"))
    return f"{text}."


def size_in_words(count: int) -> str:
    """Bytes as people say them.

    >>> size_in_words(300), size_in_words(2_345_000), size_in_words(1_200_000_000)
    ('under 1 MB', '2 MB', '1.2 GB')
    """
    if count < 10**6:
        return say("under 1 MB")
    if count < 10**9:
        return filled("{mb:.0f} MB", mb=count / 1e6)
    return filled("{gb:.1f} GB", gb=count / 1e9)
