"""A slide without structure, and child processes of one test alone."""

from __future__ import annotations

import pytest

from pathgui.core.slides.reading import slide_pool
from tests.core.slide_factory import noise, write_slide


@pytest.fixture(scope="module")
def picture():
    return noise(600, 400)


@pytest.fixture(scope="module")
def path(tmp_path_factory, picture):
    return write_slide(tmp_path_factory.mktemp("slides") / "noise.tif", picture)


@pytest.fixture
def pool(monkeypatch):
    """Processes of this test alone."""
    pool = slide_pool.Pool()
    monkeypatch.setattr(slide_pool, "pool", pool)
    yield pool
    pool.close()
