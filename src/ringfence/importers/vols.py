"""Volatilities from a file of their own."""

from decimal import Decimal
from pathlib import Path

from ringfence.core.errors import BookError
from ringfence.core.exact import POSITIVE
from ringfence.importers.fields import Fields
from ringfence.importers.files import text_of
from ringfence.importers.parse import parse


def read_vols(path: Path) -> dict[str, Decimal]:
    """Return annual volatilities (365 days, fractions) by coin: a [vols] table, or the keys bare.

    Raises:
        BookError: the file cannot be read, or a value is not a positive number.

    """
    text = text_of(path)
    if not text.strip():
        raise BookError(path.name, "it is empty", "Write volatilities by coin, such as BTC = 0.6")
    document = parse(text, path.name)
    bare = not isinstance(document, dict) or "vols" not in document
    try:
        return Fields("", {"vols": document} if bare else document).numbers("vols", POSITIVE)
    except BookError as fault:
        raise fault.within(path.name) from None
