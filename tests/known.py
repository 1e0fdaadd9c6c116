"""The encoders that the test at hand knows: pathgui's own, and what it adds to them."""

from __future__ import annotations

from functools import partial

from pathgui.core.encoders import standard, timm_folder
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.imported import as_encoders

registry = standard_encoders()  # as it was after each test: see conftest.py


def put(*specs: EncoderSpec) -> tuple[str, ...]:
    """Add encoders, or put others in their place, for the time of a test; return their names."""
    registry._specs.update({spec.name: spec for spec in specs})
    return tuple(spec.name for spec in specs)


def only(*names: str) -> None:
    """Leave these alone in the table for the time of a test: each costs a window a row."""
    registry._specs = {name: registry._specs[name] for name in names}


encoder = registry.encoder
encoders = registry.encoders
use_weights = registry.use_weights
add_own_encoders = partial(standard.add_own_encoders, registry)
add_timm_folder = partial(timm_folder.add_timm_folder, registry)
add_imports = partial(as_encoders.add_imports, registry)
import_embeddings = partial(as_encoders.import_embeddings, registry)
remove_import = partial(as_encoders.remove_import, registry)
