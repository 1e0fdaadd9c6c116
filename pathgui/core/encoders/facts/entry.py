"""One row of the table of encoders, as it is read and checked."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from pathgui.assets import asset_path
from pathgui.core.encoders.facts.registry import (
    Facts,
    HubFile,
    ListedEncoder,
    MppFacts,
    TrainingFacts,
)
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import noted, say
from pathgui.core.system.json_records import converted, in_words
from pathgui.core.system.toml_files import read_toml

MOST_NUMBERS = 1 << 16  # of an embedding; the widest of the table has 4,608
MOST_PX = 1 << 14  # of a tile at the input of a model

TOKEN_POOLINGS = ("cls", "mean", "cls+mean")
POOLINGS = (*TOKEN_POOLINGS, "all-tokens", "average", "projected", "attention")
Form = Literal[
    "timm", "vit", "dinov2", "dinov2-transformers", "dinov3", "mettle", "keep", "ctranspath",
    "clip", "coca", "clip-transformers", "isight", "clip-timm", "siglip-transformers", "conch",
    "beit3", "rudolf",
]  # fmt: skip
Head = Literal[
    "", "mlp", "projection", "attention", "coca", "tokens", "refine", "channels", "conv-stem",
    "stage-3",
]  # fmt: skip

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
    weights: HubFile = HubFile()  # where the published file is
    family: str = ""
    facts: Facts = "unverified"
    layout: Literal["published", "supposed"] = "published"  # of the tensors in the file
    licence: str = noted("not stated")
    gated: Literal["no", "auto", "manual", "yes", "unknown"] = "unknown"
    page: str = ""
    params_m: float = 0.0
    width: int = 0
    mpp_facts: MppFacts = "none"
    published_transform: str = ""
    published_precision: str = ""
    sources: str = ""
    notes: str = ""
    training: str = ""
    trained_on: list[str] = []
    training_facts: TrainingFacts = "unverified"
    student_of: str = ""  # name of the encoder it was distilled from

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


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    encoder: list[Entry]
    listed: list[ListedEncoder]


def read_catalog() -> tuple[tuple[Entry, ...], tuple[ListedEncoder, ...]]:
    """The encoders of the table that can run here, and those that are only listed."""
    with asset_path("encoders.toml").open("rb") as file:
        table = converted(tomllib.load(file), _Table)
    return tuple(table.encoder), tuple(table.listed)


def read_entry(path: Path) -> Entry:
    """The encoder that the user describes in the TOML file ``path``.

    Raises
    ------
    EncoderError
        Names the file and what in it is wrong.
    """
    try:
        entry = converted(read_toml(path, EncoderError), Entry)
    except (ValueError, OverflowError) as error:  # msgspec's, and numbers that no type holds
        raise EncoderError(
            say(
                "{path} does not describe an encoder: {in_words}.",
                path=path,
                in_words=in_words(error),
            )
        ) from error
    if not entry.name:
        entry = msgspec.structs.replace(entry, name=path.stem)
    if "@" in entry.name or entry.name != entry.name.strip():
        raise EncoderError(
            say("{path}: an encoder's name has no '@' and no spaces around it.", path=path)
        )
    if entry.dim < 1 or entry.input_px < 1 or not entry.mpp > 0 or min(entry.std) <= 0:
        raise EncoderError(say("{path}: dim, input_px, mpp and std must be above 0.", path=path))
    if max(entry.dim, entry.width) > MOST_NUMBERS or entry.input_px > MOST_PX or entry.width < 0:
        raise EncoderError(
            say(
                "{path}: dim and width can be {MOST_NUMBERS:,} at most, and input_px {MOST_PX:,}.",
                path=path,
                MOST_NUMBERS=MOST_NUMBERS,
                MOST_PX=MOST_PX,
            )
        )
    if not all(map(math.isfinite, (entry.mpp, entry.params_m, *entry.mean, *entry.std))):
        raise EncoderError(
            say("{path}: mpp, mean, std and params_m must be finite numbers.", path=path)
        )
    if entry.pooling not in POOLINGS:
        raise EncoderError(
            say(
                "{path}: no pooling is called {pooling!r}. There are: {POOLINGS}.",
                path=path,
                pooling=entry.pooling,
                POOLINGS=", ".join(POOLINGS),
            )
        )
    return entry
