"""Neighbors and maps of a finished run."""
