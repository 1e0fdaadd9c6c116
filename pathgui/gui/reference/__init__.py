"""Choosing a reference set."""
