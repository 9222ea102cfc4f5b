"""A column of numbers, of whatever type, as float64, with the few that it does not hold beside it as written.

A decimal of at most 15 significant digits is what the nearest float64 is written as, so those are read in bulk; only
longer ones are looked at one by one.
"""

from decimal import Decimal
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ringfence.batch.columns import Numbers
from ringfence.core.errors import InputError
from ringfence.core.exact import DIGITS_MAX, read_decimal
from ringfence.core.number import from_model
from ringfence.importers.accounts.place import Mask, Place, first_of

TAKEN: Final = "a decimal, a float64 or float32, a whole number, or a string that holds a decimal"
"""Types of a column of numbers."""

_SURE_DIGITS: Final = 15
"""Any decimal of so many digits is the shortest that reads back as its float64."""
_WHOLE_MAX: Final = 2**53
_POWERS: Final = np.array([10.0**k for k in range(23)])
"""Powers of ten that a float64 holds: a quotient or product of a small whole number with one is rounded once."""
_BITS: Final = 128
"""Of a decimal that is read in bulk."""
_HALF: Final = np.uint64(32)
_LIMB: Final = np.uint64(2**32 - 1)
_PLAIN: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_LARGE: Final = 10.0 ** (DIGITS_MAX - 1)


def is_numeric(kind: Any) -> bool:
    """Return whether a column of this Arrow type can hold numbers."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_float32(plain)
        or pa.types.is_float64(plain)
        or pa.types.is_integer(plain)
        or pa.types.is_decimal(plain)
        or is_text(plain)
        or pa.types.is_null(plain)
    )


def plain(array: Any) -> Any:
    """Return an array of what its dictionary says, where it has one."""
    if not pa.types.is_dictionary(array.type):
        return array
    words = array.dictionary
    if is_text(words.type):
        words = pc.cast(words, pa.large_string())
    return words.take(array.indices)


def is_text(kind: Any) -> bool:
    """Return whether an Arrow type is of strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view")


def numbers_of(array: Any, column: str, place: Place) -> Numbers:
    """Return a column of numbers; a null is not given.

    Args:
        array: an Arrow array whose type is taken (see ``is_numeric``).
        column: its name, for a complaint.
        place: where the rows stand.

    Raises:
        BookError: something in it is no finite number, or has more than 40 digits.

    """
    array = plain(array)
    if pa.types.is_null(array.type):
        return Numbers(np.full(len(array), np.nan))
    numbers = _of_type(array, column, place)
    _refuse_strange(numbers.values, array, column, place)
    return numbers


def _of_type(array: Any, column: str, place: Place) -> Numbers:
    kind = array.type
    if pa.types.is_float64(kind):
        return Numbers(array.to_numpy(zero_copy_only=False))
    if pa.types.is_float32(kind):
        return Numbers(_floats(pc.cast(pc.cast(array, pa.large_string()), pa.float64())))
    if pa.types.is_integer(kind):
        return _whole(array, column, place)
    if pa.types.is_decimal(kind):
        return _decimal(array, column, place)
    return _text(pc.cast(array, pa.large_string()), column, place)


