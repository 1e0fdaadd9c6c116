"""Slides: opening, reading, tissue, tiles."""
