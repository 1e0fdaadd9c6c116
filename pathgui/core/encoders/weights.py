"""Weights on this machine: where they are, what their hash is, and whether they fit a model."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pathgui.core.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor, nn


def package_file(distribution: str, path: str) -> Path | None:
    """The file ``path`` of an installed distribution; None if it is not installed.

    Found in the distribution's metadata, so its modules are not imported (nor is another package
    taken for it that happens to have a module of the same name).
    """
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.as_posix() == PurePosixPath(path).as_posix():
            located = Path(str(file.locate()))
            return located if located.is_file() else None
    return None


def sha256_of(*paths: Path) -> str:
    """SHA-256 of the contents of ``paths``, one after the other; remembered while unchanged."""
    stats = [path.stat() for path in paths]
    named = zip(paths, stats, strict=True)
    return _sha256(tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in named))


@lru_cache(maxsize=256)
def _sha256(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def read_tensors(path: Path) -> dict[str, Any]:
    """What the file ``path`` (safetensors, or a pickle of tensors) holds, on the CPU.

    Pickles are read with ``weights_only=True``: whatever else they contain is refused, not run.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, or holds more than tensors.
    """
    if not path.is_file():
        raise WeightsError(f"{path} does not exist. Point to the file with the weights.")
    if path.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return dict(load_file(path))
        except SafetensorError as error:
            raise WeightsError(
                f"{path} is damaged or not a safetensors file ({error}). Download it again."
            ) from error
    import pickle

    import torch

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} was not read: it holds more than tensors, and reading it could run code "
            "from it. Ask its authors for a safetensors file."
        ) from error
    except (RuntimeError, EOFError, OSError) as error:
        raise WeightsError(
            f"{path} is damaged or not a file of weights ({error}). Download it again."
        ) from error
    if not isinstance(loaded, dict):
        raise WeightsError(f"{path} holds no table of tensors, so it is no file of weights.")
    return loaded


def load_strictly(model: nn.Module, state: Mapping[str, Tensor], title: str, path: Path) -> None:
    """Put ``state`` into ``model``: every tensor of the one in the other, and none left over.

    A model that lacks its LayerScale, say, still gives embeddings: wrong ones. So nothing less
    than a complete match will do.

    Raises
    ------
    WeightsError
        Names the tensors that are missing, left over or of another shape.
    """
    own = model.state_dict()
    missing = [name for name in own if name not in state]
    extra = [name for name in state if name not in own]
    shapes = [
        f"{name} ({tuple(state[name].shape)} instead of {tuple(own[name].shape)})"
        for name in own
        if name in state and own[name].shape != state[name].shape
    ]
    if missing or extra or shapes:
        parts = [
            f"{what}: {_some(names)}"
            for what, names in (
                ("missing", missing),
                ("not part of the model", extra),
                ("of another shape", shapes),
            )
            if names
        ]
        raise WeightsError(f"{path} does not fit {title}. Tensors {'; '.join(parts)}.")
    # assign: a model built on the meta device has no memory of its own to copy into
    model.load_state_dict(dict(state), strict=True, assign=True)


def _some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
