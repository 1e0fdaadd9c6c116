"""What a finished run is explored by: neighbors and maps."""
