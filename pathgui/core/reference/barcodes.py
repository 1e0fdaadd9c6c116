"""Public collections that the names of slides tell: many encoders were trained on them."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Collections whose slides bear ids that no others have.
_BARCODES = {
    "TCGA": re.compile(r"(?<![0-9a-z])tcga-[0-9a-z]{2}-[0-9a-z]{4}(?![0-9a-z])", re.IGNORECASE),
    "CPTAC": re.compile(r"(?<![0-9a-z])c3[ln]-[0-9]{5}(?![0-9])", re.IGNORECASE),
    "GTEx": re.compile(r"(?<![0-9a-z])gtex-[0-9a-z]{4,5}(?![0-9a-z])", re.IGNORECASE),
}
_WORDS = {name: re.compile(rf"(?<!\w){name}(?!\w)", re.IGNORECASE) for name in _BARCODES}

COLLECTIONS = tuple(_BARCODES)


def collections_of(names: Iterable[str]) -> frozenset[str]:
    """The collections whose barcodes stand in any of these names of slides, patients or files.

    >>> sorted(collections_of(["TCGA-3C-AALI-01Z-00-DX1.svs", "tiles/C3L-00001-21.png"]))
    ['CPTAC', 'TCGA']
    >>> collections_of(["tcga-like", "XTCGA-3C-AALI"])
    frozenset()
    """
    text = "\n".join(names)
    return frozenset(name for name, barcode in _BARCODES.items() if barcode.search(text))


def collections_named(text: str) -> frozenset[str]:
    """The collections that a description calls by name.

    >>> collections_named("Tiles of 40 slides of TCGA-BRCA")
    frozenset({'TCGA'})
    """
    return frozenset(name for name, word in _WORDS.items() if word.search(text))
