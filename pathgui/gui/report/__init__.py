"""Making and looking at the report."""
