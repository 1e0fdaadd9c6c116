"""Embeddings of other programs as encoders of the list: added, kept, removed, matched when asked.

An import is a small file in a folder: where the embeddings lie, and what they were when they were
imported. The embeddings themselves stay where they are.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import (
    Encoder,
    EncoderSpec,
    Precision,
    Readiness,
    Registry,
)
from pathgui.core.errors import (
    EmbeddingsError,
    EncoderError,
    PathguiError,
    ReferenceSetError,
)
from pathgui.core.imported.embeddings_columns import ExternalEmbeddings
from pathgui.core.imported.matching import (
    ImportedTiles,
    ImportingStore,
    can_be_placed,
    grid_of,
    match_reference,
    read_external,
    rows_on,
)
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import (
    REFERENCE_FILE,
    ReferenceSet,
    ReferenceTiles,
    load_reference,
)
from pathgui.core.reference.same_slide import file_key
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid, TileSpec
from pathgui.core.system.background import watched
from pathgui.core.system.files import write_file
from pathgui.core.system.json_files import read_json
from pathgui.core.system.json_records import converted
from pathgui.core.system.plain_files import sha256_of_files
from pathgui.core.tables.read import read_table, require_all_rows


class _Import(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file of an import holds."""

    title: str
    dim: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    files: Annotated[list[str], msgspec.Meta(min_length=1)]
    sha256: str  # of the files' contents, one after the other
    stamp: str  # of their names, sizes and times, to see that they are the same


def import_embeddings(
    known: Registry,
    paths: Sequence[Path],
    folder: Path,
    *,
    title: str = "",
    same_order: Path | None = None,
    report: ProgressFn = ignore_progress,
) -> EncoderSpec:
    """Check embeddings that another program wrote, and add them as an encoder of their own.

    Parameters
    ----------
    known
        What the import is added to.
    paths
        Files of one encoder, for reference tiles and for slides; a folder of TRIDENT ``.h5``, or
        PathoROB's.
    folder
        Where the import is written down.
    title
        How it is called; by default as the file names its encoder, or as the file itself.
    same_order
        A table whose rows are those of the embeddings, one for one, for a file that names no
        tiles. Only its user knows that. Names and embeddings are then kept together in ``folder``.

    Raises
    ------
    EmbeddingsError
        If a file cannot be read, holds numbers that are not finite, or another width than the
        first one, or names no tiles.
    """
    files = _expand(paths)
    if same_order is not None:
        title = title.strip() or f"{files[0].stem} (imported)"
        named = folder / f"{known.free_name(title, 'imported')}.npz"
        write_file(named, _with_names(files, same_order))
        try:
            return import_embeddings(known, [named], folder, title=title, report=report)
        except BaseException:
            named.unlink()
            raise
    widths: dict[int, str] = {}
    encoder, nameless = "", 0
    for i, path in enumerate(files):
        report(Progress(say("Reading embeddings"), i, len(files), part=Part.READING))
        found = read_external(path)
        widths.setdefault(found.values.shape[1], path.name)
        encoder = encoder or found.encoder
        nameless += found.tiles is None and found.coords_l0 is None
    if len(widths) > 1:
        told = say(" and ").join(
            say("{width} numbers a tile in {name}", width=width, name=name)
            for width, name in widths.items()
        )
        raise EmbeddingsError(
            say("These files are not of one encoder: {told}. Import them apart.", told=told)
        )
    if nameless:
        raise EmbeddingsError(
            say(
                "{nameless} of the {n_files} files do not say which tile each "
                "embedding belongs to, so they fit no reference set and no "
                "slide. Save the names of the tiles beside them, in an array "
                "'tile', or slide, x and y; or give a table in the same order "
                "(pathgui encoders import FILE --same-order TABLE).",
                nameless=nameless,
                n_files=len(files),
            )
        )
    title = title.strip() or f"{encoder or files[0].stem} (imported)"
    sha256 = _digest(files, report)
    name = known.free_name(title, "imported")
    about = _Import(title, next(iter(widths)), [str(p) for p in files], sha256, _stamp(files))
    write_file(folder / f"{name}.json", msgspec.json.format(msgspec.json.encode(about)))
    spec = _spec(name, about)
    known.add(spec)
    return spec


def add_imports(known: Registry, folder: Path) -> tuple[str, ...]:
    """Add to ``known`` the imports kept in ``folder``; one sentence for each that is damaged."""
    faults = []
    taken = {spec.name for spec in known.encoders()}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            about = converted(read_json(path, EmbeddingsError), _Import)
        except (PathguiError, ValueError, OverflowError) as error:
            faults.append(
                say("{path} is no import of embeddings: {error} Delete it.", path=path, error=error)
            )
            continue
        if path.stem not in taken:
            known.add(_spec(path.stem, about))
    return tuple(faults)


