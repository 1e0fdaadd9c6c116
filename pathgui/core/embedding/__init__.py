"""From tiles to embeddings that are kept."""
