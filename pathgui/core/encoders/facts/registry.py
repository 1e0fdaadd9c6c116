"""What can be said of an encoder without loading it, and the registry of those that are known."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.registry import StainTarget
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import say
from pathgui.core.slides.tiling import TileSpec

Precision = Literal["fp32", "bf16", "fp16"]
Preparation = Literal["exact", "fast"]  # how tiles are brought to the encoder's size
# How far the facts about an encoder were checked; "conflict": sources disagree, see the notes.
MppFacts = Literal["stated", "magnification", "convention", "unverified", "none"]
Facts = Literal["verified", "partly", "unverified", "conflict"]
# verified: what the authors say was read; second-hand: a list of encoders says so
TrainingFacts = Literal["verified", "second-hand", "unverified"]
# ready: could run now            download: the hub gives it to anyone
# sign-in: the hub wants an account that accepted terms, and nobody is signed in
# terms: signed in; whether the terms were accepted only the hub knows (see hub.check_access)
# waiting: access was asked for and not yet granted     offline: not here, and the hub is barred
# file: to be got by hand and pointed to                missing: was here, or its package is not
State = Literal["ready", "download", "sign-in", "terms", "waiting", "offline", "file", "missing"]


class Encoder(Protocol):
    """A loaded model."""

    def __call__(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Map RGB tiles of shape (n, s, s, 3), s as the spec's ``input_px``, to (n, d)."""
        ...


@dataclass(frozen=True)
class Readiness:
    """Whether an encoder could run now; if not, what is missing and how to get it."""

    ready: bool
    detail: str = ""  # one line for the user
    weights_sha256: str = ""  # of the weights it would run with; "" without weights
    state: State = "ready"
    path: Path | None = None  # of the weights, where they are one file

    def __post_init__(self) -> None:
        if not self.ready and self.state == "ready":
            object.__setattr__(self, "state", "missing")


class HubFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of weights, as far as known: on the hub, where ``revision`` and ``sha256`` pin it."""

    repository: str = ""
    file: str = ""
    revision: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class EncoderSpec:
    """All that can be said of an encoder without loading it."""

    name: str
    title: str
    dim: int
    tile: TileSpec
    licence: str
    source: str
    transform: str  # in words: resize, scale, normalization
    pooling: str
    params_m: float  # millions
    readiness: Callable[[], Readiness] = field(repr=False, compare=False)
    load: Callable[[str, Precision], Encoder] = field(repr=False, compare=False)  # device
    side_multiple: int = 0  # 0: input is always tile.size_px a side; else see input_px
    recipe: str = ""  # any text that differs where all else is alike, and embeddings are not
    bundled: bool = False  # its weights, if any, come with the program's own packages
    control: bool = False  # shows what an index is worth; not itself to be used: sees no tissue
    family: str = ""
    facts: Facts = "unverified"
    layout_verified: bool = True  # whether somebody read how its file and its model are built
    notes: str = ""
    sources: str = ""  # where the facts were read
    mpp_facts: MppFacts = "unverified"
    published_transform: str = ""  # what the authors do where tiles have another size
    published_precision: str = ""
    gated: Literal["no", "auto", "manual", "yes", "unknown"] = "no"
    page: str = ""  # of the model, to read and to ask for access
    origin: str = ""  # where an encoder of the user's own comes from; "" for pathgui's table
    hub: HubFile | None = None
    correction: str = ""  # sha256 of the file of the correction of it; "": none
    corrected_on: str = ""  # sha256 of the reference set that the correction was fitted on
    # Tiles are brought to these stains before it sees them, one after the other; the file whose
    # sha256 is the correction has them.
    recolorings: tuple[StainTarget, ...] = field(default=(), repr=False, compare=False)
    embeddings: tuple[Path, ...] = ()  # files of embeddings that were imported instead of a model
    training: str = ""  # what it was trained on, in words; "": not known
    trained_on: tuple[str, ...] = ()  # public collections among that, see reference.barcodes
    training_facts: TrainingFacts = "unverified"
    student_of: str = ""  # name of the encoder that it was distilled from, if it is of the table
    poolings: tuple[str, ...] = ()  # all there is a choice of, the published one first
    with_pooling: Callable[[str], EncoderSpec] | None = field(
        default=None, repr=False, compare=False
    )
    with_weights: Callable[[Path], EncoderSpec] | None = field(
        default=None, repr=False, compare=False
    )

    def input_px(self, edge_um: float) -> int:
        """Side of the input in pixels for a tile of ``edge_um``.

        Most encoders take one fixed size. Fully convolutional ones (``side_multiple`` > 0) keep
        their scale instead: the multiple that comes nearest to ``tile.mpp``.
        """
        if not self.side_multiple:
            return self.tile.size_px
        steps = round(edge_um / self.tile.mpp / self.side_multiple)
        return max(1, steps) * self.side_multiple


class ListedEncoder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model that cannot run here: not public, no tile encoder, or with code of its own."""

    name: str
    title: str
    why: str  # it cannot run
    level: Literal["tile", "slide", "other"]
    public: bool
    facts: Facts
    family: str = ""
    licence: str = ""
    page: str = ""
    sources: str = ""

    @property
    def reason(self) -> str:
        """Why it cannot run, and the way left."""
        return say("{why} Embeddings computed elsewhere can be imported.", why=self.why)


