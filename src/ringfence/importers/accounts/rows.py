"""Rows of a table of accounts as arrays: codes for words, float64 for numbers; each checked by itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ringfence.batch.columns import NOT_OPENED, Numbers
from ringfence.core.errors import InputError, suggestion
from ringfence.core.exact import POSITIVE, SHARE, UNSIGNED, Bound
from ringfence.importers.accounts.numbers import is_text, numbers_of, plain
from ringfence.importers.accounts.place import Codes, Ints, Mask, Place, first_of, said
from ringfence.importers.accounts.shared import Shared
from ringfence.importers.accounts.table import OF_POSITIONS

_BOUNDS: Final[Mapping[str, Bound]] = {
    "contracts": POSITIVE,
    "entry_price": POSITIVE,
    "mark_price": POSITIVE,
    "leverage": POSITIVE,
    "contract_size": POSITIVE,
    "maintenance_rate": SHARE,
    "deduction": UNSIGNED,
}
_SIGNS: Final = {"long": 1, "short": -1}
_MODES: Final = {"cross": 0, "isolated": 1}
_OF_A_POSITION: Final = (*OF_POSITIONS, "side", "margin_mode", "opened")
_NEEDED: Final = ("side", "contracts", "entry_price")
_SECONDS: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True, slots=True)
class Rows:
    """A block of rows.

    accounts   names, in order
    account    row -> place in ``accounts``; never falls
    symbol     row -> code; -1: a holding
    asset      row -> code of what is held, or of the settlement asset of the position
    sign       +1 long, -1 short, 0 a holding
    isolated   whether the row is an isolated position
    pool       row -> place in ``pools``; -1: not stated
    pools      ids as they are stated
    numbers    column -> numbers, for columns that state any
    opened     seconds since 1970; the least integer: not given
    """

    place: Place
    accounts: list[str]
    account: Ints
    symbol: Codes
    asset: Codes
    sign: Any
    isolated: Mask
    pool: Codes
    pools: list[str]
    numbers: Mapping[str, Numbers]
    opened: Ints | None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.account)

    @property
    def is_position(self) -> Mask:
        """Return which rows are positions."""
        held: Mask = self.symbol >= 0
        return held

    def stated(self, column: str) -> Any:
        """Return a column's numbers; NaN where there are none."""
        given = self.numbers.get(column)
        return np.full(len(self), np.nan) if given is None else given.values


def rows_of(block: Any, name: str, before: int, shared: Shared) -> Rows:
    """Return a block of rows.

    Args:
        block: an Arrow table whose columns are of the right types.
        name: of the table.
        before: how many of its rows are before the block.
        shared: what its symbols and assets are looked up in, and added to.

    Raises:
        BookError: a row is wrong by itself.

    """
    columns = {column: whole(block.column(column)) for column in block.schema.names}
    place = Place(name, before, columns["account"])
    for column, array in columns.items():
        _check_letters(array, column, place)
    accounts, account = _accounts(columns["account"], place)
    symbol = _coded(columns.get("symbol"), len(account), "symbol", shared.symbol_code, place)
    asset = _coded(columns.get("asset"), len(account), "asset", shared.asset_code, place)
    is_position = symbol >= 0
    place.refuse(is_position & (asset >= 0), "", "it has both a symbol and an asset", _ONE)
    place.refuse(~is_position & (asset < 0), "", "it has neither a symbol nor an asset", _ONE)
    _check_kinds(columns, is_position, place)
    sign = _coded(columns.get("side"), len(account), "side", _choice("side", _SIGNS), place, none=0)
    mode = _coded(
        columns.get("margin_mode"), len(account), "margin_mode", _choice("margin_mode", _MODES), place
    )
    pools: list[str] = []
    pool = _coded(columns.get("pool"), len(account), "pool", _listed(pools), place)
    isolated_pool = np.array([stated.startswith("isolated:") for stated in pools] + [False], dtype=np.bool_)
    numbers = {
        column: numbers_of(columns[column], column, place)
        for column in (*OF_POSITIONS, "amount")
        if column in columns
    }
    _check_bounds(numbers, place)
    settles = np.array([*shared.settles, -1], dtype=np.int32)
    return Rows(
        place=place,
        accounts=accounts,
        account=account,
        symbol=symbol,
        asset=np.where(is_position, settles[symbol], asset),
        sign=sign.astype(np.int8),
        isolated=is_position & ((mode == 1) | ((mode < 0) & isolated_pool[pool])),
        pool=pool,
        pools=pools,
        numbers=numbers,
        opened=_instants(columns.get("opened")),
    )


_ONE: Final = "A row is a position, with a symbol, or a holding, with an asset: state one of the two"


