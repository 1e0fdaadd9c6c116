"""Embeddings of the same pictures under other keys: reference sets that share tiles share these."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.slides.identity import DIGEST_BYTES, Digests

log = logging.getLogger(__name__)

OF_TILES = ("tiles", "n_tiles")  # what of a key says which tiles, and not how they were embedded


class KeysOf:
    """The keys of entries of a store, each read once: an entry's name is the digest of its key."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, place: Path) -> dict[str, Any] | None:
        """The key of an entry; None where it is gone, damaged, or not written yet."""
        if place.name not in self._known:
            found = _key_of(place)
            if found is None:
                return None
            self._known[place.name] = found
        return self._known[place.name]


class SharedRows:
    """Rows of other entries of a store that hold embeddings of given pictures.

    They are read without a lock: an entry writes its embeddings before it says that they are
    there. What cannot be read is not shared.
    """

    def __init__(self, places: Iterable[Path], key: Mapping[str, Any], keys: KeysOf) -> None:
        self._groups: list[Any] = []
        self._where: dict[bytes, tuple[int, int]] = {}
        for place in places:
            if _embedded_alike(keys.of(place), key):
                self._take(place)

    def find(self, digests: Digests) -> NDArray[np.bool_]:
        """Which of the pictures are embedded elsewhere, shape (m,)."""
        return np.array([each.tobytes() in self._where for each in digests], np.bool_)

    def read(self, digests: Digests) -> NDArray[np.float32] | None:
        """The embeddings (m, d) of pictures that :meth:`find` found; None if they have gone."""
        places = [self._where[each.tobytes()] for each in digests]
        values = np.empty((0, 0), np.float32)
        for number in sorted({group for group, _ in places}):
            here = [i for i, (group, _) in enumerate(places) if group == number]
            rows = np.array([places[i][1] for i in here])
            try:
                found = self._groups[number]["embeddings"].oindex[rows]
            except (ValueError, OSError, RuntimeError, KeyError) as error:
                log.warning("shared embeddings cannot be read: %s", error)
                return None
            if not values.size:
                values = np.full((len(places), found.shape[1]), np.nan, np.float32)
            values[here] = found
        return values if np.isfinite(values).all() else None

    def _take(self, place: Path) -> None:
        import zarr
        from zarr.storage import LocalStore

        try:
            group: Any = zarr.open_group(LocalStore(place), mode="r", zarr_format=3)
            held = np.asarray(group["done"][:]) & np.asarray(group["readable"][:])
            digests = np.asarray(group["digests"][:])
        except (ValueError, KeyError, TypeError, OSError, RuntimeError) as error:
            log.warning("%s shares no embeddings: %s", place.name, error)
            return
        if digests.shape != (len(held), DIGEST_BYTES):
            return
        for row in np.flatnonzero(held & digests.any(axis=1)).tolist():
            self._where.setdefault(digests[row].tobytes(), (len(self._groups), row))
        self._groups.append(group)


def earlier_entry(
    places: Iterable[Path], key: Mapping[str, Any], formerly: str, keys: KeysOf
) -> bool:
    """Whether an earlier version embedded the tiles of ``key``.

    It did not keep in which batches, and halved them on a busy machine, so its last digits may be
    others.
    """
    wanted = {name: value for name, value in key.items() if name != "batch_size"}
    tiles = wanted.pop("tiles")
    for place in places:
        found = keys.of(place)
        if found is None or "batch_size" in found:
            continue
        theirs = dict(found)
        if theirs.pop("tiles", None) in (tiles, formerly or tiles) and theirs == wanted:
            return True
    return False


def _embedded_alike(theirs: Mapping[str, Any] | None, key: Mapping[str, Any]) -> bool:
    """Whether an entry's tiles were embedded as those of ``key``, whichever tiles they are."""
    return theirs is not None and {n: v for n, v in theirs.items() if n not in OF_TILES} == {
        n: v for n, v in key.items() if n not in OF_TILES
    }


def _key_of(place: Path) -> dict[str, Any] | None:
    """The key of an entry, as its attributes have it, without opening its arrays."""
    try:
        found = json.loads((place / "zarr.json").read_bytes())["attributes"]["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None
