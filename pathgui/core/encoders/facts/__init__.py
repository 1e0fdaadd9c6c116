"""What can be said of an encoder without loading it."""