def whole(column: Any) -> Any:
    """Return a column in one piece, its dictionary looked up."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return plain(array)


def _check_letters(array: Any, column: str, place: Place) -> None:
    """Complain about text that is not in UTF-8: a damaged file, as a rule."""
    if not is_text(array.type):
        return
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        nobody = replace(place, accounts=pa.nulls(len(array)))
        row = next((row for row in range(len(array)) if not _is_legible(array[row])), 0)
        raise nobody.fault(
            row, column, "it is not text in UTF-8", "The file may be damaged: write or copy it again"
        ) from None


def _is_legible(word: Any) -> bool:
    try:
        word.as_py()
    except UnicodeDecodeError:
        return False
    return True


def words_of(array: Any) -> Any:
    """Return a column as strings that every function of Arrow takes."""
    return array if pa.types.is_large_string(array.type) else pc.cast(array, pa.large_string())


def _encoded(array: Any) -> tuple[list[str], Any]:
    """Return the distinct words of a column, in the order they come, and each row's; -1: null."""
    encoded = words_of(array).dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return encoded.dictionary.to_pylist(), codes


def _accounts(array: Any, place: Place) -> tuple[list[str], Ints]:
    names, codes = _encoded(array)
    place.refuse(codes < 0, "account", "it is null", "Say whose row it is")
    empty = [code for code, name in enumerate(names) if not name.strip()]
    if empty:
        place.refuse(
            codes == empty[0], "account", f"{names[empty[0]]!r} is not a name", "Say whose row it is"
        )
    back = first_of(codes[1:] < codes[:-1])
    if back is not None:
        earlier = int(np.flatnonzero(codes[: back + 1] == codes[back + 1])[-1])
        raise apart(place, back + 1, place.number(earlier))
    return names, codes.astype(np.int64)


def apart(place: Place, row: int, earlier: int | None) -> InputError:
    """Return the complaint about an account whose rows do not stand together."""
    before = "further up" if earlier is None else f"in row {earlier}"
    return place.fault(
        row,
        "account",
        f"rows of this account end {before}, and begin here again",
        "Sort the table by account, or give each account its own name",
    )


def _coded(
    array: Any, count: int, column: str, code: Callable[[str], int], place: Place, none: int = -1
) -> Codes:
    """Return each row's code of a word; a row without one: ``none``."""
    if array is None or pa.types.is_null(array.type):
        return np.full(count, none, dtype=np.int32)
    words, rows = _encoded(array)
    table = np.full(len(words) + 1, none, dtype=np.int32)
    for place_of_word, word in enumerate(words):
        try:
            table[place_of_word] = code(word)
        except InputError as fault:
            row = int(np.argmax(rows == place_of_word))
            raise place.fault(row, column, fault.fault, fault.remedy) from None
    codes: Codes = table[rows]
    return codes


def _choice(column: str, choices: Mapping[str, int]) -> Callable[[str], int]:
    def code(word: str) -> int:
        if word not in choices:
            raise InputError(column, f"{word!r} is unknown", suggestion(word, choices))
        return choices[word]

    return code


def _listed(words: list[str]) -> Callable[[str], int]:
    def code(word: str) -> int:
        words.append(word)
        return len(words) - 1

    return code


def _is_given(array: Any) -> Mask:
    if array.null_count == 0:
        return np.ones(len(array), dtype=np.bool_)
    return np.asarray(array.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _check_kinds(columns: Mapping[str, Any], is_position: Mask, place: Place) -> None:
    """Complain about a number that a row needs and has not, or has and nothing would use."""
    for column in _NEEDED:
        if column in columns:
            fault, remedy = f"{column} is missing", f"A position needs {', '.join(_NEEDED)}"
            place.refuse(is_position & ~_is_given(columns[column]), column, fault, remedy)
    for column in _in(columns, _OF_A_POSITION):
        place.refuse(
            ~is_position & _is_given(columns[column]),
            column,
            "it stands on a holding, and belongs to positions",
            "Leave it null there, or state a symbol instead of the asset",
        )
    if "amount" in columns:
        given = _is_given(columns["amount"])
        place.refuse(~is_position & ~given, "amount", "amount is missing", "A holding needs an amount")
        place.refuse(
            is_position & given,
            "amount",
            "it stands on a position, and belongs to holdings",
            "Leave it null there; an isolated position's own wallet is its collateral",
        )


def _in(columns: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [name for name in names if name in columns]


def _check_bounds(numbers: Mapping[str, Numbers], place: Place) -> None:
    for column in _in(numbers, _BOUNDS):
        bound, given = _BOUNDS[column], numbers[column]
        wrong = given.values <= bound.low if bound.open else given.values < bound.low
        if bound.high is not None:
            wrong |= given.values > bound.high
        wrong[[row for row, number in given.written.items() if not bound.holds(number)]] = True
        row = first_of(wrong)
        if row is not None:
            hint = (
                "The side carries the sign: contracts is positive" if column == "contracts" else bound.remedy
            )
            raise place.fault(row, column, f"{said(given.exact(row))} is not {bound.text}", hint)


def _instants(array: Any) -> Ints | None:
    """Return seconds since 1970, as far as they are whole; a day means its midnight."""
    if array is None or pa.types.is_null(array.type):
        return None
    if pa.types.is_date(array.type):
        array = pc.cast(array, pa.timestamp("s"))
    counted = pc.fill_null(pc.cast(array, pa.int64()), NOT_OPENED).to_numpy(zero_copy_only=False)
    return np.where(counted == NOT_OPENED, NOT_OPENED, counted // _SECONDS[array.type.unit])
