"""What if a tile had been stained elsewhere, or scanned worse: pixels altered, answers compared."""
