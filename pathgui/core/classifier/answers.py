"""What a classifier says of each tile (or slide) of a reference set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import ClassifierError
from pathgui.core.language.texts import say
from pathgui.core.metrics.jackknife import Codes

NONE = -1  # no answer
OTHER = -2  # an answer that is no tissue of the set, which is always wrong


@dataclass(frozen=True)
class Answers:
    """Answers for n tiles (or slides), in the order of the reference set's."""

    tissues: tuple[str, ...]  # of the set, sorted: what codes refer to
    codes: Codes  # (n,) place in ``tissues``, OTHER or NONE
    # (n, tissues): of each tissue; a row of NaN where there is no answer. None: no probabilities.
    probabilities: NDArray[np.float64] | None
    why_no_probabilities: str
    known: tuple[str, ...]  # classes that the classifier has, of the set's
    notices: tuple[str, ...] = ()

    @property
    def there(self) -> NDArray[np.bool_]:
        """Which have an answer."""
        return np.asarray(self.codes != NONE)

    def take(self, rows: Codes) -> Answers:
        """The answers for ``rows``."""
        probabilities = None if self.probabilities is None else self.probabilities[rows]
        return replace(self, codes=self.codes[rows], probabilities=probabilities)

    def spread(self, rows: Codes, n: int) -> Answers:
        """These, for the ``rows`` among n tiles, the others of which have no answer."""
        codes = np.full(n, NONE, np.intp)
        codes[rows] = self.codes
        probabilities = None
        if self.probabilities is not None:
            probabilities = np.full((n, self.probabilities.shape[1]), np.nan)
            probabilities[rows] = self.probabilities
        return replace(self, codes=codes, probabilities=probabilities)


def places_of(
    classes: Sequence[str], tissues: Sequence[str], meanings: Mapping[str, str], where: str
) -> list[int]:
    """The tissue that each class of a classifier is: its place, or OTHER.

    Parameters
    ----------
    meanings
        Which tissue a class is, where its name does not say; "": none, so it is always an error.
    where
        Of the class, for the message: "row 3", "the column p_tumor".

    Raises
    ------
    ClassifierError
        If a class is no tissue of the set, and nothing is said of it.
    """
    exact = {name: place for place, name in enumerate(tissues)}
    folded: dict[str, int] = {}
    for name, place in exact.items():
        key = name.casefold()
        folded[key] = OTHER if key in folded else place  # two that differ by case only
    found = []
    for each in classes:
        name = meanings.get(each, each)
        place = exact.get(name, folded.get(name.casefold(), OTHER))
        if place == OTHER and not (each in meanings and not name):
            raise ClassifierError(
                say(
                    '{where}: the class "{name}" is none of the tissues of the reference set '
                    '({tissues}). Say which one it is with --class "{each}=TISSUE", or with '
                    '--class "{each}=" that it is none, so that each such answer is an error.',
                    where=where,
                    name=name,
                    tissues=", ".join(tissues),
                    each=each,
                )
            )
        found.append(place)
    return found


def meanings_of(given: Sequence[str]) -> dict[str, str]:
    """``CLASS=TISSUE``, several times, as a table.

    Raises ClassifierError where there is no equals sign, or a class is named twice.

    >>> meanings_of(["Tumour=tumor", "necrosis="])
    {'Tumour': 'tumor', 'necrosis': ''}
    """
    found: dict[str, str] = {}
    for each in given:
        name, sign, tissue = each.rpartition("=")
        if not sign or not name.strip():
            raise ClassifierError(
                say('--class takes CLASS=TISSUE, not "{given}".', given=each)
            )  # fmt: skip
        if name.strip() in found:
            raise ClassifierError(
                say('The class "{name}" is named twice. Name it once.', name=name.strip())
            )
        found[name.strip()] = tissue.strip()
    return found
