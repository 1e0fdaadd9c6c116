"""What is known of an encoder, in words: the same in the window and in the terminal."""

from __future__ import annotations

from pathgui.core.encoders.facts.registry import EncoderSpec, Facts, State, TrainingFacts
from pathgui.core.language.texts import say

STATES: dict[State, str] = {
    "ready": say("Ready"),
    "download": say("Can be downloaded"),
    "sign-in": say("Needs sign-in"),
    "terms": say("Needs accepted terms"),
    "waiting": say("Waits for approval"),
    "offline": say("Offline"),
    "file": say("Needs a file"),
    "missing": say("Missing"),
}

FACTS: dict[Facts, str] = {
    "verified": say("Facts verified"),
    "partly": say("Facts partly checked"),
    "unverified": say("Facts not checked"),
    "conflict": say("Sources disagree"),
}

_FACTS_LONG: dict[Facts, str] = {
    "verified": say(
        "verified: the recipe was read in the authors' own or in two independent sources"
    ),
    "partly": say("partly checked"),
    "unverified": say("not checked: nobody compared the recipe with what the authors say"),
    "conflict": say("sources disagree"),
}

_POOLINGS = {
    "cls": say("class token"),
    "mean": say("mean of the patch tokens"),
    "cls+mean": say("class token, and mean of the patch tokens"),
    "all-tokens": say("mean of all tokens"),
}

_MPP = {
    "stated": say("stated by its authors"),
    "magnification": say("from 20x, which is what its authors state"),
    "convention": say("by convention"),
    "unverified": say("not checked"),
    "none": say("not stated; 0.5 is what most take"),
}


_TRAINING: dict[TrainingFacts, str] = {
    "verified": "",
    "second-hand": say(" (second-hand: a list of encoders says so)"),
    "unverified": say(" (not checked)"),
}


def training_in_words(text: str, facts: TrainingFacts) -> str:
    """What an encoder was trained on, and how far that was checked.

    >>> training_in_words("TCGA", "unverified"), training_in_words("", "unverified")
    ('TCGA (not checked)', 'not known')
    """
    return text + _TRAINING[facts] if text else say("not known")


def pooling_in_words(pooling: str) -> str:
    """A pooling as a reader should meet it.

    >>> pooling_in_words("cls"), pooling_in_words("average of the bottleneck")
    ('class token', 'average of the bottleneck')
    """
    return _POOLINGS.get(pooling, pooling)


def fact_lines(spec: EncoderSpec) -> list[str]:
    """All that a user may want to know of an encoder, one fact a line."""
    facts = _FACTS_LONG[spec.facts]
    if spec.facts == "verified" and spec.origin:
        facts = say(
            "verified, but not by pathgui: the word of its maker ({origin})", origin=spec.origin
        )
    tile = say("{size_px} px at {mpp:g} µm/px", size_px=spec.tile.size_px, mpp=spec.tile.mpp)
    lines = [
        f"{spec.title} ({spec.name})",
        say("Tile: {tile} (scale {MPP})", tile=tile, MPP=_MPP[spec.mpp_facts]),
        say(
            "Embedding: {dim} numbers, {pooling_in_words}",
            dim=spec.dim,
            pooling_in_words=pooling_in_words(spec.pooling),
        ),
        say("Transform: {transform}", transform=spec.transform),
        say("License: {licence}", licence=spec.licence),
        say("Source: {source}", source=spec.source),
        say(
            "Trained on: {training_in_words}",
            training_in_words=training_in_words(spec.training, spec.training_facts),
        ),
        say("Facts: {facts}", facts=facts),
    ]
    if spec.embeddings:
        lines[1] = say("Tile: as the other program cut it")
    if not spec.layout_verified:
        lines.append(
            say(
                "Layout: not verified. How its model is built was supposed, not read: compare one "
                "tile with its authors’ own code"
            )
        )
    if spec.published_transform:
        lines.insert(
            4,
            say(
                "Tiles of another size, as published: {published_transform}",
                published_transform=spec.published_transform,
            ),
        )
    if spec.notes:
        lines.append(say("Notes: {notes}", notes=spec.notes))
    if spec.sources:
        lines.append(say("Read in: {sources}", sources=spec.sources))
    if spec.origin:
        lines.append(say("From: {origin}", origin=spec.origin))
    return lines
