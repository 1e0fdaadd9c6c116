"""Which tiles are spoiled: blurred, under ink, folded, at a bubble or an edge, empty, or black."""
