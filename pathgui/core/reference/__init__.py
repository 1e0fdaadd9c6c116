"""Reference sets: tiles whose tissue and center are known."""
