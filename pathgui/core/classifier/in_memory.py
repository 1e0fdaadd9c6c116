"""A classifier's answers as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pathgui.core.classifier.answers import NONE, OTHER, Answers, places_of
from pathgui.core.classifier.table import SUM, likeliest
from pathgui.core.errors import ClassifierError
from pathgui.core.language.texts import counted, say
from pathgui.core.tables.cells import label_column


def answers_in(
    answers: Any,
    probabilities: Any,
    classes: Any,
    tissues: Sequence[str],
    meanings: Mapping[str, str],
) -> Answers:
    """Answers of n tiles: n labels, or (n, c) probabilities of ``classes``.

    Raises
    ------
    ClassifierError
        If both or neither are given, a class is unknown, or shapes do not go together.
    """
    if (answers is None) == (probabilities is None):
        raise ClassifierError(say("Give answers, or probabilities with their classes."))
    if probabilities is None:
        labels = label_column(list(answers))
        names = sorted(set(labels) - {""})
        place = dict(
            zip(names, places_of(names, tissues, meanings, say("The answers")), strict=True)
        )
        codes = np.array([place[each] if each else NONE for each in labels], np.intp)
        why_not = say("Not assessable: there are classes and no probabilities.")
        return Answers(tuple(tissues), codes, None, why_not, tuple(tissues))
    values = np.asarray(probabilities, np.float64)
    names = label_column(list(classes)) if classes is not None else []
    if values.ndim != 2 or values.shape[1] != len(names) or len(set(names)) != len(names):
        raise ClassifierError(
            say(
                "probabilities must have one column for each of the classes, which have one name "
                "each: {shape} and {n} classes.",
                shape=values.shape,
                n=len(names),
            )
        )
    places = places_of(names, tissues, meanings, say("The classes"))
    broken = ~np.isfinite(values).all(axis=1)
    with np.errstate(invalid="ignore"):
        broken |= (values < -SUM).any(axis=1) | (np.abs(values.sum(axis=1) - 1) > SUM)
    found = np.zeros((len(values), len(tissues)))
    for column, at in enumerate(places):
        if at != OTHER:
            found[:, at] += values[:, column]
    found[broken] = np.nan
    notices: tuple[str, ...] = ()
    if broken.any():
        first = int(np.flatnonzero(broken)[0])
        notices = (
            counted(
                int(broken.sum()),
                "{n:,} row was left out, since its probabilities are not within 0 and 1 or do not "
                "sum to 1: row {row}.",
                "{n:,} rows were left out, since their probabilities are not within 0 and 1 or do "
                "not sum to 1. The first is row {row}.",
                row=first,
            ),
        )
    known = tuple(tissues[at] for at in sorted(set(places) - {OTHER}))
    codes = likeliest(found, np.flatnonzero(broken))
    return Answers(tuple(tissues), codes, np.clip(found, 0, 1), "", known, notices)
