"""What several tests of evaluations start from."""

from __future__ import annotations

import pytest

from pathgui.core.slides.slide import open_slide
from tests.known import put


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


@pytest.fixture
def known():
    """Adds encoders to the table for the time of a test."""
    return put