def remove_import(known: Registry, name: str, folder: Path) -> None:
    """Take an import off the list. The files with the embeddings stay where they are."""
    (folder / f"{name}.json").unlink(missing_ok=True)
    (folder / f"{name}.npz").unlink(missing_ok=True)  # a copy that was given names
    known.remove(name)


def _with_names(files: Sequence[Path], table: Path) -> bytes:
    """The embeddings of the one file as ``.npz``, with the names of tiles from a table."""
    if len(files) != 1:
        raise EmbeddingsError(
            say("A table in the same order belongs to one file. Import them apart.")
        )
    found, rows = read_external(files[0]), read_table(table, EmbeddingsError)
    require_all_rows(rows, EmbeddingsError)
    name = next((name for name in ("path", "tile") if name in rows.columns), None)
    if name is None:
        raise EmbeddingsError(
            say("{table} has no column path or tile that names the tiles.", table=table)
        )
    if rows.n_rows != len(found):
        raise EmbeddingsError(
            say(
                "{table_name} has {n_rows} rows, but there are {n_found} "
                "embeddings, so they cannot be in the same order.",
                table_name=table.name,
                n_rows=rows.n_rows,
                n_found=len(found),
            )
        )
    arrays: dict[str, Any] = {"tile": np.array(rows.columns[name], dtype=np.str_)}
    if "slide_id" in rows.columns:
        arrays["slide"] = np.array(rows.labels("slide_id"), dtype=np.str_)
    content = io.BytesIO()
    np.savez(content, embeddings=found.values, **arrays)
    return content.getvalue()


def _expand(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        path = path.expanduser().absolute()
        inside = sorted(path.glob("*.h5")) if path.is_dir() else []
        if (path / REFERENCE_FILE).is_file():  # a set that keeps embeddings
            inside = [path / each.file for each in load_reference(path).info.embeddings]
        files.extend(inside or [path])
    if not files:
        raise EmbeddingsError(say("No file of embeddings was given."))
    return files


def _contents(files: Sequence[Path]) -> list[Path]:
    """The files themselves, and those of folders (PathoROB)."""
    found: list[Path] = []
    for path in files:
        found.extend(sorted(path.glob("*.npz")) if path.is_dir() else [path])
    return found


def _stamp(files: Sequence[Path]) -> str:
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in _contents(files)]
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _digest(files: Sequence[Path], report: ProgressFn) -> str:
    contents = _contents(files)
    total = sum(path.stat().st_size for path in contents)
    return sha256_of_files(
        contents,
        lambda done: report(Progress(say("Hashing embeddings"), done, total, part=Part.READING)),
    )


def _spec(name: str, about: _Import) -> EncoderSpec:
    files = tuple(Path(file) for file in about.files)
    what = (
        files[0].name
        if len(files) == 1
        else say(
            "{n_files} files in {parent_name}", n_files=len(files), parent_name=files[0].parent.name
        )
    )
    return EncoderSpec(
        name=name,
        title=about.title,
        dim=about.dim,
        tile=TileSpec(224, 0.5),  # not known, and never used: no tile is cut for it
        licence="not stated",
        source=say("imported embeddings: {what}", what=what),
        transform=say("done elsewhere"),
        pooling=say("done elsewhere"),
        params_m=0.0,
        readiness=partial(_readiness, about),
        load=partial(_refuse_to_load, about.title),
        family="Imported",
        facts="unverified",
        notes=say(
            "Computed elsewhere: scale, normalization and pooling are those of that program."
        ),
        mpp_facts="none",
        origin=say(
            "imported from {parent}", parent=files[0].parent if len(files) > 1 else files[0]
        ),
        embeddings=files,
    )


def _readiness(about: _Import) -> Readiness:
    try:
        stamp = _stamp([Path(file) for file in about.files])
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        gone = getattr(error, "filename", None) or Path(about.files[0])
        return Readiness(
            False, say("{gone} is no longer there. Import the embeddings again.", gone=gone)
        )
    if stamp != about.stamp:
        return Readiness(
            False,
            say(
                "The embeddings have changed since they were imported. Remove "
                "them and import them again."
            ),
        )
    return Readiness(True, say("imported embeddings"), about.sha256)


def _refuse_to_load(title: str, device: str, precision: Precision) -> Encoder:
    raise EncoderError(
        say(
            "{title} was imported: its embeddings are here, its model is not. "
            "Tiles without an embedding cannot be embedded; import them too.",
            title=title,
        )
    )


