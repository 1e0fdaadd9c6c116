"""Drills: the program is killed, starved and crowded again and again, and what is left is counted.

Each is a script (``python -m tests.drills.kills --help``) that prints a row of the table in
``docs/reliability.md``. The suite runs a few rounds of each.
"""
