"""The search for neighbors, and what is counted among them."""
