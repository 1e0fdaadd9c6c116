"""Embeddings of other programs with the labels that a table gives them, ready to be measured."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, plural
from pathgui.core.imported.embeddings_columns import LABEL_COLUMNS, ExternalEmbeddings
from pathgui.core.imported.matching import can_be_placed, match_names, match_places, slide_key
from pathgui.core.language.texts import counted, say
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.manifest import MOST_REFUSED
from pathgui.core.tables.read import Table, read_table, require_all_rows

MOST_SQUARES = 300  # that are evaluated; of more, so many are drawn

_NEEDED = ("tissue", "center", "slide")
_OF_TILES = ("path", "tile", "x", "y", "mpp")  # columns that say which tile a row is
_NO_SLIDE = say(
    " Without slides, tiles of one slide would count as each other's "
    "neighbors and every number would be too good."
)
_ALLOW = say("go on without them (--allow-missing in the terminal, allow_missing=True in Python)")


@dataclass(frozen=True)
class LabeledEmbeddings:
    """Embeddings (n, d), float32 or float64, and the labels of their tiles."""

    values: NDArray[np.floating[Any]]
    labels: TileLabels
    # Parts of two tissues at two centers to be evaluated each on its own: their rows, by name.
    subsets: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()  # how labels were read and matched
    rows: NDArray[np.intp] | None = None  # of each in the file; None: as in the file
    further: Mapping[str, TextArray] = field(default_factory=dict)  # other columns of labels
    # Columns that are measured in the center's place too, see label_roles.
    confounders: Mapping[str, TextArray] = field(default_factory=dict)


@dataclass(frozen=True)
class _Joined:
    """Tile i has the embedding ``rows[i]`` and the labels of row ``entries[i]`` of the table."""

    rows: NDArray[np.intp]
    entries: NDArray[np.intp]
    notice: str = ""


def labeled(
    external: ExternalEmbeddings,
    manifest: Path | None = None,
    *,
    paired: bool = False,
    subset: str = "",
    same_order: bool = False,
    allow_missing: bool = False,
) -> LabeledEmbeddings:
    """Embeddings with the labels of their file, or of a table.

    The table has the columns ``slide_id``, ``tissue`` and ``center`` (or what others call them)
    and belongs to the embeddings by the first of these that both have: names of tiles; slide, x
    and y; slide alone, where it has one row a slide.

    Parameters
    ----------
    manifest
        The table.
    paired
        Also give the parts of two tissues at two centers: those that the column ``subset`` names,
        or, where it names none, all that have tiles in each of the four cells. A tile may be in
        several, and is one tile all the same.
    subset
        Take only tiles whose ``subset`` is that, as PathoROB's ``ID``.
    same_order
        The rows of the table are those of the embeddings, one for one. Only their user knows.
    allow_missing
        Go on where tiles of the table have no embedding, or many have no label.

    Raises
    ------
    EmbeddingsError
        If a label is missing, tiles of the table have no embedding, or they cannot be matched.
    """
    notices = list(external.notices)
    others: dict[str, TextArray] = {}
    if manifest is None:
        if same_order:
            raise EmbeddingsError(say("The same order as what? Give the table with --manifest."))
        columns: dict[str, TextArray] = dict(external.labels)
        whose = say("These embeddings ({source}) have", source=external.source)
        _require_columns(columns, whose, say("Give a table of them."))
        joined = _Joined(*(np.arange(len(external), dtype=np.intp),) * 2)
    else:
        table = read_table(manifest, EmbeddingsError)
        require_all_rows(table, EmbeddingsError)
        notices = [table.recognized, table.spelling_notice(tuple(LABEL_COLUMNS))]
        columns = {
            ours: np.array(table.labels(theirs), dtype=np.str_)
            for theirs, ours in LABEL_COLUMNS.items()
            if theirs in table.columns
        }
        others = {
            name: np.array(table.labels(name), dtype=np.str_)
            for name in table.columns
            if name and name not in LABEL_COLUMNS and name not in _OF_TILES
        }
        advice = say("It has {values}.", values=", ".join(table.headings.values()))
        _require_columns(columns, say("{manifest_name} has", manifest_name=manifest.name), advice)
        joined = _join(external, table, columns["slide"], same_order)
        joined = _without_gaps(joined, manifest.name, columns["slide"], allow_missing)
        notices += [joined.notice, _unnamed(len(external), joined, manifest.name)]
    if subset:
        joined = _only(subset, columns, joined)
    # A tile that is in several subsets has a row in the table for each.
    _, first, tile = np.unique(joined.rows, return_index=True, return_inverse=True)
    tile = np.argsort(np.argsort(first))[tile].astype(np.intp)  # tiles in the order of the table
    first.sort()
    entries = {name: text[joined.entries] for name, text in columns.items()}
    labels = {name: text[first] for name, text in entries.items()}
    for name in _NEEDED:
        torn = np.flatnonzero(labels[name][tile] != entries[name])
        if len(torn):
            raise EmbeddingsError(
                say(
                    "A tile of slide {entries} is there several times, with "
                    "{name} {labels} and {entries2}.",
                    entries=entries["slide"][torn[0]],
                    name=name,
                    labels=labels[name][tile][torn[0]],
                    entries2=entries[name][torn[0]],
                )
            )
    known = TileLabels(
        labels["tissue"],
        labels["center"],
        labels["slide"],
        labels.get("patient"),
        labels.get("pair"),
    )
    _require_labels(known, allow_missing)
    subsets: dict[str, NDArray[np.intp]] = {}
    if paired:
        of = entries.get("subset", np.array([], np.str_))
        subsets = {str(name): np.unique(tile[of == name]) for name in np.unique(of[of != ""])}
        if not any(_is_square(known, part) for part in subsets.values()):
            subsets, notice = complete_squares(known)
            notices.append(notice)
    return LabeledEmbeddings(
        external.values[joined.rows[first]],
        known,
        subsets,
        tuple(text for text in notices if text),
        joined.rows[first],
        {name: text[joined.entries][first] for name, text in others.items()},
    )


def complete_squares(labels: TileLabels) -> tuple[dict[str, NDArray[np.intp]], str]:
    """Every two tissues and two centers with tiles in all four cells, and a sentence on them.

    Returns
    -------
    (squares, notice)
        The rows of each square by its name; of more than :data:`MOST_SQUARES`, so many drawn.
    """
    cells = set(zip(labels.tissue.tolist(), labels.center.tolist(), strict=True))
    tissues = sorted({tissue for tissue, center in cells if tissue and center})
    centers = sorted({center for tissue, center in cells if tissue and center})
    found = [
        (two, pair)
        for two in itertools.combinations(tissues, 2)
        for pair in itertools.combinations(centers, 2)
        if cells.issuperset(itertools.product(two, pair))
    ]
    if not found:
        raise EmbeddingsError(
            say(
                "No two tissues have tiles at the same two centers, so nothing "
                "can be evaluated in pairs. Leave out --paired, in Python "
                "paired=True."
            )
        )
    told = say(
        "Evaluated in pairs: {n_found} squares of two tissues at two centers", n_found=len(found)
    )
    if len(found) > MOST_SQUARES:
        found = sorted(random.Random(0).sample(found, MOST_SQUARES))
        told += say(", of which {MOST_SQUARES} were drawn at random", MOST_SQUARES=MOST_SQUARES)
    squares = {
        say(
            "{two} at {pair}", two=say(" and ").join(two), pair=say(" and ").join(pair)
        ): np.flatnonzero(np.isin(labels.tissue, two) & np.isin(labels.center, pair)).astype(
            np.intp
        )
        for two, pair in found
    }
    return squares, f"{told}."


def _is_square(labels: TileLabels, rows: NDArray[np.intp]) -> bool:
    part = labels.take(rows)
    tissues, centers = set(part.tissue.tolist()) - {""}, set(part.center.tolist()) - {""}
    cells = set(zip(part.tissue.tolist(), part.center.tolist(), strict=True))
    return len(tissues) == len(centers) == 2 and cells.issuperset(
        itertools.product(tissues, centers)
    )


def _require_columns(there: Mapping[str, Any], they_have: str, advice: str) -> None:
    missing = [name for name in _NEEDED if name not in there]
    if missing:
        hint = _NO_SLIDE if "slide" in missing else ""
        raise EmbeddingsError(
            say(
                "{they_have} no {missing}. {advice}{hint}",
                they_have=they_have,
                missing=say(" and no ").join(missing),
                advice=advice,
                hint=hint,
            )
        )


def _require_labels(labels: TileLabels, allow_missing: bool) -> None:
    """Few tiles may lack a label, and no center all of its tiles, unless that is allowed."""
    lacking = {name: getattr(labels, name) == "" for name in _NEEDED}
    bare = np.any(list(lacking.values()), axis=0)
    lost = sorted(set(labels.center.tolist()) - set(labels.center[~bare].tolist()) - {""})
    if allow_missing or not bare.any() or (bare.mean() <= MOST_REFUSED and not lost):
        return
    counts = {name: int(rows.sum()) for name, rows in lacking.items()}
    reasons = ", ".join(
        say("{n} have no {name}", n=n, name=name) for name, n in counts.items() if n
    )
    losing = say(", and with them all of {lost}", lost=", ".join(lost)) if lost else ""
    raise EmbeddingsError(
        say(
            "{sum} of the {n_labels} tiles cannot be measured{losing}: "
            "{reasons}. Mend the labels, or {ALLOW}.",
            sum=int(bare.sum()),
            n_labels=len(labels),
            losing=losing,
            reasons=reasons,
            ALLOW=_ALLOW,
        )
    )


def _only(subset: str, columns: Mapping[str, TextArray], joined: _Joined) -> _Joined:
    if "subset" not in columns:
        raise EmbeddingsError(say("There is no column subset, so none is {subset}.", subset=subset))
    of = columns["subset"][joined.entries]
    kept = of == subset
    if not kept.any():
        names = ", ".join(sorted(set(of.tolist()) - {""})) or "empty"
        raise EmbeddingsError(
            say(
                "No tile is of the subset {subset}. There are: {names}.", subset=subset, names=names
            )
        )
    return _Joined(joined.rows[kept], joined.entries[kept])


def _join(
    external: ExternalEmbeddings, table: Table, slides: TextArray, same_order: bool
) -> _Joined:
    """Which row of the table is which embedding."""
    if same_order:
        if table.n_rows != len(external):
            raise EmbeddingsError(
                say(
                    "{path_name} has {n_rows} rows, but there are {n_external} "
                    "embeddings, so they cannot be in the same order.",
                    path_name=table.path.name,
                    n_rows=table.n_rows,
                    n_external=len(external),
                )
            )
        every = np.arange(table.n_rows, dtype=np.intp)
        return _Joined(
            every,
            every,
            say("{path_name} and the embeddings: in the same order.", path_name=table.path.name),
        )
    ways = [
        way
        for way in (
            _by_name(external, table, slides),
            _by_place(external, table, slides),
            _by_slide(external, table, slides),
        )
        if way is not None
    ]
    if not ways:
        raise EmbeddingsError(
            say(
                "{path_name} and these embeddings ({source}) have nothing in "
                "common that says which tile is which: names of tiles, slide "
                "with x and y, or one row a slide. Where the rows are in the "
                "same order, say so with --same-order.",
                path_name=table.path.name,
                source=external.source,
            )
        )
    # The first that fits any tile
    return max(ways, key=lambda way: bool((way.rows >= 0).any()))


def _unnamed(n_embeddings: int, joined: _Joined, name: str) -> str:
    """What becomes of embeddings that the table says nothing of; "" where it names all."""
    unnamed = n_embeddings - len(np.unique(joined.rows))
    if not unnamed:
        return ""
    return counted(
        unnamed,
        "{n} of the {embeddings} has no row in {name} and was left out.",
        "{n} of the {embeddings} have no row in {name} and were left out.",
        embeddings=plural(n_embeddings, "embedding"),
        name=name,
    )


def _by_name(external: ExternalEmbeddings, table: Table, slides: TextArray) -> _Joined | None:
    column = next((name for name in ("path", "tile") if name in table.columns), None)
    if external.tiles is None or column is None:
        return None
    names = np.array(table.columns[column], dtype=np.str_)
    return _unique(slides, names, lambda at: match_names(external, names[at], slides[at]))


def _by_place(external: ExternalEmbeddings, table: Table, slides: TextArray) -> _Joined | None:
    if not (can_be_placed(external) and {"x", "y"} <= set(table.columns)):
        return None
    places = np.column_stack([table.numbers("x"), table.numbers("y")])
    rows = match_places(external, slides, places)
    return _Joined(rows, np.arange(len(rows), dtype=np.intp))


def _by_slide(external: ExternalEmbeddings, table: Table, slides: TextArray) -> _Joined | None:
    """Every tile of a slide has the labels of its row."""
    if "slide" not in external.labels:
        return None
    entry = {slide_key(slide): row for row, slide in enumerate(slides.tolist())}
    if len(entry) < len(slides):
        return None
    found = [entry.get(slide_key(slide), -1) for slide in external.labels["slide"].tolist()]
    entries = np.array(found, np.intp)
    rows = np.flatnonzero(entries >= 0).astype(np.intp)
    without = np.setdiff1d(np.arange(len(slides)), entries)
    strange = sorted(set(external.labels["slide"][entries < 0].tolist()))
    notice = say(
        "All tiles of a slide have the labels of its row in {path_name}.", path_name=table.path.name
    )
    if strange:
        notice += counted(
            len(strange),
            " {n:,} slide is not in it, the first {strange}.",
            " {n:,} slides are not in it, the first {strange}.",
            strange=strange[0],
        )
    return _Joined(
        np.concatenate([rows, np.full(len(without), -1, np.intp)]),
        np.concatenate([entries[rows], without]).astype(np.intp),
        notice,
    )


def _unique(
    slides: TextArray, names: TextArray, match: Callable[[NDArray[np.intp]], NDArray[np.intp]]
) -> _Joined:
    """Match each name of a slide once, however many rows it has."""
    keys = [f"{slide}\0{name}" for slide, name in zip(slides.tolist(), names.tolist(), strict=True)]
    at: dict[str, int] = {}
    tile = [at.setdefault(key, len(at)) for key in keys]
    first = np.unique(tile, return_index=True)[1].astype(np.intp)
    rows = match(first)[np.array(tile, np.intp)]
    return _Joined(rows.astype(np.intp), np.arange(len(rows), dtype=np.intp))


def _without_gaps(joined: _Joined, name: str, slides: TextArray, allow_missing: bool) -> _Joined:
    """Rows of the table that have an embedding; the others only where that is allowed."""
    gaps = np.flatnonzero(joined.rows < 0)
    if not len(gaps):
        return joined
    entries = joined.entries[gaps]
    told = say(
        "{n_gaps} of the {n} rows of the manifest {name} have no embedding "
        "in the file, the first in row {entries} (slide {slides}).",
        n_gaps=len(gaps),
        n=len(np.unique(joined.entries)),
        name=name,
        entries=entries[0] + 1,
        slides=slides[entries[0]],
    )
    if not allow_missing or len(gaps) == len(joined.rows):
        way = "" if len(gaps) == len(joined.rows) else say(", or {ALLOW}", ALLOW=_ALLOW)
        raise EmbeddingsError(
            say(
                "{told} Compute them too, choose the file that belongs to it{way}.",
                told=told,
                way=way,
            )
        )
    kept = joined.rows >= 0
    return _Joined(joined.rows[kept], joined.entries[kept], f"{joined.notice} {told}".strip())
