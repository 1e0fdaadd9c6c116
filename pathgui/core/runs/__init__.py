"""Runs on disk: the record, its files, what repeats it."""
