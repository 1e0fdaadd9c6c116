"""What is twice in a reference set, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pathgui.core.appraisal.appraisal import EncoderAppraisal
from pathgui.core.appraisal.doubles import Doubles, NamedTile
from pathgui.core.errors import first_few
from pathgui.core.language.texts import counted, say
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.appraisal_line import MOST_NAMED, Line


def doubles_in_words(found: Doubles, columns: RoleColumns) -> Iterator[Line]:
    if not found.checksums:
        yield Line(
            say("The set has no checksums of its pictures, so equal pictures were not looked for."),
            "caution",
            then=say("Build it again from its manifest: then it has them."),
        )
    apart = [each for each in found.pictures if each.apart]
    for each in apart[:MOST_NAMED]:
        yield Line(
            say(
                "The same picture under several slides or labels: {tiles_named}.",
                tiles_named=tiles_named(each.tiles),
            ),
            "fault",
            rows_of(each.tiles),
            say("Throw out the tiles that are wrong."),
        )
    if len(apart) > MOST_NAMED:
        yield Line(
            say("And {n_apart} more pictures like that.", n_apart=len(apart) - MOST_NAMED), "fault"
        )
    if alike := [each for each in found.pictures if not each.apart]:
        extra = sum(len(each.tiles) - 1 for each in alike)
        yield Line(
            counted(
                extra,
                "{n:,} tile repeats another tile of the same slide and tissue, "
                "for example {tiles_named}.",
                "{n:,} tiles repeat another tile of the same slide and tissue, "
                "for example {tiles_named}.",
                tiles_named=tiles_named(alike[0].tiles),
            ),
            "caution",
            tuple(row for each in alike for row in rows_of(each.tiles)),
            say("Throw out all but one of each."),
        )
    for slide in found.slides[:MOST_NAMED]:
        names = say(" and ").join(slide.slides[:4])
        if slide.likeness == "spelling":
            yield Line(
                say("{names} may be one slide: their names differ in signs alone. ", names=names)
                + (
                    say("They are of one patient, so their tiles never judge each other.")
                    if slide.one_group
                    else say("If they are one, its tiles judge each other: give them one name.")
                ),
                "caution",
            )
        else:
            yield Line(
                say("{names} are one slide: their files have the same content. ", names=names)
                + (
                    say("They are taken for one, so their tiles never judge each other.")
                    if slide.one_group
                    else say("Its tiles judge each other. Give them one name.")
                ),
                "caution" if slide.one_group else "fault",
            )
    if len(found.slides) > MOST_NAMED:
        yield Line(
            say("And {n_slides} more slides like that.", n_slides=len(found.slides) - MOST_NAMED),
            "caution",
        )
    for patient in found.patients[:MOST_NAMED]:
        yield Line(
            say(
                "Patient {patient} has slides from {centers} ({slides}). Tiles "
                "of one patient never judge each other; if it is a mistake, mend "
                "the labels.",
                patient=patient.patient,
                centers=fmt.listing(patient.centers),
                slides=first_few(patient.slides),
            ),
            "caution",
        )
    if len(found.patients) > MOST_NAMED:
        yield Line(
            say(
                "And {n_patients} more patients like that.",
                n_patients=len(found.patients) - MOST_NAMED,
            ),
            "caution",
        )
    if not (found.pictures or found.slides or found.patients):
        asked = [
            columns.say(say("one patient at two {centers}")),
            say("one slide under two names"),
        ]
        if found.checksums:
            asked.insert(0, say("the same picture twice"))
        yield Line(say("Not found: {asked}.", asked=fmt.listing(asked)))
    if not found.content_ids:
        yield Line(
            say(
                "The set does not know the files of its slides, so slides were "
                "compared by name alone."
            )
        )


def tiles_named(tiles: Sequence[NamedTile]) -> str:
    return first_few(
        [f"{each.tile} ({each.tissue}, {each.center}, {each.slide})" for each in tiles]
    )


def rows_of(tiles: Sequence[NamedTile]) -> tuple[int, ...]:
    return tuple(each.row for each in tiles)


def near_copies_in_words(encoder: EncoderAppraisal) -> Iterator[Line]:
    found = encoder.near_copies
    if found is None:
        return
    apart = [each for each in found.pairs if each.apart]
    for each in apart[:MOST_NAMED]:
        yield Line(
            say(
                "Nearly the same picture under several slides or labels: {tiles_named}.",
                tiles_named=tiles_named([each.one, each.other]),
            ),
            "fault",
            rows_of([each.one, each.other]),
            say("Throw out the one that is wrong."),
        )
    if len(apart) > MOST_NAMED:
        yield Line(
            say("And {n_apart} more pairs like that.", n_apart=len(apart) - MOST_NAMED), "fault"
        )
    if alike := [each for each in found.pairs if not each.apart]:
        first = alike[0]
        yield Line(
            say(
                "{pairs} of tiles of one slide show nearly the same picture, for "
                "example {tiles_named}.",
                pairs=fmt.plural(len(alike), "pair"),
                tiles_named=tiles_named([first.one, first.other]),
            ),
            "caution",
            tuple(row for each in alike for row in rows_of([each.one, each.other])),
            say("Throw out one of each pair."),
        )
    if not found.looked_at:
        yield Line(say("No pictures were compared, so tiles that show the same cannot be told."))
    elif not found.pairs:
        yield Line(
            say(
                "No two tiles show nearly the same picture: the pixels of the "
                "{looked_at} pairs that lie nearest to each other differ.",
                looked_at=found.looked_at,
            )
        )
    elif found.more:
        yield Line(
            say(
                "Only the {looked_at} nearest pairs were compared; there may be more.",
                looked_at=found.looked_at,
            )
        )
