"""Archives: slides that lie behind an address, found and read over the network."""
