"""Encoders that are built and run here."""
