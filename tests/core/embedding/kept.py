"""A store with something in it."""

from __future__ import annotations

import numpy as np

from pathgui.core.embedding.embedding_key import EmbeddingKey

KEY = EmbeddingKey("slide", 2500, "mean-color", 4, "abc", "resize", "mean", "fp32", 224, "exact", 1)


def some_values(n=2500, dim=4):
    """Values of n tiles, the same each time."""
    return np.random.default_rng(0).normal(size=(n, dim)).astype(np.float32)


def fill(store, key=KEY, rows=None, values=None):
    """Keep values of some rows, or of all; returns those of all."""
    rows = np.arange(key.n_tiles) if rows is None else rows
    values = some_values(key.n_tiles, key.dim) if values is None else values
    with store.open(key) as stored:
        list(stored.load())
        stored.put(rows, values[rows], np.ones(len(rows), bool))
    return values


def load(store, key=KEY):
    """What is kept under a key."""
    with store.open(key) as stored:
        list(stored.load())
    return stored


def chunk_file(store, name, chunk, key=KEY):
    """The file of one chunk of an array."""
    file = store.folder / key.digest / name / "c" / str(chunk)
    return file / "0" if name == "embeddings" else file
