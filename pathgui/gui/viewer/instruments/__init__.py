"""What lies over a slide: scale bar, legend, tools."""
