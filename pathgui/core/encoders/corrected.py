"""Encoders whose embeddings or tiles are corrected: variants, called ``uni@cls~within-tissue``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.correction_file import (
    ENDING,
    CorrectionFile,
    CorrectionHead,
    load_correction,
    require_belongs,
    save_correction,
)
from pathgui.core.corrections.fitted import Fitted
from pathgui.core.corrections.registry import (
    Correction,
    StainTarget,
    TileCorrection,
    any_correction,
)
from pathgui.core.corrections.stain import LabLook, Stain, StainLook
from pathgui.core.encoders.facts.registry import (
    Encoder,
    EncoderSpec,
    Precision,
    Readiness,
    Registry,
)
from pathgui.core.errors import CorrectionError, PathguiError, os_errors_as
from pathgui.core.language.texts import say

MARK = "~"  # between the encoder and its correction


@dataclass(frozen=True)
class Corrected:
    """A loaded encoder and what is done to its embeddings."""

    encoder: Encoder
    fitted: Fitted

    def __call__(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Map RGB tiles of shape (n, s, s, 3) to corrected embeddings of shape (n, d)."""
        return self.fitted.apply(self.encoder(tiles)).astype(np.float32)


def corrected_encoder(known: Registry, path: Path) -> EncoderSpec:
    """The variant of an encoder that a file of a correction makes.

    Raises
    ------
    CorrectionError
        If the file is none, the correction needs to know the center of each tile, or it was
        fitted on another encoder, pooling or length.
    EncoderError
        If the encoder is not known.
    """
    file = load_correction(path)
    head, fitted = file.head, file.fitted
    method = any_correction(head.method)
    of_tiles = isinstance(fitted, LabLook | StainLook)
    if of_tiles != isinstance(method, TileCorrection):
        raise CorrectionError(
            say("{path} says that it is of {title}, and holds another correction. Write it again "
                "with pathgui correct --save.", path=path, title=method.title)
        )  # fmt: skip
    if not isinstance(fitted, LabLook | StainLook) and fitted.needs_center:
        raise CorrectionError(
            say("{path}: {title} needs to know the center of each tile, which an encoder does not. "
                "Apply it outside of pathgui, or take a correction that does not need the center.",
                path=path, title=method.title)
        )  # fmt: skip
    spec = known.encoder(head.encoder)
    require_belongs(head, spec.name, spec.pooling, spec.dim)
    return replace(
        _after(spec, method, fitted),
        name=variant_name(spec.name, head.method),
        title=say("{encoder} after {correction}", encoder=spec.title, correction=method.title),
        correction=_sha256_of(spec, file),
        corrected_on=head.reference_sha256,
        origin=say("corrected as in {path}", path=path),
        readiness=partial(_readiness, spec, head.weights_sha256),
        bundled=False,
        embeddings=(),
        poolings=(),
        with_pooling=None,
        with_weights=None,
    )


def _after(
    spec: EncoderSpec, method: Correction | TileCorrection, fitted: Fitted | Stain
) -> EncoderSpec:
    """The encoder that sees recolored tiles, or whose embeddings are corrected."""
    if isinstance(method, TileCorrection) and isinstance(fitted, LabLook | StainLook):
        # What was fitted last is applied to the tiles as they are, so first.
        return replace(spec, recolorings=(StainTarget(method, fitted), *spec.recolorings))
    assert not isinstance(fitted, LabLook | StainLook)
    return replace(spec, load=partial(_load, spec, fitted))


def _sha256_of(spec: EncoderSpec, file: CorrectionFile) -> str:
    """Of the file; where the encoder is corrected already, of both."""
    if not spec.correction:
        return file.sha256
    return hashlib.sha256(f"{spec.correction} {file.sha256}".encode()).hexdigest()


def variant_name(encoder: str, method: str) -> str:
    """What an encoder is called after a correction.

    >>> variant_name("uni@cls+mean", "within-tissue")
    'uni@cls+mean~within-tissue'
    """
    return f"{encoder}{MARK}{method}"


def list_corrected(
    known: Registry, folder: Path, fitted: Fitted | Stain, head: CorrectionHead
) -> EncoderSpec:
    """Keep a correction in ``folder``, and add the variant that it makes of its encoder.

    A correction of that encoder by the same method is replaced.

    Raises
    ------
    CorrectionError
        If it cannot be written, or needs to know the center of each tile.
    """
    if why := any_correction(head.method).why_no_encoder:
        raise CorrectionError(why)
    path = folder / f"{variant_name(head.encoder, head.method)}{ENDING}"
    with os_errors_as(CorrectionError, say("{path} cannot be written", path=path)):
        folder.mkdir(parents=True, exist_ok=True)
    save_correction(path, fitted, head)
    spec = corrected_encoder(known, path)
    known.remove(spec.name)  # fitted before, maybe on another set and in another file
    known.add(spec)
    return spec


def add_corrected(known: Registry, folder: Path) -> tuple[str, ...]:
    """Add a variant for each correction in ``folder``; what is wrong with others."""
    faults = []
    for path in sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else ():
        try:
            known.renew(corrected_encoder(known, path))
        except PathguiError as error:
            faults.append(str(error))
        except ValueError:
            faults.append(
                say("{path} corrects an encoder in the way that another file does already. Keep "
                    "one of the two.", path=path)
            )  # fmt: skip
    return tuple(faults)


def remove_corrected(known: Registry, name: str, folder: Path) -> None:
    """Take a corrected encoder off the list, and its file out of ``folder``.

    Raises
    ------
    CorrectionError
        If the file cannot be removed.
    """
    for path in folder.glob(f"*{ENDING}"):
        try:
            head = load_correction(path).head
        except CorrectionError:  # not the one, whatever it is
            continue
        if variant_name(head.encoder, head.method) == name:
            with os_errors_as(CorrectionError, say("{path} cannot be removed", path=path)):
                path.unlink()
    known.remove(name)


def _readiness(spec: EncoderSpec, weights_sha256: str) -> Readiness:
    found = spec.readiness()
    if found.ready and found.weights_sha256 != weights_sha256:
        return Readiness(
            False,
            say("The correction was fitted with other weights of {encoder}. Fit it again.",
                encoder=spec.title),
        )  # fmt: skip
    return found


def _load(spec: EncoderSpec, fitted: Fitted, device: str, precision: Precision) -> Encoder:
    return Corrected(spec.load(device, precision), fitted)
