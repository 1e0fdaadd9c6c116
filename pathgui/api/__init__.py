"""What ``import pathgui`` offers: measurements, evaluations and slides for other programs.

A front end as the terminal is one: it hands to core what users hand in, and core knows none of it.
"""
