"""What users already have, as books: the book file, and what exchanges, libraries and bots give."""

from ringfence.importers.read import read

__all__ = ["read"]
