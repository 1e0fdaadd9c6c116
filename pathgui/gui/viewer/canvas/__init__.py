"""Painting a slide and its layers."""
