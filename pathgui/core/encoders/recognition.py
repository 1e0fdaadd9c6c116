"""Which encoder a file of weights is, told from the names and shapes of its tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from pathgui.core.encoders.facts.entry import Entry, read_catalog
from pathgui.core.encoders.networks.renames import FORMS, State, strip, unwrap
from pathgui.core.encoders.weights.weights_files import read_shapes, sha256_of_weights
from pathgui.core.errors import WeightsError, first_few, plural
from pathgui.core.language.texts import say
from pathgui.core.system.json_records import converted

_PREFIXES = ("module.", "teacher.", "backbone.", "encoder.", "model.")


@dataclass(frozen=True)
class Recognition:
    """What a file of weights is."""

    description: str  # "24 blocks of width 1024, patches of 16 px"
    fits: tuple[str, ...]  # names of the encoders whose every tensor it has, and no other
    published: str = ""  # of these, the one whose published file it is, byte for byte


def recognize(path: Path) -> Recognition:
    """Look at the names and shapes in ``path``, and at its hash where they fit several encoders.

    Raises WeightsError if the file is missing, damaged or holds more than tensors.
    """
    published = read_shapes(path)
    fits = tuple(entry.name for entry in fitting(published))
    return Recognition(describe(published), fits, _published(path, fits))


def fitting(published: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The encoders of the table whose every tensor is among ``published``, and no other is."""
    millions = sum(tensor.numel() for tensor in unwrap(published).values()) / 1e6
    return tuple(
        entry
        for entry in read_catalog()[0]
        # cheap, and true of every entry: no file is smaller than its model
        if entry.params_m < 1.05 * millions and _fits(entry, published)
    )


def _published(path: Path, fits: tuple[str, ...]) -> str:
    """Encoders of one architecture differ in their numbers only: the pinned hash tells which."""
    pinned = {e.weights.sha256: e.name for e in read_catalog()[0] if e.name in fits}
    pinned.pop("", None)
    return pinned.get(sha256_of_weights(path), "") if pinned else ""


def check_fit(entry: Entry, path: Path) -> None:
    """Make sure that ``path`` holds the tensors of ``entry``.

    Raises
    ------
    WeightsError
        Says what the file is instead, and which encoders it fits.
    """
    published = read_shapes(path)
    if _fits(entry, published):
        return
    found = recognize(path)
    titles = {other.name: other.title for other in read_catalog()[0]}
    text = say(
        "{path_name} is not {entry_title}: it has {description}",
        path_name=path.name,
        entry_title=entry.title,
        description=found.description,
    )
    if found.fits:
        text += say("; it fits {fits}", fits=", ".join(titles[name] for name in found.fits))
    else:
        text += say("; it fits no encoder that pathgui knows")
    raise WeightsError(f"{text}. {_difference(entry, published)}")


def _fits(entry: Entry, published: Mapping[str, Any]) -> bool:
    missing, extra, other = compare(entry, published)
    return not (missing or extra or other)


def _difference(entry: Entry, published: Mapping[str, Any]) -> str:
    missing, extra, other = compare(entry, published)
    title, names = entry.title, first_few(missing or extra or other, 1)
    if missing:
        return say("Against {title}, it lacks {names}.", title=title, names=names)
    if extra:
        return say("Against {title}, it has besides {names}.", title=title, names=names)
    if other:
        return say("Against {title}, it has another {names}.", title=title, names=names)
    return ""


def compare(entry: Entry, published: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Names of tensors that ``entry`` misses in a file, that are left over, of another shape."""
    from pathgui.core.encoders.networks.timm_encoder import convert

    model = _skeleton(architecture_of(entry))
    wanted = _shapes(model.state_dict())
    try:
        found = _shapes(convert(entry.model, published, model))
    except (RuntimeError, IndexError, AttributeError, ValueError, AssertionError):
        return list(wanted), [], []  # shapes that its renaming was not made for
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    other = [n for n, shape in wanted.items() if n in found and found[n] != shape]
    return missing, extra, other


def _shapes(state: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}


def architecture_of(entry: Entry) -> bytes:
    """What decides on the names and shapes of ``entry``, and nothing else of it."""
    plain = Entry(
        title=entry.model.arch,
        dim=entry.dim,
        width=entry.width,
        input_px=entry.input_px,
        mpp=1.0,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        pooling=entry.pooling,
        model=msgspec.structs.replace(entry.model, form="timm", strip=[], drop=[]),
    )
    return msgspec.json.encode(plain)


@lru_cache(maxsize=128)
def _skeleton(architecture: bytes) -> Any:
    from pathgui.core.encoders.networks.timm_encoder import skeleton

    return skeleton(converted(msgspec.json.decode(architecture), Entry))


def describe(published: Mapping[str, Any]) -> str:
    """What can be said of tensors whose model is not known."""
    bare = unwrap(published)
    for state in (_as_timm(bare, form) for form in FORMS):
        blocks = {match[1] for name in state if (match := re.match(r"blocks\.(\d+)\.", name))}
        patch = state.get("patch_embed.proj.weight")
        if blocks and patch is not None and patch.ndim == 4:
            text = say(
                "{n_blocks} blocks of width {n_patch}, patches of {shape} px",
                n_blocks=len(blocks),
                n_patch=len(patch),
                shape=patch.shape[-1],
            )
            registers = state.get("reg_token")
            return (
                text
                if registers is None
                else say("{text}, {shape} register tokens", text=text, shape=registers.shape[1])
            )
    millions = sum(tensor.numel() for tensor in bare.values()) / 1e6
    return say(
        "{tensors} with {millions:.1f} million numbers",
        tensors=plural(len(bare), "tensor"),
        millions=millions,
    )


def _as_timm(bare: State, form: str) -> State:
    try:
        return FORMS[form](strip(bare, _PREFIXES))
    except (RuntimeError, IndexError, AttributeError, ValueError):
        return {}
