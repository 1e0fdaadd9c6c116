"""An encoder of the user's own, as far as its file of weights tells it.

Names and shapes of tensors tell the architecture. They do not tell how the model was trained: its
scale, normalization and pooling are proposed here, and the user decides on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.facts.entry import (
    MOST_PX,
    Entry,
)
from pathgui.core.encoders.networks.renames import strip, unwrap
from pathgui.core.encoders.own_proposals import RGB, Proposal, chains, proposals_of
from pathgui.core.encoders.recognition import describe
from pathgui.core.encoders.weights.shards import INDEX_ENDING
from pathgui.core.encoders.weights.weights_files import find_weights_file, read_shapes
from pathgui.core.errors import EncoderError, WeightsError, first_few, one_line
from pathgui.core.language.texts import in_english, say
from pathgui.core.system.json_records import converted

DrawTiles = Callable[[int], NDArray[np.uint8]]


@dataclass(frozen=True)
class Draft:
    """What a file of weights tells of the model that it is of."""

    weights: Path
    description: str  # of the tensors
    taken_off: tuple[str, ...]  # prefixes of the names of tensors
    proposals: tuple[Proposal, ...]  # the likeliest first; none: `problem` says why
    problem: str = ""

    @property
    def title(self) -> str:
        """A name for the encoder, made of the file's."""
        path = self.weights
        plain = path.name.removesuffix(INDEX_ENDING).partition(".")[0].replace("_", " ")
        usual = plain.lower() in ("model", "pytorch model", "open clip pytorch model")
        return path.absolute().parent.name if usual else plain

    def said(self, proposal: Proposal | None) -> str:
        """What was recognized and what ``proposal`` does with it, in sentences."""
        lines = [
            say(
                "{weights_name} has {description}.",
                weights_name=self.weights.name,
                description=self.description,
            )
        ]
        if proposal is None:
            return "\n".join([*lines, self.problem])
        lines.append(say("It is built as {words}.", words=proposal.words))
        if self.taken_off:
            lines.append(
                say(
                    "Taken off the names of its tensors: {taken_off}",
                    taken_off=" ".join(self.taken_off),
                )
            )
        if proposal.left_out:
            parts = " ".join(proposal.left_out)
            lines.append(say("Left out, since they do not embed a tile: {parts}", parts=parts))
        return "\n".join([*lines, *proposal.assumed])


@dataclass(frozen=True)
class Trial:
    """What came of embedding two drawn tiles."""

    dim: int
    least: float
    most: float
    cosine: float  # of the two embeddings
    seconds: float  # a tile, on the CPU

    def __str__(self) -> str:
        return say(
            "Two drawn tiles gave {dim:,} numbers each, from {least:.3g} to "
            "{most:.3g}. The cosine between them is {cosine:.3f}. "
            "{seconds:.2g} s a tile on the CPU.",
            dim=self.dim,
            least=self.least,
            most=self.most,
            cosine=self.cosine,
            seconds=self.seconds,
        )


def draft_of(path: Path, taken_off: Sequence[str] | None = None) -> Draft:
    """Look at the tensors of ``path``, a file or a folder; no numbers are read.

    ``taken_off`` are prefixes to take off the names of the tensors, in turn; None proposes them.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, or no file of weights.
    """
    weights = find_weights_file(path)
    published = read_shapes(weights)
    bare = unwrap(published)
    if not bare:
        raise WeightsError(
            say("{weights} holds no tensors, so it is no file of weights.", weights=weights)
        )
    for chain in [tuple(taken_off)] if taken_off is not None else chains(bare):
        state = strip(bare, chain)
        proposals = proposals_of(state, chain)
        if proposals:
            return Draft(weights, describe(state), chain, proposals)
    problem = say(
        "pathgui knows no way to build a model with these tensors, of which "
        "the first are {bare}. A description in a TOML file can name the "
        "architecture; a package can bring its own code.",
        bare=first_few(sorted(bare), 3),
    )
    return Draft(weights, describe(bare), (), (), problem)


