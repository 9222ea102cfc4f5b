"""Ways to spoil a book: garbage in the place of a value, keys lost and found, rows twice, text cut off."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

Path = tuple[str | int, ...]
Mistake = Callable[[st.DrawFn, Any, Path], None]

_DEPTH: Final = 60


def _deep(depth: int = _DEPTH) -> Any:
    inner: Any = "1"
    for _ in range(depth):
        inner = [inner]
    return inner


GARBAGE: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 10**50, 10**5000, 0.0, -0.5, 1e-300, 1e308, float("nan"), float("inf"),
    Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), Decimal("1E+999999"), Decimal("1e-40"),
    "", " ", "0", "-1", "1", "NaN", "Infinity", "-inf", "1e40", "1e-40", "1e41", "1e999999999", "9" * 40, "9" * 41,
    "0." + "3" * 39, "1,000", "0x10", "½", "\u0661", "\u0661\u0662", "1_0", "1 000",
    "2024-13-01", "2024-02-30", "0001-01-01", "9999-12-31", "2024-10-24T25:00", "2024-10-24T08:00:00+14:00",
    date(1, 1, 1), date(9999, 12, 31), datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(2024, 10, 24, 8),  # noqa: DTZ001
    "BTC/USDT:USDT", "BTC/USDT:USDT-999999", "BTC/USDT:USDT-251226", "BTCUSDT_999999", "BTC-99JAN99", "/", ":", "a/b:c",
    "long", "short", "isolated", "cross", "hedge", "entry", "cross:USDT", "cross:*", "isolated:BTC/USDT:USDT",
    "quote", "coin", "contracts", "whole", "slope", "step", "factor_on_initial", "leverage", "tiers", "okx", "dydx",
    "fraction_of_initial", "unified", "😀", "\ud800", "\x00", "a\nb", "\u202e", "x" * 5000,
    [], {}, [[]], [{}], [None], {"a": 1}, {"": ""}, {"\ud800": "1"}, {1: 2}, b"bytes", object, _deep(), {"USDT": "-5"},
    [{"symbol": "BTC/USDT:USDT", "floor": "0", "maintenance_rate": "0.01"}],
    [{"kind": "step", "base_limit": "0", "step": "1e-40", "rate_step": "1e-40"}],
    [{"kind": "step", "base": "0.01", "base_limit": "0", "step": "1", "rate_step": "0"}],
    [{"kind": "slope", "base": "1", "increase": "1e40", "per": "1e-40"}],
    [{"kind": "factor_on_initial", "factor": "1e40"}], [{"kind": "leverage"}],
    [{"kind": "tiers", "scope": "underlying"}],
    [{"taker": "0.99"}], [{"taker": "-0.99", "liquidation": "1"}],
)  # fmt: skip
"""What a hand, a spreadsheet or a broken program might leave behind."""

KEYS: Final = ("contracts", "symbol", "colateral", "", "a b", "1", "é", "\x00", "position", "tier", "rest", "settings",
               "account", "name", "order", "at", "account_mode", "position_mode", "correlation", "feeds")  # fmt: skip


_WRAPS: Final[tuple[Callable[[Any], Any], ...]] = (lambda value: [value], lambda value: {"a": value}, str)


def places(tables: Any, here: Path = ()) -> list[Path]:
    """Return every place in nested tables, outermost first."""
    found: list[Path] = [here] if here else []
    items: list[tuple[str | int, Any]] = []
    if isinstance(tables, dict):
        items = list(tables.items())
    elif isinstance(tables, list):
        items = list(enumerate(tables))
    for key, value in items:
        found += places(value, (*here, key))
    return found


def _parent(tables: Any, place: Path) -> Any:
    for step in place[:-1]:
        tables = tables[step]
    return tables


def at(tables: Any, place: Path) -> Any:
    """Return what stands at a place."""
    return _parent(tables, place)[place[-1]]


def put(tables: Any, place: Path, value: Any) -> None:
    """Put a value at a place."""
    _parent(tables, place)[place[-1]] = value


def _garbage(draw: st.DrawFn, tables: Any, place: Path) -> None:
    put(tables, place, deepcopy(draw(st.sampled_from(GARBAGE))))


def _lose(draw: st.DrawFn, tables: Any, place: Path) -> None:  # noqa: ARG001 - one shape for every mistake
    del _parent(tables, place)[place[-1]]


def _repeat(draw: st.DrawFn, tables: Any, place: Path) -> None:  # noqa: ARG001 - as _lose
    """Put a row of a list there once more; elsewhere, a key's value under another key."""
    parent, value = _parent(tables, place), deepcopy(at(tables, place))
    if isinstance(parent, list):
        parent.append(value)
    else:
        parent[f"{place[-1]}2"] = value


def _swap(draw: st.DrawFn, tables: Any, place: Path) -> None:
    other = draw(st.sampled_from(places(tables)))
    put(tables, place, deepcopy(at(tables, other)))


def _add(draw: st.DrawFn, tables: Any, place: Path) -> None:
    target = at(tables, place)
    key = draw(st.sampled_from(KEYS))
    (target if isinstance(target, dict) else tables)[key] = deepcopy(draw(st.sampled_from(GARBAGE)))


def _wrap(draw: st.DrawFn, tables: Any, place: Path) -> None:
    put(tables, place, draw(st.sampled_from(_WRAPS))(at(tables, place)))


_MISTAKES: Final[tuple[Mistake, ...]] = (_garbage, _garbage, _garbage, _lose, _repeat, _swap, _add, _wrap)


@st.composite
def spoilt(draw: st.DrawFn, books: tuple[dict[str, Any], ...], times: int = 3) -> dict[str, Any]:
    """Draw a book with up to so many mistakes in it."""
    book: dict[str, Any] = deepcopy(draw(st.sampled_from(books)))
    for _ in range(draw(st.integers(1, times))):
        where = places(book)
        if where:
            draw(st.sampled_from(_MISTAKES))(draw, book, draw(st.sampled_from(where)))
    return book
