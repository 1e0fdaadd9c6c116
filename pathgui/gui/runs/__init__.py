"""The list of finished runs."""
