"""Does a pathology encoder see tissue, or the hospital that stained it?"""

__version__ = "0.1.0"
