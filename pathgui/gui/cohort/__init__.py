"""The slides of a study: one row a slide, what is known of each, and what it lacks."""
