"""Public reference sets: their layouts recognized and imported, and fetched from the hub."""
