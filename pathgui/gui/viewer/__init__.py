"""The slide viewer: geometry and plans without Qt, reading and painting at the edge."""
