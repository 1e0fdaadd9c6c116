"""Embeddings of the same pictures under other keys: reference sets that share tiles share these."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.identity import DIGEST_BYTES, Digests, TileIdentity

log = logging.getLogger(__name__)

OF_TILES = ("tiles", "n_tiles")  # what of a key says which tiles, and not how they were embedded


class SharedRows:
    """Rows of other entries of a store that hold embeddings of given pictures.

    They are read without a lock: an entry writes its embeddings before it says that they are
    there. What cannot be read is not shared.
    """

    def __init__(
        self, places: Iterable[Path], key: Mapping[str, Any], identity: TileIdentity
    ) -> None:
        self._groups: list[Any] = []
        self._where: dict[bytes, tuple[int, int]] = {}
        for place in places:
            if _embedded_alike(place, key):
                self._take(place, identity)

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

    def _take(self, place: Path, identity: TileIdentity) -> None:
        import zarr
        from zarr.storage import LocalStore

        assert identity.digests is not None
        try:
            group: Any = zarr.open_group(LocalStore(place), mode="r", zarr_format=3)
            held = np.asarray(group["done"][:]) & np.asarray(group["readable"][:])
            of_old = group.attrs["key"]["tiles"] == identity.formerly
            digests = identity.digests if of_old else np.asarray(group["digests"][:])
        except (ValueError, KeyError, TypeError, OSError, RuntimeError) as error:
            log.warning("%s shares no embeddings: %s", place.name, error)
            return
        if digests.shape != (len(held), DIGEST_BYTES):
            return
        for row in np.flatnonzero(held & digests.any(axis=1)).tolist():
            self._where.setdefault(digests[row].tobytes(), (len(self._groups), row))
        self._groups.append(group)


def _embedded_alike(place: Path, key: Mapping[str, Any]) -> bool:
    """Whether an entry's tiles were embedded as those of ``key``, whichever tiles they are."""
    try:
        theirs = json.loads((place / "zarr.json").read_bytes())["attributes"]["key"]
        return theirs.keys() == key.keys() and all(
            theirs[name] == key[name] for name in key if name not in OF_TILES
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
