"""Reading the pixels of a slide file: OpenSlide in a child process, a direct reader for TIFF."""
