"""Embeddings are kept under all that they follow from."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from tests.core.embedding.kept import KEY, fill, load


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


@pytest.mark.parametrize("field", [f for f in KEY.__dataclass_fields__ if f != "n_tiles"])
def test_a_key_that_differs_anywhere_shares_nothing(store, field):
    fill(store)
    value = getattr(KEY, field)
    other = replace(KEY, **{field: value + 1 if isinstance(value, int) else value + "x"})
    assert not load(store, other).done.any()
    assert load(store).done.all()


def test_what_was_kept_before_there_were_corrections_is_still_found():
    parts = asdict(KEY)
    assert parts.pop("correction") == ""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    assert KEY.parts == parts
    assert KEY.digest == hashlib.sha256(text.encode()).hexdigest()[:40]
