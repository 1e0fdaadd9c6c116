"""Which slide is the demo's, as its files say it, without what draws it."""

from __future__ import annotations

from pathlib import Path

SLIDE_NAME = "demo-slide.tiff"
STAMP = "demo.json"  # lies beside it


def is_demo_slide(path: Path) -> bool:
    """Whether a slide was drawn by this program rather than scanned; asks the disk."""
    return path.name == SLIDE_NAME and path.with_name(STAMP).is_file()
