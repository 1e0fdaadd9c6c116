"""The anchors of a page of the documentation."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def anchors_of(page: str) -> set[str]:
    """What ``PAGE.md#...`` may lead to: one for each heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return {
        "".join(c for c in line.lstrip("#").strip().lower() if c.isalnum() or c in " -_")
        .replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }  # fmt: skip
