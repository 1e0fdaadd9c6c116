"""What is known of an encoder, in words: the same in the window and in the terminal."""

from __future__ import annotations

from pathgui.core.encoders.facts.registry import EncoderSpec, Facts, State, TrainingFacts

STATES: dict[State, str] = {
    "ready": "Ready",
    "download": "Can be downloaded",
    "sign-in": "Needs sign-in",
    "terms": "Needs accepted terms",
    "waiting": "Waits for approval",
    "offline": "Offline",
    "file": "Needs a file",
    "missing": "Missing",
}

FACTS: dict[Facts, str] = {
    "verified": "Facts verified",
    "partly": "Facts partly checked",
    "unverified": "Facts not checked",
    "conflict": "Sources disagree",
}

_FACTS_LONG: dict[Facts, str] = {
    "verified": "verified: the recipe was read in the authors' own or in two independent sources",
    "partly": "partly checked",
    "unverified": "not checked: nobody compared the recipe with what the authors say",
    "conflict": "sources disagree",
}

_POOLINGS = {
    "cls": "class token",
    "mean": "mean of the patch tokens",
    "cls+mean": "class token, and mean of the patch tokens",
    "all-tokens": "mean of all tokens",
}

_MPP = {
    "stated": "stated by its authors",
    "magnification": "from 20x, which is what its authors state",
    "convention": "by convention",
    "unverified": "not checked",
    "none": "not stated; 0.5 is what most take",
}


_TRAINING: dict[TrainingFacts, str] = {
    "verified": "",
    "second-hand": " (second-hand: a list of encoders says so)",
    "unverified": " (not checked)",
}


def training_in_words(text: str, facts: TrainingFacts) -> str:
    """What an encoder was trained on, and how far that was checked.

    >>> training_in_words("TCGA", "unverified"), training_in_words("", "unverified")
    ('TCGA (not checked)', 'not known')
    """
    return text + _TRAINING[facts] if text else "not known"


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
        facts = f"verified, but not by pathgui: the word of its maker ({spec.origin})"
    tile = f"{spec.tile.size_px} px at {spec.tile.mpp:g} µm/px"
    lines = [
        f"{spec.title} ({spec.name})",
        f"Tile: {tile} (scale {_MPP[spec.mpp_facts]})",
        f"Embedding: {spec.dim} numbers, {pooling_in_words(spec.pooling)}",
        f"Transform: {spec.transform}",
        f"License: {spec.licence}",
        f"Source: {spec.source}",
        f"Trained on: {training_in_words(spec.training, spec.training_facts)}",
        f"Facts: {facts}",
    ]
    if spec.embeddings:
        lines[1] = "Tile: as the other program cut it"
    if spec.published_transform:
        lines.insert(4, f"Tiles of another size, as published: {spec.published_transform}")
    if spec.notes:
        lines.append(f"Notes: {spec.notes}")
    if spec.sources:
        lines.append(f"Read in: {spec.sources}")
    if spec.origin:
        lines.append(f"From: {spec.origin}")
    return lines
