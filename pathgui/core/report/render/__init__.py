"""Blocks of a report turned into PDF, HTML and charts."""
