"""Arrays that numpy wrote, read without running what a pickle in them may hold."""

from __future__ import annotations

import pickle
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError, one_line
from pathgui.core.language.texts import say

LEAST_MOST = 4 << 30  # bytes that any file may unpack to
MOST_PER_BYTE = 100  # of the file; embeddings hardly shrink when they are packed

_LABELS = (str, bytes, int, float, type(None))
_NUMBER = re.compile(r"[<>=|]?[fiub]\d")


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an ``.npz`` file. Labels kept as objects, as pandas gives them, are read too.

    Raises
    ------
    EmbeddingsError
        If it is damaged, or an array holds more than text, numbers and gaps.
    """
    try:
        # The file is opened here since np.load leaves it open where it is no archive.
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise EmbeddingsError(
                    say(
                        "{path_name} holds one array without a name. Use .npz.", path_name=path.name
                    )
                )
            _require_size(path)
            return {name: _member(arrays, name, path) for name in arrays.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise EmbeddingsError(
            say(
                "{path_name} cannot be read as .npz: {one_line}.",
                path_name=path.name,
                one_line=one_line(error),
            )
        ) from error


def read_npy(path: Path) -> NDArray[Any]:
    """The one array of an ``.npy`` file.

    Raises EmbeddingsError if it is damaged or holds objects.
    """
    try:
        with path.open("rb") as file:
            array = np.load(file, allow_pickle=False)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise EmbeddingsError(
            say(
                "{path_name} cannot be read as .npy: {one_line}.",
                path_name=path.name,
                one_line=one_line(error),
            )
        ) from error
    if not isinstance(array, np.ndarray):
        raise EmbeddingsError(
            say("{path_name} is an archive of several arrays; call it .npz.", path_name=path.name)
        )
    return array


def _require_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > max(LEAST_MOST, MOST_PER_BYTE * path.stat().st_size):
        raise EmbeddingsError(
            say(
                "{path_name} unpacks to {unpacked:,} MB, so it holds something "
                "other than embeddings. It is not read.",
                path_name=path.name,
                unpacked=unpacked >> 20,
            )
        )


def _member(arrays: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = arrays[name]
    except ValueError:
        member = name if name in arrays.zip.namelist() else f"{name}.npy"
        with arrays.zip.open(member) as file:
            return _objects(file, name, path)
    return array


def _objects(file: IO[bytes], name: str, path: Path) -> NDArray[Any]:
    """An array of objects, as far as these are text, numbers or gaps."""
    version = np.lib.format.read_magic(file)
    read = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")
    shape, _, dtype = read(file)
    if not dtype.hasobject:
        raise ValueError(f"the array {name} is damaged")
    try:
        found = _Labels(file).load()
    except pickle.UnpicklingError as error:
        raise EmbeddingsError(
            say(
                "{path_name}: the array {name} holds Python objects ({error}), "
                "which are not loaded because they can run code. Save it as "
                "text, for example {name}.astype(str).",
                path_name=path.name,
                name=name,
                error=error,
            )
        ) from error
    items = found.items if isinstance(found, _Array) else found
    fits = len(shape) == 1 and isinstance(items, list) and len(items) == shape[0]
    if not fits or not all(isinstance(item, _LABELS) for item in items):
        raise EmbeddingsError(
            say(
                "{path_name}: the array {name} of Python objects is no column of "
                "labels. Save it as text, for example {name}.astype(str).",
                path_name=path.name,
                name=name,
            )
        )
    array = np.empty(len(items), object)
    array[:] = items
    return array


class _Array:
    """Stands for an array while a pickle is read: its items as a list."""

    def __init__(self, *_: Any) -> None:
        self.items: Any = None

    def __setstate__(self, state: Any) -> None:
        self.items = state[-1]


class _DType:
    """Stands for the type of an array or a number: its code alone."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        self.code = str(code)

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] == ">":
            self.code = f">{self.code}"


def _scalar(kind: Any, content: Any = b"") -> Any:
    """A number or a text that was numpy's own."""
    code = kind.code if isinstance(kind, _DType) else ""
    if _NUMBER.fullmatch(code) and isinstance(content, bytes):
        return np.frombuffer(content, code)[0].item()
    if code.lstrip("<").startswith("U") and isinstance(content, bytes):
        return content.decode("utf-32-le").rstrip("\0")
    raise pickle.UnpicklingError(say("numbers of an unknown kind"))


class _Labels(pickle.Unpickler):
    """Reads a pickled array of labels and calls nothing that the pickle names."""

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("numpy", "ndarray"): _Array,
            ("numpy", "dtype"): _DType,
            ("multiarray", "_reconstruct"): _Array,
            ("multiarray", "scalar"): _scalar,
            ("missing", "NA"): None,
        }
        if module.split(".")[0] in ("numpy", "pandas"):
            key = (module.rpartition(".")[2], name)
            if key in known:
                return known[key]
        raise pickle.UnpicklingError(f"{module}.{name}")
