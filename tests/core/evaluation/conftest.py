"""What several tests of evaluations start from."""

from __future__ import annotations

import pytest

from pathgui.core.slides.slide import open_slide
from tests.known import registry


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


@pytest.fixture
def known(monkeypatch):
    """Adds encoders to the table for the time of a test."""
    monkeypatch.setattr(registry, "_specs", dict(registry._specs))

    def add(*specs):
        for spec in specs:
            registry._specs[spec.name] = spec
        return tuple(spec.name for spec in specs)

    return add
