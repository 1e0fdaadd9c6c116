"""What an embedding in the store is of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class EmbeddingKey:
    """All that decides the numbers. Two keys that differ anywhere never share an embedding."""

    tiles: str  # content key of the tile source
    n_tiles: int
    encoder: str
    dim: int
    weights_sha256: str
    transform: str
    pooling: str
    precision: str
    input_px: int
    preparation: str  # how a tile was brought to input_px
    code_version: int
    batch_size: int = 0  # tiles per forward, which moves the last digits; 0: not embedded here
    correction: str = ""  # sha256 of the file of the correction; "": as the encoder gave it

    @property
    def parts(self) -> dict[str, Any]:
        """The fields by name, as the store keeps them.

        Without a correction that field is missing, as it is in what was kept before there were
        any, so that it is still found.
        """
        parts = asdict(self)
        if not self.correction:
            del parts["correction"]
        return parts

    @property
    def digest(self) -> str:
        """Name of the group: 40 hex digits."""
        text = json.dumps(self.parts, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:40]
