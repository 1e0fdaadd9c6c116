"""Other columns of labeled embeddings in the roles of center and tissue, and beside the center."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pathgui.core.errors import EmbeddingsError, first_few
from pathgui.core.imported.embeddings_table import LabeledEmbeddings
from pathgui.core.language.texts import say
from pathgui.core.reference.given import MOST_NAMED, known_spelling
from pathgui.core.reference.labels import TextArray
from pathgui.core.reference.role_columns import why_no_center, why_no_tissue
from pathgui.core.reference.roles import CENTER, TISSUE, RoleColumns


def in_roles(
    given: LabeledEmbeddings, centers: Sequence[str] = (), tissue: str = ""
) -> LabeledEmbeddings:
    """The same embeddings with other columns in the roles of center and tissue.

    Parameters
    ----------
    centers
        Columns that play the center: the first one does, the others are measured beside it.
        Empty: the labels that are the center's own.
    tissue
        The column that plays the tissue; "": its own.

    Raises
    ------
    EmbeddingsError
        If there is no such column, it is named twice, or it cannot play that role: it has a single
        value, or, for a center, several on one slide or another one on each.
    """
    labels = given.labels
    columns = {CENTER: labels.center, TISSUE: labels.tissue, **given.further}
    named = [_find(columns, name) for name in centers] or [CENTER]
    as_tissue = _find(columns, tissue) if tissue else TISSUE
    for i, name in enumerate(named):
        if name in named[:i]:
            raise EmbeddingsError(
                say("The column {name!r} is named twice for the center.", name=name)
            )
        if name == as_tissue:
            raise EmbeddingsError(
                say("The column {name!r} cannot play both the center and the tissue.", name=name)
            )
        if name != CENTER and (why := why_no_center(labels.slide, columns[name])):
            raise EmbeddingsError(
                say("The column {name!r} cannot play the center: {why}.", name=name, why=why)
            )
    if tissue and (why := why_no_tissue(columns[as_tissue])):
        raise EmbeddingsError(
            say(
                "The column {as_tissue!r} cannot play the tissue: {why}.",
                as_tissue=as_tissue,
                why=why,
            )
        )
    if given.subsets and (named[0], as_tissue) != (CENTER, TISSUE):
        raise EmbeddingsError(
            say(
                "Pairs are of two tissues at two centers, so they cannot be "
                "measured with another column in one of these roles. Leave out "
                "--paired, in Python paired=True."
            )
        )
    played = replace(
        labels,
        center=columns[named[0]],
        tissue=columns[as_tissue],
        columns=RoleColumns(named[0], as_tissue),
    )
    return replace(given, labels=played, confounders={name: columns[name] for name in named[1:]})


def _find(columns: Mapping[str, TextArray], given: str) -> str:
    if (found := known_spelling(given, list(columns))) is not None:
        return found
    raise EmbeddingsError(
        say(
            "The labels have no column {given!r}. They have: {columns}.",
            given=given,
            columns=first_few(list(columns), MOST_NAMED),
        )
    )
