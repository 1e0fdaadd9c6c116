"""A fitted correction as a file: arrays in safetensors, and a head in JSON that says of what.

Read outside of pathgui by a few lines of numpy, see docs/corrections.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pathgui.core.corrections.fitted import Fitted, PerCenter, Removal
from pathgui.core.corrections.stain import LabLook, Stain, StainLook
from pathgui.core.errors import CorrectionError, one_line, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.system.files import write_file

ENDING = ".safetensors"
FORMAT = 1
KEY = "pathgui"  # of the head in the file's metadata
LONGEST_HEAD = 10_000_000  # bytes; a file with more is none of these


@dataclass(frozen=True)
class CorrectionHead:
    """What a correction was fitted with, so that it is applied to nothing else."""

    format: int
    method: str  # name of the correction
    pathgui: str  # version that fitted it
    encoder: str  # its name, with its pooling
    pooling: str
    dim: int
    weights_sha256: str
    reference: str  # name of the set
    reference_version: str
    reference_sha256: str  # of its table of tiles
    n_tiles: int
    centers: list[str]  # in the order of the rows of scale and shift
    target: str = ""  # of tiles: center whose colors they get; "": the published ones, or none
    effect: dict[str, Any] = field(default_factory=dict)  # cross-fitted numbers, as in run.json


@dataclass(frozen=True)
class CorrectionFile:
    """A correction that was read from a file."""

    head: CorrectionHead
    fitted: Fitted | Stain  # a stain: the one that tiles are brought to, before the encoder
    sha256: str  # of the file


def require_ending(path: Path) -> None:
    """Refuse a file whose name does not end in ``.safetensors``: CorrectionError."""
    if path.suffix != ENDING:
        raise CorrectionError(
            say("A correction is a file whose name ends in .safetensors; {path} does not.",
                path=path)
        )  # fmt: skip


def save_correction(path: Path, fitted: Fitted | Stain, head: CorrectionHead) -> None:
    """Write a fitted correction, or the stain that one of tiles brings slides to.

    Raises
    ------
    CorrectionError
        If the name does not end in ``.safetensors``, or it cannot be written.
    """
    from safetensors.numpy import save

    require_ending(path)
    arrays = {name: np.ascontiguousarray(a, "<f8") for name, a in fitted.arrays().items()}
    data = save(arrays, {KEY: msgspec.json.encode(head).decode()})
    with os_errors_as(
        CorrectionError, say("The correction could not be written to {path}", path=path)
    ):
        write_file(path, data)


def load_correction(path: Path) -> CorrectionFile:
    """Read a correction that :func:`save_correction` wrote.

    Raises
    ------
    CorrectionError
        If it cannot be read, is damaged, is none, or is of a later version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    with os_errors_as(
        CorrectionError,
        say("The correction {path} cannot be read", path=path),
        advice=say("Choose another file."),
    ):
        data = path.read_bytes()
    try:
        arrays = load(data)
        size = int.from_bytes(data[:8], "little")
        if size > LONGEST_HEAD:
            raise ValueError("its head is too long")
        metadata = msgspec.json.decode(data[8 : 8 + size]).get("__metadata__") or {}
        head = msgspec.json.decode(metadata[KEY], type=CorrectionHead)
        if head.format > FORMAT:
            raise CorrectionError(
                say("{path} was written by a newer pathgui ({version}). Update pathgui to use it.",
                    path=path, version=head.pathgui)
            )  # fmt: skip
        fitted = _fitted(head, arrays)
    except (SafetensorError, msgspec.DecodeError, KeyError, ValueError, TypeError) as error:
        raise CorrectionError(
            say("{path} is no correction of pathgui, or it is damaged ({error}). Write it again "
                "with pathgui correct --save.", path=path, error=one_line(error))
        ) from error  # fmt: skip
    return CorrectionFile(head, fitted, hashlib.sha256(data).hexdigest())


def _fitted(head: CorrectionHead, arrays: Mapping[str, Any]) -> Fitted | Stain:
    """The correction of these arrays; ValueError where they do not go together."""
    for name, array in arrays.items():
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise ValueError(f"{name} is not of finite float64")
    if set(arrays) <= {"mean", "sd", "absorption", "strength"}:
        return _stain(arrays)
    fitted: Fitted
    if set(arrays) == {"mean", "read", "write"}:
        fitted = Removal(arrays["mean"], arrays["read"], arrays["write"])
        shapes = {arrays["read"].shape, arrays["write"].shape}
        right = len(shapes) == 1 and arrays["read"].ndim == 2
        right = right and arrays["mean"].shape == arrays["read"].shape[:1]
    elif set(arrays) == {"scale", "shift"}:
        fitted = PerCenter(np.array(head.centers), arrays["scale"], arrays["shift"])
        right = arrays["scale"].shape == arrays["shift"].shape == (len(head.centers), head.dim)
        right = right and head.centers == sorted(set(head.centers))
    else:
        raise ValueError(f"arrays {', '.join(sorted(arrays))}")
    if not right or fitted.dim != head.dim:
        raise ValueError("its arrays do not go together")
    return fitted


def _stain(arrays: Mapping[str, Any]) -> Stain:
    """The stain of these arrays; ValueError where they are none."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if shapes == {"mean": (3,), "sd": (3,)} and (arrays["sd"] >= 0).all():
        return LabLook(arrays["mean"], arrays["sd"])
    right = shapes == {"absorption": (3, 2), "strength": (2,)}
    if not right or not (arrays["strength"] > 0).all():
        raise ValueError("its arrays do not go together")
    return StainLook(arrays["absorption"], arrays["strength"])


def require_belongs(head: CorrectionHead, encoder: str, pooling: str, dim: int) -> None:
    """Check that a correction was fitted on the embeddings of an encoder.

    Raises
    ------
    CorrectionError
        If it is of another encoder, pooling or length.
    """
    if (head.encoder, head.pooling, head.dim) != (encoder, pooling, dim):
        raise CorrectionError(
            say("This correction was fitted on {fitted} ({pooling}, {dim} numbers a tile), so it "
                "cannot be applied to {encoder} ({other_pooling}, {other_dim} numbers).",
                fitted=head.encoder, pooling=head.pooling, dim=head.dim, encoder=encoder,
                other_pooling=pooling, other_dim=dim)
        )  # fmt: skip
