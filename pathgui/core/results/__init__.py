"""Numbers of a run turned into words, tables and rows of charts."""
