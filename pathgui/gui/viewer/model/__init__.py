"""The viewer without Qt: geometry, plans, caches."""
