"""The table of encoders in ``resources/``, and encoder files of the same form that users write."""

from __future__ import annotations

import hashlib
import tomllib
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from pathgui.assets import asset_path
from pathgui.core.encoders.facts.registry import (
    Encoder,
    EncoderSpec,
    Facts,
    HubFile,
    ListedEncoder,
    MppFacts,
    Precision,
    Readiness,
)
from pathgui.core.encoders.weights.weights_files import WeightsFile, find_weights_file, sha256_of
from pathgui.core.errors import EncoderError, WeightsError
from pathgui.core.slides.tiling import TileSpec
from pathgui.core.system.toml_files import read_toml

TOKEN_POOLINGS = ("cls", "mean", "cls+mean")
POOLINGS = (*TOKEN_POOLINGS, "all-tokens", "average", "projected", "attention")
Form = Literal[
    "timm",
    "vit",
    "dinov2",
    "dinov2-transformers",
    "dinov3",
    "mettle",
    "keep",
    "ctranspath",
    "clip",
    "coca",
    "clip-transformers",
    "isight",
    "clip-timm",
    "siglip-transformers",
    "conch",
    "beit3",
]
Head = Literal[
    "",
    "mlp",
    "projection",
    "attention",
    "coca",
    "tokens",
    "refine",
    "channels",
    "conv-stem",
    "stage-3",
]

FORMS_OF_FILES: tuple[str, ...] = get_args(Form)


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What timm builds, and how the tensors of the published file are named."""

    arch: str
    arguments: dict[str, Any] = {}
    form: Form = "timm"
    strip: list[str] = []
    drop: list[str] = []
    eps: float | None = None
    positions: Literal["exact", "interpolate"] = "exact"
    head: Head = ""
    unit: bool = False


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the published file is, as far as known."""

    repository: str = ""
    file: str = ""
    revision: str = ""
    sha256: str = ""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One encoder of the table."""

    name: str = ""
    title: str
    dim: int
    input_px: int
    mpp: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    pooling: str
    model: Model
    weights: Weights = Weights()
    family: str = ""
    facts: Facts = "unverified"
    licence: str = "not stated"
    gated: Literal["no", "auto", "manual", "yes", "unknown"] = "unknown"
    page: str = ""
    params_m: float = 0.0
    width: int = 0
    mpp_facts: MppFacts = "none"
    published_transform: str = ""
    published_precision: str = ""
    sources: str = ""
    notes: str = ""

    @property
    def poolings(self) -> tuple[str, ...]:
        """Every pooling there is a choice of, the published one first."""
        tokens = TOKEN_POOLINGS if self.pooling in TOKEN_POOLINGS or self.width else ()
        return (self.pooling, *(p for p in tokens if p != self.pooling))

    def dim_of(self, pooling: str) -> int:
        """Numbers in an embedding pooled that way."""
        if pooling == self.pooling:
            return self.dim
        width = self.width or (self.dim // 2 if self.pooling == "cls+mean" else self.dim)
        return 2 * width if pooling == "cls+mean" else width


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    title: str
    why: str
    level: Literal["tile", "slide", "other"]
    public: bool
    facts: Facts
    family: str = ""
    licence: str = ""
    page: str = ""
    sources: str = ""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    encoder: list[Entry]
    listed: list[_Listed]


def read_catalog() -> tuple[tuple[Entry, ...], tuple[ListedEncoder, ...]]:
    """The encoders of the table that can run here, and those that are only listed."""
    with asset_path("encoders.toml").open("rb") as file:
        table = msgspec.convert(tomllib.load(file), _Table)
    listed = tuple(
        ListedEncoder(
            name=row.name,
            title=row.title,
            why=row.why,
            reason=f"{row.why} Embeddings computed elsewhere can be imported.",
            level=row.level,
            public=row.public,
            family=row.family,
            facts=row.facts,
            licence=row.licence,
            page=row.page,
            sources=row.sources,
        )
        for row in table.listed
    )
    return tuple(table.encoder), listed


def read_entry(path: Path) -> Entry:
    """The encoder that the user describes in the TOML file ``path``.

    Raises
    ------
    EncoderError
        Names the file and what in it is wrong.
    """
    try:
        entry = msgspec.convert(read_toml(path, EncoderError), Entry)
    except (ValueError, OverflowError) as error:  # msgspec's, and numbers that no type holds
        raise EncoderError(f"{path} does not describe an encoder: {error}.") from error
    if not entry.name:
        entry = msgspec.structs.replace(entry, name=path.stem)
    if "@" in entry.name or entry.name != entry.name.strip():
        raise EncoderError(f"{path}: an encoder's name has no '@' and no spaces around it.")
    if entry.dim < 1 or entry.input_px < 1 or not entry.mpp > 0 or min(entry.std) <= 0:
        raise EncoderError(f"{path}: dim, input_px, mpp and std must be above 0.")
    if entry.pooling not in POOLINGS:
        raise EncoderError(
            f"{path}: no pooling is called {entry.pooling!r}. There are: {', '.join(POOLINGS)}."
        )
    return entry


def spec_of(
    entry: Entry,
    *,
    pooling: str = "",
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
            f"{entry.title} has no pooling {chosen!r}. There are: {', '.join(entry.poolings)}."
        )
    published = chosen == entry.pooling
    again = partial(spec_of, entry, origin=origin)
    hub = entry.weights if entry.weights.repository and entry.weights.file else None
    return EncoderSpec(
        name=entry.name if published else f"{entry.name}@{chosen}",
        title=entry.title if published else f"{entry.title} ({chosen})",
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
        notes=entry.notes,
        sources=entry.sources,
        mpp_facts=entry.mpp_facts,
        published_transform=entry.published_transform,
        published_precision=entry.published_precision,
        gated=entry.gated,
        page=entry.page,
        origin=origin,
        hub=HubFile(hub.repository, hub.file, hub.revision, hub.sha256) if hub else None,
        poolings=entry.poolings,
        with_pooling=lambda other: again(pooling=other, weights=weights),
        with_weights=lambda path: again(pooling=chosen, weights=_adopt(entry, path)),
    )


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
    return WeightsFile(file, sha256_of(file))


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
        raise WeightsError(f"{entry.title} cannot run: {readiness.detail}")
    pinned = entry.weights.sha256
    if weights is None and pinned and sha256_of(readiness.path) != pinned:
        raise WeightsError(
            f"{readiness.path} is not the file that was published (its SHA-256 differs from the "
            f"pinned {pinned[:12]}…). Delete it and download the weights again."
        )
    from pathgui.core.encoders.networks.timm_encoder import load_encoder

    return load_encoder(entry, pooling, readiness.path, device, precision)
