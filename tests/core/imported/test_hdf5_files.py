"""HDF5 files are opened only where nothing in them can lead elsewhere."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.matching import (
    read_external,
)
from tests.core.imported.test_matching import N, trident_file, values


def test_hdf5_files_of_another_make_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file["X"] = values()  # without obs
    with h5py.File(tmp_path / "b.h5ad", "w") as file:
        file["X"] = values()
        tissue = file.create_group("obs/tissue")
        tissue["categories"], tissue["codes"] = ["a"], np.full(N, 7)
    trident_file(tmp_path / "c.h5", values(), np.zeros((N, 2), int), target_magnification="20x")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(EmbeddingsError, match=rf"{path.name} is damaged, or its parts"):
            read_external(path)
