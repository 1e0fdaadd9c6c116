"""HDF5 files, as far as all that they hold is in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, one_line
from pathgui.core.imported.numpy_files import LEAST_MOST, MOST_PER_BYTE
from pathgui.core.language.texts import say

_MOST_PARTS = 100_000


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """The file, opened for reading, after a look at its links.

    Raises
    ------
    EmbeddingsError
        If it is no HDF5 file, or leads to other files: links, external storage, virtual datasets.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _require_closed(file, path)
            yield file
    except OSError as error:
        raise EmbeddingsError(
            say(
                "{path_name} is damaged or no HDF5 file ({one_line}). Copy or export it again.",
                path_name=path.name,
                one_line=one_line(error),
            )
        ) from error


def read_dataset(dataset: Any, path: Path) -> NDArray[Any]:
    """All values of a dataset.

    Raises EmbeddingsError if it claims many times the size of the file, as one without values can.
    """
    size = int(np.prod(dataset.shape, dtype=object)) * dataset.dtype.itemsize
    if size > max(LEAST_MOST, MOST_PER_BYTE * path.stat().st_size):
        raise EmbeddingsError(
            say(
                "{path_name}: the dataset {dataset_name} claims to be {size:,} "
                "MB large, the file is much smaller. It is not read.",
                path_name=path.name,
                dataset_name=dataset.name,
                size=size >> 20,
            )
        )
    return np.asarray(dataset)


def _require_closed(file: Any, path: Path) -> None:
    """Refuse what opens other files of this computer, whose content would leave with a run."""
    import h5py

    left, seen = [file], set[int]()
    while left:
        group = left.pop()
        for name in group:
            if len(seen) > _MOST_PARTS:
                raise EmbeddingsError(
                    say(
                        "{path_name} has more than {MOST_PARTS:,} parts.",
                        path_name=path.name,
                        MOST_PARTS=_MOST_PARTS,
                    )
                )
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise EmbeddingsError(_LEADS_OUT.format(path.name, f"{group.name}/{name}"))
            if not isinstance(link, h5py.HardLink):
                continue  # leads to another part of this file
            part = group[name]
            place = h5py.h5o.get_info(part.id).addr
            if place in seen:
                continue
            seen.add(place)
            if isinstance(part, h5py.Group):
                left.append(part)
            elif isinstance(part, h5py.Dataset) and (part.external or part.is_virtual):
                raise EmbeddingsError(_LEADS_OUT.format(path.name, part.name))


_LEADS_OUT = say(
    "{}: {} takes its values from another file, which is not opened. Copy "
    "the values into this file, for example with h5repack or by reading and "
    "writing it in Python."
)
