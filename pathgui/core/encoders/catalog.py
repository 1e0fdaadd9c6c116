"""The table of encoders in ``resources/``, and encoder files of the same form that users write."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import msgspec

from pathgui.core.encoders.facts.entry import Entry
from pathgui.core.encoders.facts.registry import Encoder, EncoderSpec, Precision, Readiness
from pathgui.core.encoders.weights.weights_files import (
    WeightsFile,
    find_weights_file,
    sha256_of,
    sha256_of_weights,
)
from pathgui.core.errors import EncoderError, WeightsError
from pathgui.core.language.texts import say
from pathgui.core.slides.tiling import TileSpec

# After the name of a published encoder that runs with a file which pathgui cannot tell to be the
# published one: it is another, or its hash was never published.
NOT_VERIFIED = ", file not verified"
# After the name of one whose file no public source describes, so that its table is a supposition.
LAYOUT_NOT_VERIFIED = ", layout not verified"


def spec_of(
    entry: Entry,
    pooling: str = "",
    *,
    weights: WeightsFile | None = None,
    origin: str = "",
) -> EncoderSpec:
    """The encoder of ``entry``, as published or with another pooling, or with a file of weights.

    ``weights`` is the file to run with; without one, the hub's cache is asked each time.
    ``origin`` says where an encoder of the user's own is described.
    """
    chosen = pooling or entry.pooling
    if chosen not in entry.poolings:
        raise EncoderError(
            say(
                "{entry_title} has no pooling {chosen!r}. There are: {poolings}.",
                entry_title=entry.title,
                chosen=chosen,
                poolings=", ".join(entry.poolings),
            )
        )
    published = chosen == entry.pooling
    title = entry.title if published else f"{entry.title} ({chosen})"
    if entry.layout == "supposed":
        title += LAYOUT_NOT_VERIFIED
    if weights is not None and weights.sha256 != entry.weights.sha256:
        title += NOT_VERIFIED
    return EncoderSpec(
        name=entry.name if published else f"{entry.name}@{chosen}",
        title=title,
        dim=entry.dim_of(chosen),
        tile=TileSpec(size_px=entry.input_px, mpp=entry.mpp),
        licence=entry.licence,
        source=_source(entry, weights, origin),
        transform=_transform(entry),
        pooling=chosen,
        params_m=entry.params_m,
        recipe=_recipe(entry),
        readiness=partial(_readiness, entry, weights),
        load=partial(_load, entry, chosen, weights),
        family=entry.family,
        facts=entry.facts,
        layout_verified=entry.layout == "published",
        notes=entry.notes,
        sources=entry.sources,
        mpp_facts=entry.mpp_facts,
        published_transform=entry.published_transform,
        published_precision=entry.published_precision,
        gated=entry.gated,
        page=entry.page,
        origin=origin,
        hub=entry.weights if entry.weights.repository and entry.weights.file else None,
        training=entry.training,
        trained_on=tuple(entry.trained_on),
        training_facts=entry.training_facts,
        student_of=entry.student_of,
        poolings=entry.poolings,
        with_pooling=partial(spec_of, entry, weights=weights, origin=origin),
        with_weights=partial(_with_weights, entry, chosen, origin),
    )


def _with_weights(entry: Entry, pooling: str, origin: str, path: Path) -> EncoderSpec:
    return spec_of(entry, pooling=pooling, weights=_adopt(entry, path), origin=origin)


def _source(entry: Entry, weights: WeightsFile | None, origin: str) -> str:
    if weights is not None:
        return f"file {weights.path.name}"
    if entry.weights.repository:
        revision = entry.weights.revision[:12] or "main"
        return f"huggingface.co/{entry.weights.repository} at {revision}"
    return f"described in {Path(origin).name}" if origin else entry.page


def _transform(entry: Entry) -> str:
    size = f"resize to {entry.input_px} × {entry.input_px}"
    mean, std = (", ".join(f"{value:g}" for value in row) for row in (entry.mean, entry.std))
    return f"{size}; (x / 255 - mean) / std, mean {mean}, std {std}"


def _recipe(entry: Entry) -> str:
    """Short hash of what decides an embedding beside weights and pooling."""
    facts = (entry.model, entry.input_px, entry.mean, entry.std, entry.width, entry.pooling)
    encoded = msgspec.json.encode(facts, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()[:16]


def _adopt(entry: Entry, path: Path) -> WeightsFile:
    """The weights in ``path``, a file or a folder, after looking whether they fit ``entry``."""
    from pathgui.core.encoders.recognition import check_fit

    file = find_weights_file(path, entry.weights.file)
    check_fit(entry, file)
    return WeightsFile(file, sha256_of_weights(file))


def _readiness(entry: Entry, weights: WeightsFile | None) -> Readiness:
    if weights is not None:
        return weights.readiness(entry.weights.sha256)
    from pathgui.core.encoders.weights.hub import hub_readiness

    return hub_readiness(entry)


def _load(
    entry: Entry, pooling: str, weights: WeightsFile | None, device: str, precision: Precision
) -> Encoder:
    readiness = _readiness(entry, weights)
    if not readiness.ready or readiness.path is None:
        raise WeightsError(
            say(
                "{entry_title} cannot run: {detail}",
                entry_title=entry.title,
                detail=readiness.detail,
            )
        )
    pinned = entry.weights.sha256
    if weights is None and pinned and sha256_of(readiness.path) != pinned:
        raise WeightsError(
            say(
                "{path} is not the file that was published (its SHA-256 differs "
                "from the pinned {pinned}…). Delete it and download the weights "
                "again.",
                path=readiness.path,
                pinned=pinned[:12],
            )
        )
    from pathgui.core.encoders.networks.timm_encoder import load_encoder

    return load_encoder(entry, pooling, readiness.path, device, precision)
