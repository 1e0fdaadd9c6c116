"""Corrections: transforms fitted on some slides and applied to others."""
