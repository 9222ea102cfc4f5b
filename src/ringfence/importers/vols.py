"""Volatilities from a file of their own."""

import tomllib
from decimal import Decimal
from pathlib import Path

from ringfence.core.errors import BookError
from ringfence.core.exact import POSITIVE
from ringfence.importers.fields import Fields


def read_vols(path: Path) -> dict[str, Decimal]:
    """Return annual volatilities (365 days, fractions) by coin: a [vols] table, or the keys bare.

    Raises:
        BookError: the file cannot be read, or a value is not a positive number.

    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as fault:
        raise BookError(str(path), fault.strerror or str(fault), "Name a file that can be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BookError(path.name, f"it is not valid TOML: {fault}", "Mend the place it names") from None
    table = document if "vols" in document else {"vols": document}
    return Fields(path.name, table).numbers("vols", POSITIVE)
