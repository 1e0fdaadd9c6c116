"""The list of encoders and their weights."""
