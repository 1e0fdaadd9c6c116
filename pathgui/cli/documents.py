"""Which commands print for a program. It has no texts: start.py asks it before there are any."""

from __future__ import annotations


def prints_json(arguments: list[str]) -> bool:
    """Whether a command prints one JSON document; ``reference check`` writes it into a file.

    >>> prints_json(["doctor", "--json"]), prints_json(["reference", "check", "s", "--json", "f"])
    (True, False)
    """
    return "--json" in arguments and arguments[:2] != ["reference", "check"]
