"""What users already have, as books: the book file, and what ccxt's calls return."""

from ringfence.importers.read import read

__all__ = ["read"]
