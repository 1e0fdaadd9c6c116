"""Encoders that users add: a TOML file in a folder, or an entry point of an installed package."""

from __future__ import annotations

import importlib.metadata
import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

from pathgui.core.encoders.catalog import spec_of
from pathgui.core.encoders.facts.entry import Entry, read_entry
from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision, Readiness
from pathgui.core.encoders.weights.weights_files import (
    WeightsFile,
    find_weights_file,
    sha256_of_weights,
)
from pathgui.core.errors import EncoderError, PathguiError, WeightsError
from pathgui.core.language.texts import say

GROUP = "pathgui.encoders"

log = logging.getLogger(__name__)


def own_encoders(folder: Path) -> tuple[tuple[EncoderSpec, ...], tuple[str, ...]]:
    """The encoders that the ``.toml`` files of ``folder`` describe, and what is wrong with others.

    A file is an entry of pathgui's own table (see ``resources/encoders.toml``), with the weights
    beside it, at a path relative to it, or in a repository on the hub.
    """
    specs, faults = [], []
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            specs.append(own_encoder(path))
        except PathguiError as error:
            faults.append(str(error))
        except Exception as error:  # noqa: BLE001 - a user's file; the others must be there all the same
            faults.append(
                say(
                    "{path} does not describe an encoder ({name}: {error}).",
                    path=path,
                    name=type(error).__name__,
                    error=error,
                )
            )
    return tuple(specs), tuple(faults)


def own_encoder(path: Path) -> EncoderSpec:
    """The encoder that the file ``path`` describes.

    Raises EncoderError, naming the file, if it describes none.
    """
    entry = read_entry(path)
    if not entry.weights.file:
        raise EncoderError(
            say('{path} names no weights: add [weights] with file = "...".', path=path)
        )
    if entry.weights.repository:
        return spec_of(entry, origin=say("described in {path}", path=path))
    return _own(path, entry, entry.pooling)


def _own(path: Path, entry: Entry, pooling: str) -> EncoderSpec:
    return replace(
        spec_of(entry, pooling=pooling, origin=f"described in {path}"),
        readiness=partial(_readiness, path, entry),
        load=partial(_load, path, entry, pooling),
        with_pooling=partial(_own, path, entry),
        with_weights=None,
    )


def _weights(path: Path, entry: Entry) -> WeightsFile:
    found = find_weights_file(path.parent / entry.weights.file)
    return WeightsFile(found, sha256_of_weights(found))


def _readiness(path: Path, entry: Entry) -> Readiness:
    try:
        return _weights(path, entry).readiness(entry.weights.sha256)
    except WeightsError as error:
        return Readiness(False, str(error), state="missing")


def _load(path: Path, entry: Entry, pooling: str, device: str, precision: Precision) -> Encoder:
    spec = spec_of(entry, pooling=pooling, weights=_weights(path, entry))
    return spec.load(device, precision)


def packaged_encoders() -> tuple[tuple[EncoderSpec, ...], tuple[str, ...]]:
    """The encoders of installed packages, and what is wrong with others.

    A package announces an :class:`EncoderSpec`, or a function that returns one or several, as an
    entry point of the group ``pathgui.encoders``.
    """
    specs: list[EncoderSpec] = []
    faults = []
    for point in importlib.metadata.entry_points(group=GROUP):
        where = (
            say("the package {dist_name}", dist_name=point.dist.name) if point.dist else point.value
        )
        try:
            found = point.load()
            found = found() if callable(found) and not isinstance(found, EncoderSpec) else found
            for spec in (found,) if isinstance(found, EncoderSpec) else tuple(found):
                if not isinstance(spec, EncoderSpec):
                    raise TypeError(f"{spec!r} is no EncoderSpec")
                specs.append(replace(spec, origin=where, readiness=partial(_told, spec)))
        except Exception as error:  # noqa: BLE001 - anyone's code; the program must start all the same
            faults.append(
                say(
                    "The encoder {point_name} of {where} cannot be used: {error}",
                    point_name=point.name,
                    where=where,
                    error=error,
                )
            )
    return tuple(specs), tuple(faults)


def _told(spec: EncoderSpec) -> Readiness:
    """The readiness of ``spec``; not ready if it cannot even be asked."""
    try:
        return spec.readiness()
    except Exception as error:  # anyone's code; the list must be shown all the same
        log.exception("%s could not say whether it is ready", spec.name)
        return Readiness(
            False,
            say(
                "It could not say whether it is ready ({name}: {error}).",
                name=type(error).__name__,
                error=error,
            ),
        )
