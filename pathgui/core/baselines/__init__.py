"""Evidence over time: a run that is filed, how far its numbers may move, and what a check says."""
