"""Criteria and intended use, set before a run."""
