"""What the user says of a slide, compared with what the reference set knows."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

from pathgui.core.errors import ReferenceSetError, first_few
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import ReferenceSet

MOST_NAMED = 12  # of the names in the set, in a sentence


def check_given(
    reference: ReferenceSet, center: str | None, tissue: str | None, new_center: bool
) -> None:
    """Make sure that center and tissue of a slide are names of the reference set.

    A misspelled center is a center of its own: no neighbor shares it, and every number that rests
    on "same center" would be wrong without a word.

    Raises
    ------
    ReferenceSetError
        If the set lacks a name, unless it is a center that is said to be new; if a center that is
        said to be new is in the set.
    """
    name, columns = reference.info.name, reference.columns
    noun = columns.of_center
    if new_center and center is None:
        raise ReferenceSetError(
            say("Which {noun} is new? Give its name as the slide's {noun} too.", noun=noun)
        )
    if center is not None:
        there = known_spelling(center, reference.centers)
        if new_center and there is not None:
            spelled = "" if there == center else say(", spelled {there!r}", there=there)
            raise ReferenceSetError(
                say(
                    "The reference set {name} has the {noun} {center}{spelled}: "
                    "it is not new. Leave --new-center out.",
                    name=name,
                    noun=noun,
                    center=center,
                    spelled=spelled,
                )
            )
        if not new_center and center not in reference.centers:
            unknown = unknown_name(noun.one, center, name, reference.centers)
            raise ReferenceSetError(
                unknown
                + columns.say(
                    say(
                        " If the slide comes from {a_center} that the set does "
                        "not have, say so: --new-center in the terminal, "
                        'new_center=True in Python, "Another {center}…" in the '
                        "window."
                    )
                )
            )
    if tissue is not None and tissue not in reference.tissues:
        raise ReferenceSetError(
            unknown_name(columns.of_tissue.one, tissue, name, reference.tissues)
        )


def known_spelling(given: str, known: Sequence[str]) -> str | None:
    """The name that is ``given`` but for case, blanks and Unicode form; None if none is.

    >>> known_spelling("VIRTUAL  north", ["Virtual North", "Virtual South"])
    'Virtual North'
    """
    alike = [each for each in known if _key(each) == _key(given)]
    return given if given in alike else alike[0] if alike else None


def unknown_name(what: str, given: str, reference: str, known: Sequence[str]) -> str:
    """A sentence on a name that a reference set does not have, with those that it has."""
    by_key = {_key(each): each for each in known}
    near = difflib.get_close_matches(_key(given), list(by_key), n=1, cutoff=0.6)
    suggestion = say(" Did you mean {by_key!r}?", by_key=by_key[near[0]]) if near else ""
    named = first_few(known, MOST_NAMED)
    return say(
        "The reference set {reference} has no {what} {given!r}.{suggestion} It has: {named}.",
        reference=reference,
        what=what,
        given=given,
        suggestion=suggestion,
        named=named,
    )


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
