"""Weights on this machine: where they are, what their hash is, and whether they fit a model."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pathgui.core.encoders.facts.registry import Readiness
from pathgui.core.encoders.weights.shards import (
    INDEX_ENDING,
    parts,
    refuse_what_is_no_weights,
    whole,
)
from pathgui.core.errors import WeightsError, first_few
from pathgui.core.language.texts import say
from pathgui.core.system.plain_files import sha256_of_files

if TYPE_CHECKING:
    from torch import Tensor, nn


_SUFFIXES = (".safetensors", ".bin", ".pth", ".pt", ".torch", ".ckpt")
# What hubs and training programs call the file, in the order of preference.
_USUAL_NAMES = ("model.safetensors", "pytorch_model.bin", "open_clip_pytorch_model.bin")


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights that the user pointed to, and its hash when they did."""

    path: Path
    sha256: str

    def readiness(self, published: str) -> Readiness:
        """Ready as long as the file is there. ``published`` is the hash of the authors' file."""
        try:
            sha256 = sha256_of_weights(self.path)
        except (OSError, WeightsError):
            return Readiness(
                False,
                say("The weights are no longer in {path}. Point to them again.", path=self.path),
                state="missing",
            )
        detail = say("weights from {path}", path=self.path)
        if sha256 != self.sha256:
            detail += say(", changed since they were chosen")
        elif published and sha256 != published:
            detail += say(", not the published file")
        return Readiness(True, detail, sha256, path=self.path)


def find_weights_file(path: Path, usual: str = "") -> Path:
    """The file of weights that ``path`` is, or the one in the folder ``path``.

    Where the weights lie in several files, their index is it, whichever of them is pointed to.

    Raises
    ------
    WeightsError
        If there is none, or several and none has the name ``usual``.
    """
    if path.is_file():
        return whole(path)
    if not path.is_dir():
        raise WeightsError(
            say("{path} does not exist. Point to a file or folder with the weights.", path=path)
        )
    inside = (file for file in path.iterdir() if file.suffix in _SUFFIXES)
    files = sorted(file for file in inside if file.is_file())  # not a pipe, which never ends
    for name in (usual, *_USUAL_NAMES):
        for file in files:
            if file.name == name:
                return file
    files = sorted({whole(file) for file in files})
    if not files:
        raise WeightsError(
            say(
                "{path} holds no file of weights ({SUFFIXES}). Point to the file itself.",
                path=path,
                SUFFIXES=", ".join(_SUFFIXES),
            )
        )
    if len(files) > 1:
        names = ", ".join(file.name for file in files[:5])
        raise WeightsError(
            say(
                "{path} holds several files of weights: {names}. Point to one of them.",
                path=path,
                names=names,
            )
        )
    return files[0]


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


def sha256_of_weights(path: Path) -> str:
    """SHA-256 of the weights in ``path``; where it is an index, of all files that it names."""
    return sha256_of(*parts(path))


@lru_cache(maxsize=256)
def _sha256(files: tuple[tuple[str, int, int], ...]) -> str:
    return sha256_of_files(Path(path) for path, _, _ in files)


def read_tensors(path: Path) -> dict[str, Any]:
    """What the file ``path`` (safetensors, or a pickle of tensors) holds, on the CPU.

    ``path`` can be the index of several files, too; then all that they hold.

    Pickles are read with ``weights_only=True``: whatever else they contain is refused, not run.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, something else, or holds more than tensors.
    """
    if not path.is_file():
        raise WeightsError(
            say("{path} does not exist. Point to the file with the weights.", path=path)
        )
    if path.name.endswith(INDEX_ENDING):
        return {name: t for part in parts(path) for name, t in read_tensors(part).items()}
    refuse_what_is_no_weights(path)
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        try:
            return dict(load_file(path))
        except Exception as error:  # whatever its reader stumbles over in a damaged file
            raise WeightsError(
                say(
                    "{path} is damaged or not a safetensors file ({error}). Download it again.",
                    path=path,
                    error=error,
                )
            ) from error
    return _table(read_pickle(path), path)


def read_pickle(path: Path, device: str = "cpu") -> Any:
    """What a pickle of tensors holds. Whatever else is in it is refused, not run.

    Raises WeightsError if the file is damaged or holds more than tensors.
    """
    import pickle

    import torch

    try:
        loaded = torch.load(path, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            say(
                "{path} was not read: it holds more than tensors, and reading it "
                "could run code from it. Ask its authors for a safetensors file.",
                path=path,
            )
        ) from error
    except Exception as error:  # whatever its reader stumbles over in a damaged file
        raise WeightsError(
            say(
                "{path} is damaged or not a file of weights ({error}). Download it again.",
                path=path,
                error=error,
            )
        ) from error
    return loaded


def _table(loaded: Any, path: Path) -> dict[str, Any]:
    if not isinstance(loaded, dict):
        raise WeightsError(
            say("{path} holds no table of tensors, so it is no file of weights.", path=path)
        )
    return loaded


def read_shapes(path: Path) -> dict[str, Any]:
    """As :func:`read_tensors`, but tensors without data: only names and shapes are read."""
    import torch

    if path.name.endswith(INDEX_ENDING):
        return {name: t for part in parts(path) for name, t in read_shapes(part).items()}
    refuse_what_is_no_weights(path)
    if path.suffix != ".safetensors":
        return _table(read_pickle(path, "meta"), path)
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > path.stat().st_size:
                raise ValueError("its header is longer than the file")
            header = json.loads(file.read(size))
        return {
            name: torch.empty(entry["shape"], device="meta")
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except Exception as error:  # whatever is in the place of a header
        raise WeightsError(
            say(
                "{path} is damaged or not a safetensors file ({error}). Download it again.",
                path=path,
                error=error,
            )
        ) from error


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
        say(
            "{name} ({shape} instead of {shape2})",
            name=name,
            shape=tuple(state[name].shape),
            shape2=tuple(own[name].shape),
        )
        for name in own
        if name in state and own[name].shape != state[name].shape
    ]
    if missing or extra or shapes:
        parts = [
            f"{what}: {first_few(names, 5)}"
            for what, names in (
                ("missing", missing),
                (say("not part of the model"), extra),
                (say("of another shape"), shapes),
            )
            if names
        ]
        raise WeightsError(
            say(
                "{path} does not fit {title}. Tensors {parts}.",
                path=path,
                title=title,
                parts="; ".join(parts),
            )
        )
    # assign: a model built on the meta device has no memory of its own to copy into
    model.load_state_dict(dict(state), strict=True, assign=True)
