"""Embeddings that other programs made."""