class MatchedImports:
    """What the imported encoders of an evaluation have for its tiles.

    An import that does not fit is kept as an error of that encoder (see :meth:`check`), so that
    the others can go on.
    """

    def __init__(self, specs: Sequence[EncoderSpec]) -> None:
        self._found: dict[str, list[tuple[Path, ExternalEmbeddings]]] = {}
        self._errors: dict[str, PathguiError] = {}
        self._without_pictures = ""  # why no other encoder can embed the reference set
        self._titles = {spec.name: spec.title for spec in specs}
        for spec in specs:
            if not spec.embeddings or not spec.readiness().ready:
                continue
            try:
                self._found[spec.name] = [(path, read_external(path)) for path in spec.embeddings]
            except PathguiError as error:
                self._errors[spec.name] = error

    @classmethod
    def read(cls, specs: Sequence[EncoderSpec], report: ProgressFn) -> MatchedImports:
        """Read the files of those of ``specs`` that are imports."""
        return watched(
            lambda _: cls(specs),
            report,
            Progress(say("Reading embeddings"), 0, 1, part=Part.READING),
        )

    def for_slide(self) -> MatchedImports:
        """The same for one slide of many: what does not fit this slide is kept there alone."""
        own = copy(self)
        own._errors = dict(self._errors)
        return own

    def grid(self, slide: Slide, edge_um: float) -> tuple[TileGrid, str] | None:
        """The tiles of the first import that has some of ``slide``, and its title.

        Encoders are compared on the same tiles, so all others are run on these.
        """
        for name in self._found:
            try:
                found = _of_slide(self._found[name], slide)
                return grid_of(found, slide, edge_um)[0], self._titles[name]
            except PathguiError as error:
                self._errors.setdefault(name, error)
        return None

    def bind(
        self, reference: ReferenceSet | None, tiles: SlideTiles | None, store: EmbeddingStore | None
    ) -> EmbeddingStore | None:
        """A store that has, beside what ``store`` keeps, the embeddings that were imported.

        Those of the tiles of ``reference`` and of ``tiles``, as far as these are given.
        """
        if reference is not None and not reference.has_pictures:
            self._without_pictures = reference.why_no_pictures
        if not self._found:
            return store
        parts: dict[str, list[ImportedTiles]] = {}
        for name, found in self._found.items():
            try:
                parts[name] = []
                if reference is not None:
                    named = _of_tiles(found)
                    values = _floats(named.values[match_reference(named, reference)])
                    parts[name].append(ImportedTiles(ReferenceTiles(reference).content_key, values))
                if tiles is not None:
                    there = _of_slide(found, tiles.slide)
                    values = _floats(there.values[rows_on(there, tiles.grid)])
                    parts[name].append(ImportedTiles(tiles.content_key, values))
            except PathguiError as error:
                self._errors.setdefault(name, error)
        return ImportingStore(dict(parts), store)

    def check(self, name: str) -> None:
        """Raise what keeps the encoder ``name`` from taking part, if there is anything.

        That is what an import lacks, and of any other encoder that the set has no pictures.
        """
        if name in self._errors:
            raise self._errors[name]
        if self._without_pictures and name not in self._found:
            raise ReferenceSetError(self._without_pictures)


def _floats(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)


def _of_tiles(found: Sequence[tuple[Path, ExternalEmbeddings]]) -> ExternalEmbeddings:
    """All embeddings whose tiles have names, as one; if none have, those with slides and places."""
    named = [each for _, each in found if each.tiles is not None]
    placed = [each for _, each in found if can_be_placed(each)]
    places = [each.coords_l0 for each in placed if each.coords_l0 is not None]
    if placed and not named:
        return replace(
            placed[0],
            values=np.concatenate([each.values for each in placed]),
            labels={"slide": np.concatenate([each.labels["slide"] for each in placed])},
            coords_l0=np.concatenate(places),
        )
    if not named:
        raise EmbeddingsError(
            say(
                "None of the imported files names its tiles, so they cannot be "
                "matched with the reference set. Import a file with an array "
                "'tile' for it, too."
            )
        )
    if len(named) == 1:
        return named[0]
    return replace(
        named[0],
        values=np.concatenate([each.values for each in named]),
        tiles=np.concatenate([each.tiles for each in named if each.tiles is not None]),
        labels={},
        coords_l0=None,
    )


def _of_slide(found: Sequence[tuple[Path, ExternalEmbeddings]], slide: Slide) -> ExternalEmbeddings:
    """The embeddings of the tiles of ``slide``: told by its name, never guessed."""
    key = file_key(slide.path.name)
    for path, each in found:
        if each.coords_l0 is None:
            continue
        names = each.labels.get("slide")
        rows = None
        if names is not None:
            rows = np.flatnonzero([file_key(str(name)) == key for name in names])
        if rows is not None and 0 < len(rows) < len(each):
            return replace(
                each,
                values=each.values[rows],
                coords_l0=each.coords_l0[rows],
                tiles=None if each.tiles is None else each.tiles[rows],
                labels={},
            )
        if (rows is not None and len(rows)) or file_key(path.name) == key:
            return each
    raise EmbeddingsError(
        say(
            "None of the imported files has coordinates of tiles of {path_name}: "
            "a file for a slide is called as the slide ({stem}.h5), or names it "
            "inside.",
            path_name=slide.path.name,
            stem=slide.path.stem,
        )
    )
