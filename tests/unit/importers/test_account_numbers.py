"""Numbers of a table, of whatever type: float64 for the fast engine, to the last digit for the exact one."""

import random
from decimal import Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ringfence.batch.columns import Numbers
from ringfence.importers.accounts.numbers import is_numeric, numbers_of
from ringfence.importers.accounts.place import Place


def read(array: Any) -> Numbers:
    return numbers_of(array, "amount", Place("table", 0, pa.array([str(row) for row in range(len(array))])))


def decimals(count: int, digits: int, places: int) -> list[Decimal | None]:
    """Return random decimals of up to so many digits, some of them nothing, some round."""
    chance = random.Random(f"{count} {digits} {places}")
    found: list[Decimal | None] = [None, Decimal(0).scaleb(-places)]
    while len(found) < count:
        number = chance.randrange(10 ** chance.randint(1, digits))
        if chance.random() < 0.3:
            number -= number % 10 ** chance.randrange(digits)
        found.append(Decimal(number * chance.choice((1, -1))).scaleb(-places))
    return found


def assert_exact(numbers: Numbers, wanted: list[Decimal | None]) -> None:
    assert [numbers.exact(row) for row in range(len(wanted))] == wanted
    for row, number in enumerate(wanted):
        assert number is None or numbers.values[row] == float(number)
        assert number is not None or np.isnan(numbers.values[row])


def assert_short_are_not_kept(numbers: Numbers) -> None:
    assert all(len(number.normalize().as_tuple().digits) > 15 for number in numbers.written.values())


@pytest.mark.parametrize(
    ("precision", "places"),
    [(9, 2), (15, 8), (18, 6), (18, 18), (19, 0), (28, 8), (38, 0), (38, 18), (38, 30), (12, -3)],
)
def test_decimals_are_read_to_the_digit(precision: int, places: int) -> None:
    wanted = decimals(400, precision, places)
    numbers = read(pa.array(wanted, pa.decimal128(precision, places)))
    assert_exact(numbers, wanted)
    assert_short_are_not_kept(numbers)


def test_a_slice_of_decimals_is_read_from_where_it_begins() -> None:
    wanted = decimals(50, 38, 18)
    assert_exact(read(pa.array(wanted, pa.decimal128(38, 18))[7:31]), wanted[7:31])


def test_decimals_at_the_ends_of_their_bits_are_read_to_the_digit() -> None:
    ends = [
        2**63,
        2**63 - 1,
        2**64,
        2**64 - 1,
        2**53 + 1,
        10**15,
        10**15 - 1,
        10**27,
        2**63 * 10**9,
        10**36 + 10**20,
    ]
    wanted: list[Decimal | None] = [Decimal(sign * end) for end in ends for sign in (1, -1)]
    for places in (0, 18):
        scaled = [None if end is None else end.scaleb(-places, Context(prec=40)) for end in wanted]
        assert_exact(read(pa.array(scaled, pa.decimal128(38, places))), scaled)


@pytest.mark.parametrize("kind", [pa.decimal32(7, 2), pa.decimal64(15, 4), pa.decimal256(40, 18)], ids=str)
def test_decimals_of_other_widths_are_read_to_the_digit(kind: Any) -> None:
    wanted = decimals(100, kind.precision, kind.scale)
    assert_exact(read(pa.array(wanted, kind)), wanted)


@pytest.mark.parametrize("digits", [6, 15, 17, 25, 38])
def test_decimal_strings_are_read_to_the_digit(digits: int) -> None:
    wanted = decimals(400, digits, digits // 2)
    texts = [
        None if number is None else format(number, ("f", "E")[row % 2]) for row, number in enumerate(wanted)
    ]
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        numbers = read(pa.array(texts, kind))
        assert_exact(numbers, wanted)
        assert_short_are_not_kept(numbers)
    assert_exact(read(pa.array(texts).dictionary_encode()), wanted)


def test_strings_are_taken_as_a_book_takes_them() -> None:
    texts = [
        "1_000",
        " 2 ",
        "+3",
        ".5",
        "5.",
        "1E-3",
        "0000123456789012345678",
        "-0",
        "1_0.1234567890123456789",
    ]
    assert_exact(read(pa.array(texts)), [Decimal(text.strip()) for text in texts])


def test_a_float64_stands_for_its_shortest_decimal() -> None:
    values = [0.1, 1 / 3, 1e22, -5e-324 * 2**1000, 123456789.123, None]
    wanted = [None if value is None else Decimal(repr(value)) for value in values]
    numbers = read(pa.array(values))
    assert_exact(numbers, wanted)
    assert not numbers.written


def test_a_float32_stands_for_its_shortest_decimal() -> None:
    values = np.array([0.1, 1 / 3, 16777216, 1e-7, 3e20], dtype=np.float32)
    assert_exact(read(pa.array(values)), [Decimal(str(value)) for value in values])


@pytest.mark.parametrize("kind", [pa.int8(), pa.int32(), pa.int64(), pa.uint64()], ids=str)
def test_whole_numbers_are_read_to_the_digit(kind: Any) -> None:
    bits = kind.bit_width - (0 if str(kind).startswith("u") else 1)
    values = [0, 1, 2**bits - 1, 2 ** (bits - 1) + 1, None]
    assert_exact(
        read(pa.array(values, kind)), [None if value is None else Decimal(value) for value in values]
    )


def test_a_column_of_nulls_states_nothing() -> None:
    assert np.isnan(read(pa.nulls(3)).values).all()


def test_flags_days_and_lists_are_no_numbers() -> None:
    assert not any(
        map(is_numeric, (pa.bool_(), pa.date32(), pa.list_(pa.float64()), pa.float16(), pa.binary()))
    )
