"""Whether a reference set is any good: what it holds, how sharply it measures, what is wrong."""
