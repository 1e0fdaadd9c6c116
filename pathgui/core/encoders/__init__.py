"""Encoders by name: what they are (cheap to ask) and how to load them (not cheap)."""

from pathlib import Path

from pathgui.core.encoders.bundled import BUNDLED as _BUNDLED
from pathgui.core.encoders.catalog import spec_of as _spec_of
from pathgui.core.encoders.facts.entry import read_catalog as _read_catalog
from pathgui.core.encoders.facts.registry import (
    Encoder,
    EncoderSpec,
    ListedEncoder,
    Precision,
    Readiness,
    chosen_encoders,
    encoder,
    encoders,
    register,
    unregister,
    use_weights,
)
from pathgui.core.encoders.own_encoders import own_encoders, packaged_encoders

__all__ = [
    "Encoder",
    "EncoderSpec",
    "ListedEncoder",
    "Precision",
    "Readiness",
    "add_own_encoders",
    "chosen_encoders",
    "encoder",
    "encoders",
    "listed_encoders",
    "register",
    "use_weights",
]

_entries, _listed = _read_catalog()
for _spec in (*_BUNDLED, *(_spec_of(_entry) for _entry in _entries)):
    register(_spec)


def listed_encoders() -> tuple[ListedEncoder, ...]:
    """Models that cannot run here, each with the reason and the way left."""
    return _listed


def add_own_encoders(folder: Path) -> tuple[str, ...]:
    """Register the encoders described in ``folder`` and those of installed packages.

    Returns one sentence for each that cannot be used: it is wrong, or its name is taken.
    """
    faults: list[str] = []
    for specs, wrong in (own_encoders(folder), packaged_encoders()):
        faults.extend(wrong)
        for spec in specs:
            if _is_registered(spec):  # looked for before
                unregister(spec.name)
            try:
                register(spec)
            except ValueError:
                faults.append(f"{spec.title} ({spec.origin}): the name {spec.name!r} is taken.")
    return tuple(faults)


def _is_registered(spec: EncoderSpec) -> bool:
    """Whether the encoder of that name is the one of the same file or package."""
    return any(
        known.name == spec.name and known.origin == spec.origin != "" for known in encoders()
    )
