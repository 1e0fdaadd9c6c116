"""The version of the program: read by the build, kept in every record."""

__version__ = "0.1.0"
