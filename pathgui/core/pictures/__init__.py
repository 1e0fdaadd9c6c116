"""Colors, overlays and pictures of tiles."""