@in_english()
def facts_of(
    draft: Draft,
    proposal: Proposal,
    *,
    title: str,
    licence: str = "in-house",
    mpp: float,
    input_px: int,
    mean: RGB,
    std: RGB,
    pooling: str,
) -> dict[str, Any]:
    """The description of the encoder as a TOML file holds it.

    Parameters
    ----------
    mpp, input_px
        µm per pixel and side in pixels of the tiles that the model was trained on.
    mean, std
        Of red, green and blue, for values from 0 to 1.
    pooling
        One of ``proposal.poolings``.

    Raises
    ------
    EncoderError
        If the model cannot take tiles of this side, or has no such pooling.
    """
    if pooling not in proposal.poolings:
        raise EncoderError(
            say(
                "This model has no pooling {pooling!r}. There are: {poolings}.",
                pooling=pooling,
                poolings=", ".join(proposal.poolings),
            )
        )
    if not 0 < input_px <= MOST_PX:
        raise EncoderError(say("The side of a tile is from 1 to {MOST_PX:,} px.", MOST_PX=MOST_PX))
    if proposal.patch_px and input_px % proposal.patch_px:
        raise EncoderError(
            say(
                "The model cuts a tile into patches of {patch_px} px: the side "
                "of a tile is a multiple of that. {input_px} px is not.",
                patch_px=proposal.patch_px,
                input_px=input_px,
            )
        )
    model = {
        name: value
        for name, value in msgspec.to_builtins(proposal.model).items()
        if value not in ({}, [], "", None, False)
    }
    arguments = model.get("arguments", {})
    if "img_size" in arguments or (proposal.patch_px and input_px != proposal.input_px):
        model["arguments"] = arguments | {"img_size": input_px}
    if input_px != proposal.input_px and "img_size" in model.get("arguments", {}):
        model["positions"] = "interpolate"
    return {
        "title": title,
        "family": "Own",
        "licence": licence,
        "dim": proposal.dim_of(pooling),
        "input_px": input_px,
        "mpp": mpp,
        "mean": [*mean],
        "std": [*std],
        "pooling": pooling,
        "notes": " ".join((say("Described by its user."), *proposal.assumed)),
        "model": model,
        "weights": {"file": str(draft.weights)},
    }


def try_out(facts: Mapping[str, Any], draft: Draft, draw: DrawTiles) -> Trial:
    """Load the model that ``facts`` describe, strictly, and embed two drawn tiles.

    ``draw`` gives two unlike tiles of a side in pixels, as RGB bytes (2, side, side, 3).

    Raises
    ------
    EncoderError, WeightsError
        If it cannot be built or loaded, or gives what no encoder gives.
    """
    from pathgui.core.encoders.networks.timm_encoder import load_encoder

    entry = converted(facts, Entry)
    encoder = load_encoder(entry, entry.pooling, draft.weights, "cpu", "fp32")
    tiles = draw(entry.input_px)
    start = time.perf_counter()
    try:
        found: NDArray[np.float32] = encoder(tiles)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise EncoderError(
            say("The model cannot embed a tile like this: {one_line}", one_line=one_line(error))
        ) from error
    seconds = (time.perf_counter() - start) / len(tiles)
    if found.shape != (2, entry.dim):
        raise EncoderError(
            say(
                "The model gives {shape:,} numbers a tile, and {dim:,} were expected.",
                shape=found.shape[1],
                dim=entry.dim,
            )
        )
    if not np.isfinite(found).all():
        raise EncoderError(
            say("The model gives numbers that are not finite: its weights are damaged.")
        )
    if np.allclose(found[0], found[1]):
        raise EncoderError(
            say(
                "The model gives the same numbers for two unlike tiles: its "
                "weights are not trained, or something of it is left out."
            )
        )
    lengths = np.linalg.norm(found, axis=1)
    cosine = float(found[0] @ found[1] / (lengths[0] * lengths[1]))
    return Trial(entry.dim, float(found.min()), float(found.max()), cosine, seconds)
