"""Widgets, icons, colors: what every panel is made of."""
