"""The encoders that the test at hand knows: pathgui's own, and what it adds to them."""

from __future__ import annotations

from functools import partial

from pathgui.core import encoders as of_core
from pathgui.core.encoders import standard_encoders, timm_folder
from pathgui.core.imported import as_encoders

registry = standard_encoders()  # as it was after each test that adds: see conftest.py

encoder = registry.encoder
encoders = registry.encoders
use_weights = registry.use_weights
add_own_encoders = partial(of_core.add_own_encoders, registry)
add_timm_folder = partial(timm_folder.add_timm_folder, registry)
add_imports = partial(as_encoders.add_imports, registry)
import_embeddings = partial(as_encoders.import_embeddings, registry)
remove_import = partial(as_encoders.remove_import, registry)
