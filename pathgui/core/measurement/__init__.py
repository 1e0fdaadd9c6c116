"""Every measurement on one encoder's embeddings of a reference set."""
