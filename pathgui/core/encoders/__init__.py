"""Encoders by name: what they are (cheap to ask) and how to load them (not cheap)."""