def _floats(array: Any) -> Any:
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def _valid(array: Any) -> Mask:
    if array.null_count == 0:
        return np.ones(len(array), dtype=np.bool_)
    return np.asarray(array.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _refuse_strange(values: Any, array: Any, column: str, place: Place) -> None:
    """Complain about what is no finite number, and about what has more digits before or after its point than any."""
    size = np.abs(values)
    strange = ~(size < _LARGE) | ((size < 1 / _LARGE) & (values != 0))
    strange &= _valid(array)
    for row in np.flatnonzero(strange):
        _exactly(array[int(row)].as_py(), int(row), column, place)


def _exactly(value: object, row: int, column: str, place: Place) -> Decimal:
    try:
        return read_decimal(value, column)
    except InputError as fault:
        raise place.fault(row, column, fault.fault, "Write a number, or null where there is none") from None


def _with_long(values: Any, array: Any, rows: Any, column: str, place: Place) -> Numbers:
    """Return the column with what of some rows no float64 holds kept as written."""
    written: dict[int, Decimal] = {}
    for row in rows:
        exact = _exactly(array[int(row)].as_py(), int(row), column, place)
        if from_model(float(values[row])) != exact:
            written[int(row)] = exact
    return Numbers(values, written) if written else Numbers(values)


def _whole(array: Any, column: str, place: Place) -> Numbers:
    values = _floats(pc.cast(array, pa.float64(), safe=False))
    long = np.flatnonzero(np.abs(values) >= _WHOLE_MAX)
    return _with_long(values, array, long, column, place)


def _decimal(array: Any, column: str, place: Place) -> Numbers:
    """Return a column of decimals: those whose unscaled number is short by one division, all others as text."""
    kind = array.type
    if kind.bit_width < _BITS:
        array = pc.cast(array, pa.decimal128(kind.precision, kind.scale))
    if array.type.bit_width > _BITS:
        return _text(pc.cast(array, pa.large_string()), column, place)
    halves = np.frombuffer(array.buffers()[1], dtype="<i8").reshape(-1, 2)
    halves = halves[array.offset : array.offset + len(array)]
    unscaled, scale, fits = _narrowed(halves[:, 0], halves[:, 1], kind.scale)
    unscaled, scale = _without_zeros(unscaled, scale)
    short = fits & _is_short(unscaled) & (np.abs(scale) < len(_POWERS))
    power = _POWERS[np.where(short, np.abs(scale), 0)]
    values = np.where(scale >= 0, unscaled / power, unscaled * power)
    values[~_valid(array)] = np.nan
    long = np.flatnonzero(~short & _valid(array))
    if not len(long):
        return Numbers(values)
    rest = _text(pc.cast(array.take(pa.array(long)), pa.large_string()), column, place, long)
    values[long] = rest.values
    return Numbers(values, {int(long[row]): number for row, number in rest.written.items()})


def _is_short(unscaled: Any) -> Any:
    """Return which whole numbers have digits that a float64 holds for sure."""
    return (unscaled < 10**_SURE_DIGITS) & (unscaled > -(10**_SURE_DIGITS))


def _narrowed(low: Any, high: Any, scale: int) -> tuple[Any, Any, Any]:
    """Return whole numbers of 128 bits in 64, less zeros that they end in, their scales, and which ones fit."""
    fits = high == low >> 63
    scales = np.full(len(low), scale, dtype=np.int64)
    wide = np.flatnonzero(~fits)
    if not len(wide):
        return low, scales, fits
    negative = high[wide] < 0
    below, above = low[wide].view(np.uint64), high[wide].view(np.uint64)
    flipped = ~below + np.uint64(1)
    above = np.where(negative, ~above + (flipped == 0), above)
    below = np.where(negative, flipped, below)
    limbs = [above >> _HALF, above & _LIMB, below >> _HALF, below & _LIMB]
    low, even = low.copy(), np.ones(len(wide), dtype=np.bool_)
    for zeros in (9, 18):
        limbs, rest = _quotient(limbs, np.uint64(10**9))
        even &= rest == 0
        found = even & (limbs[0] == 0) & (limbs[1] == 0) & (limbs[2] < 2**31) & ~fits[wide]
        size = ((limbs[2] << _HALF) | limbs[3]).astype(np.int64)
        rows = wide[found]
        low[rows] = np.where(negative, -size, size)[found]
        scales[rows] -= zeros
        fits[rows] = True
    return low, scales, fits


def _quotient(limbs: list[Any], divisor: Any) -> tuple[list[Any], Any]:
    """Return a long number, divided limb by limb of 32 bits, and what is left."""
    rest, found = np.zeros_like(limbs[0]), []
    for limb in limbs:
        rest = (rest << _HALF) | limb
        found.append(rest // divisor)
        rest %= divisor
    return found, rest


def _without_zeros(unscaled: Any, scale: Any) -> tuple[Any, Any]:
    """Return whole numbers without the zeros they end in, and the scale that is left of each."""
    if _is_short(unscaled).all():
        return unscaled, scale
    unscaled, scale = unscaled.copy(), scale.copy()
    for zeros in (8, 8, 4, 2, 1):
        shorter = unscaled // 10**zeros
        ends = shorter * 10**zeros == unscaled
        unscaled[ends] = shorter[ends]
        scale[ends] -= zeros
    return unscaled, scale


def _text(text: Any, column: str, place: Place, rows: Any = None) -> Numbers:
    """Return a column of decimal strings. rows: their rows in the block, where it is a part of it."""
    of = np.arange(len(text)) if rows is None else rows
    try:
        values = _floats(pc.cast(text, pa.float64()))
    except pa.ArrowInvalid:
        return _odd_text(text, column, place, of)
    strange = ~np.isfinite(values) & _valid(text)
    row = first_of(strange)
    if row is not None:
        _exactly(text[row].as_py(), int(of[row]), column, place)
    long = _long_rows(text, values)
    written: dict[int, Decimal] = {}
    for row in long:
        exact = _exactly(text[int(row)].as_py(), int(of[row]), column, place)
        if from_model(float(values[row])) != exact:
            written[int(row)] = exact
    return Numbers(values, written)


def _odd_text(text: Any, column: str, place: Place, of: Any) -> Numbers:
    """Return a column of decimal strings of which some are written as Python alone takes them: 1_000."""
    plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN), fill_value=True)
    odd = np.flatnonzero(~np.asarray(plain.to_numpy(zero_copy_only=False), dtype=np.bool_))
    exact = {int(row): _exactly(text[int(row)].as_py(), int(of[row]), column, place) for row in odd}
    numbers = _text(pc.if_else(plain, text, None), column, place, of)
    written = dict(numbers.written)
    for row, number in exact.items():
        numbers.values[row] = float(number)
        if from_model(float(number)) != number:
            written[row] = number
    return Numbers(numbers.values, written)


def _long_rows(text: Any, values: Any) -> Any:
    """Return the rows whose digits may be more than a float64 holds for sure, or too small for it."""
    length = np.asarray(pc.fill_null(pc.binary_length(text), 0).to_numpy(zero_copy_only=False))
    rows = np.flatnonzero((length > _SURE_DIGITS) | ((values == 0) & (length > 1)))
    if not len(rows):
        return rows
    digits = pc.replace_substring_regex(text.take(pa.array(rows)), r"[eE].*$", "")
    digits = pc.ascii_trim(pc.replace_substring_regex(digits, r"[-+.]", ""), "0")
    count = np.asarray(pc.binary_length(digits).to_numpy(zero_copy_only=False))
    return rows[(count > _SURE_DIGITS) | ((values[rows] == 0) & (count > 0))]
