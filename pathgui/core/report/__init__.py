"""The report of a finished run, as PDF and HTML."""
