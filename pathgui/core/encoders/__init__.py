"""Encoders by name: what they are (cheap to ask) and how to load them (not cheap)."""

from pathgui.core.encoders.bundled import BUNDLED as _BUNDLED
from pathgui.core.encoders.registry import (
    Encoder,
    EncoderSpec,
    Precision,
    Readiness,
    encoder,
    encoders,
    register,
)

__all__ = [
    "Encoder",
    "EncoderSpec",
    "Precision",
    "Readiness",
    "encoder",
    "encoders",
    "register",
]

for _spec in _BUNDLED:
    register(_spec)