class Registry:
    """The encoders that are known: pathgui's own, those of the user and of packages, imports.

    Made once by whoever needs one, and handed on. Any thread may ask and add at any time.
    """

    def __init__(self, specs: Iterable[EncoderSpec] = ()) -> None:
        self._lock = threading.RLock()
        self._specs: dict[str, EncoderSpec] = {}
        for spec in specs:
            self.add(spec)

    def add(self, spec: EncoderSpec) -> None:
        """Add an encoder. A second one of the same name is a mistake: ValueError."""
        with self._lock:
            if spec.name in self._specs:
                raise ValueError(f"encoder {spec.name!r} is already registered")
            self._specs[spec.name] = spec

    def renew(self, spec: EncoderSpec) -> None:
        """Add an encoder of the user's, in place of what was read from the same file or package.

        Raises ValueError if the name is another encoder's.
        """
        with self._lock:
            known = self._specs.get(spec.name)
            if known is not None and known.origin == spec.origin != "":
                self.remove(spec.name)
            self.add(spec)

    def remove(self, name: str) -> None:
        """Forget the encoder called ``name``, if there is one."""
        with self._lock:
            self._specs.pop(name, None)

    def encoders(self) -> tuple[EncoderSpec, ...]:
        """Every encoder that can run here once its weights are, in the order they were added."""
        with self._lock:
            return tuple(self._specs.values())

    def encoder(self, name: str) -> EncoderSpec:
        """The encoder called ``name``; ``name@pooling`` is the same with another pooling.

        Raises
        ------
        EncoderError
            If there is no such encoder, or it has no such pooling.
        """
        base, at, pooling = name.partition("@")
        with self._lock:
            spec = self._specs.get(name)  # of a variant the whole name, as uni@cls~leace
            if spec is not None:
                return spec
            spec = self._specs.get(base)
            known = ", ".join(sorted(self._specs))
        if spec is None:
            raise EncoderError(
                say("No encoder is called {base!r}. There are: {known}.", base=base, known=known)
            )
        if not at:
            return spec
        if spec.with_pooling is None:
            raise EncoderError(
                say(
                    "{spec_title} has one pooling only: {pooling}.",
                    spec_title=spec.title,
                    pooling=spec.pooling,
                )
            )
        return spec.with_pooling(pooling)

    def chosen(self, names: Iterable[str]) -> tuple[EncoderSpec, ...]:
        """The encoders of these names, each once: ``x`` and ``x@cls`` are one if ``x`` pools so."""
        return tuple({spec.name: spec for spec in map(self.encoder, names)}.values())

    def use_weights(self, name: str, path: Path) -> EncoderSpec:
        """From now on, run the encoder ``name`` with the weights in ``path``, a file or a folder.

        ``name`` may be ``x@mean``, which is what is then returned; the other poolings use them
        too. Looks into the file (seconds for gigabytes): it must fit.

        Raises
        ------
        WeightsError
            If the file does not fit; the text says what it is instead.
        """
        self.encoder(name)  # which may have no such pooling
        spec = self._specs.get(name) or self.encoder(name.partition("@")[0])
        if spec.with_weights is None:
            raise EncoderError(
                say("{spec_title} takes no other weights than its own.", spec_title=spec.title)
            )
        spec = spec.with_weights(path)
        with self._lock:
            self._specs[spec.name] = spec
        return self.encoder(name)

    def free_name(self, title: str, otherwise: str) -> str:
        """A name that no encoder has, made of ``title``; of ``otherwise`` if it has no letters."""
        base = re.sub(r"[^a-z0-9.]+", "-", title.lower()).strip("-.") or otherwise
        with self._lock:
            name, number = base, 2
            while name in self._specs:
                name, number = f"{base}-{number}", number + 1
        return name
