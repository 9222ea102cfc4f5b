"""No book of options, however odd, and no question about it ends in anything but a result or one complaint."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence
from ringfence.market import read_shock
from tests.fuzz.outcomes import complaint, judged, typed

FEW = settings(max_examples=max(25, settings().max_examples // 2))
"""A book of options is judged in a tenth of a second."""

MODES = {
    "deribit": ("standard", "cross-standard", "portfolio", "cross-portfolio"),
    "bybit": ("unified", "portfolio"),
    "okx": ("multi-currency", "portfolio"),
    "paradex": ("cross", "portfolio"),
    "derive": ("standard", "legacy-portfolio-btc"),
    "us-options": ("reg-t", "portfolio"),
    "binance-options": ("standard",),
}
OF_VENUE = {
    "deribit": ("BTC-26DEC25-{}-{}", "BTC_USDC-26DEC25-{}-{}", "BTC/USD:BTC-251226-{}-{}", "BTC-PERPETUAL"),
    "bybit": ("BTC-26DEC25-{}-{}", "BTC-26DEC25-{}-{}-USDT", "BTC/USDC:USDC-251226-{}-{}", "BTCUSDT"),
    "okx": ("BTC-USD-251226-{}-{}", "BTC/USD:BTC-251226-{}-{}", "BTC-USDT-SWAP"),
    "paradex": ("BTC-USD-26DEC25-{}-{}", "BTC/USD:USDC-251226-{}-{}", "BTC-USD-PERP"),
    "derive": ("BTC-20251226-{}-{}", "BTC/USDC:USDC-251226-{}-{}", "BTC-PERP"),
    "us-options": ("BTC/USD:USD-251226-{}-{}", "BTC/USD:USD"),
    "binance-options": ("BTC-251226-{}-{}", "BTC/USDT:USDT-251226-{}-{}"),
}
"""How each venue, and ccxt, spells an option with a strike and a right, and what can be held beside it."""

ODD = st.sampled_from([
    "BTC-26DEC25-60-C", "BTC-31FEB25-60000-C", "BTC-26DEC25-60000-X", "BTC-26DEC25-0-C", "BTC-26DEC20-60000-C",
    "BTC/USDT:USDT-251226-60000-C", "BTC/USDC:USDC", "BTC/USD:BTC", "BTC/USD:USD", "ETH-26DEC25-3000-P",
    "SOL_USDC-26DEC25-150-C", "XRP_USDC-26DEC25-0d5-C", "BTC-26DEC25-60000", "btc-26dec25-60000-c", "BTC--C", "NOPE",
])  # fmt: skip
SYMBOLS = ODD | st.sampled_from(
    ["BTC-26DEC25-60000-C", "BTC-26DEC25-70000-P", "BTC-PERPETUAL", "BTC/USD:BTC-250926"]
)


def mostly(sound: Any, *odd: Any) -> st.SearchStrategy[Any]:
    """Return a sound value, and now and then an odd one."""
    return st.integers(0, 39).flatmap(lambda n: st.sampled_from(odd if n == 39 else sound))


@st.composite
def spelled(draw: st.DrawFn, venue: str) -> str:
    """Draw a symbol of a venue, now and then an odd one."""
    if draw(st.integers(0, 39)) == 39:
        return draw(ODD)
    shape = draw(st.sampled_from(OF_VENUE[venue]))
    return shape.format(
        draw(st.sampled_from(["50000", "60000", "75000", "200000"])), draw(st.sampled_from("CP"))
    )


@st.composite
def positions(draw: st.DrawFn, venue: str) -> dict[str, Any]:
    """Draw a position in something that may be an option, with what options state."""
    symbol = draw(spelled(venue))
    option = {
        "implied_volatility": draw(mostly(["0.6", "0.3", None], "0", "60", "1e-9", "9.9", "-1", "60%")),
        "underlying_price": draw(mostly(["60000", None], "60", "6e7", "0", "1e-9")),
    }
    row = {
        "symbol": symbol,
        "side": draw(mostly(["long", "short"], "both")),
        "contracts": draw(mostly(["1", "0.1", "7"], "1e-9", "1e12", "1e27", "0", None)),
        "entry_price": draw(mostly(["0.05", "3000"], "60000", "0", "-1", "NaN", None)),
        "mark_price": draw(mostly([None, None, "0.05"], "3000", "60000", "1e-18", "1e28", "entry", "", "0")),
        "contract_size": draw(mostly(["0.01"] if venue == "okx" else [None], "100", "0")),
        "leverage": draw(mostly([None], "5", "0")),
        "margin_mode": draw(mostly([None], "isolated")),
        **(option if len(symbol) > 12 or draw(st.integers(0, 39)) == 39 else {"mark_price": "60000"}),
    }
    return {key: value for key, value in row.items() if value is not None}


@st.composite
def books(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a book of one to four of them, on a venue with options."""
    venue = draw(st.sampled_from(sorted(MODES)))
    asset = draw(st.sampled_from(["BTC", "USDC", "USDT", "USD"]))
    return {
        "venue": venue,
        "account_mode": draw(st.sampled_from(MODES[venue])),
        "at": draw(mostly(["2025-06-01T08:00:00Z", "2025-12-26T07:59:59Z"], "2025-12-26T08:00:00Z")),
        "collateral": {asset: draw(st.sampled_from(["3", "100000", "-5", "0"]))},
        "indices": draw(
            st.sampled_from([{"BTC": "60000", "ETH": "3000"}, {"BTC": "60000"}, {"BTC": "0.001"}, {}])
        ),
        "vols": draw(st.sampled_from([{}, {"BTC": "0.6"}, {"BTC": "60"}])),
        "settings": draw(st.sampled_from([{}, {"unusual_quotes": True}])),
        "position": draw(
            st.lists(positions(venue), min_size=1, max_size=4, unique_by=lambda row: row["symbol"])
        ),
    }


HELD: dict[str, Any] = {
    "venue": "deribit", "account_mode": "portfolio", "at": "2025-06-01T08:00:00Z", "collateral": {"BTC": "3"},
    "indices": {"BTC": "60000"}, "vols": {"BTC": "0.6"},
    "position": [
        {"symbol": "BTC-26DEC25-60000-C", "side": "short", "contracts": "3", "entry_price": "0.1", "mark_price": "0.12",
         "implied_volatility": "0.6", "underlying_price": "60000"},
        {"symbol": "BTC-26DEC25-50000-P", "side": "long", "contracts": "2", "entry_price": "0.1",
         "implied_volatility": "0.7", "underlying_price": "60000"},
        {"symbol": "BTC-PERPETUAL", "side": "long", "contracts": "30000", "entry_price": "59000",
         "mark_price": "60000"},
    ],
}  # fmt: skip


@settings(max_examples=max(200, settings().max_examples))
@given(books())
def test_a_book_of_options_is_read_and_judged_or_refused(book: dict[str, Any]) -> None:
    complaint(lambda: judged(ringfence.read(book)))


@FEW
@given(st.lists(positions("deribit"), max_size=2), st.sampled_from(["zero", "as"]))
def test_odd_positions_beside_sound_ones_are_judged_or_refused(more: list[dict[str, Any]], how: str) -> None:
    indices = {"BTC": "60000", "ETH": "3000", "SOL": "150"} if how == "as" else {"BTC": "60000"}
    complaint(
        lambda: judged(ringfence.read({**HELD, "indices": indices, "position": [*HELD["position"], *more]}))
    )


@FEW
@given(
    st.builds(
        "{} {} {} {}".format, st.sampled_from(["buy", "sell", "hold"]),
        st.sampled_from(["1", "0.1", "0", "1e12", "-1"]), SYMBOLS,
        st.sampled_from(["", "@ 0.05", "@ 0", "@ 3", "@ 1e-9"]),
    )
)  # fmt: skip
def test_an_order_in_an_option_is_answered_or_refused(text: str) -> None:
    snapshot = ringfence.read(HELD)
    complaint(lambda: ringfence.what_if(snapshot, text))


@settings(max_examples=15)
@given(st.builds("{} {}".format, SYMBOLS, st.sampled_from(["", "@ 0.05", "@ 3"])))
def test_a_largest_size_of_an_option_is_found_or_refused(text: str) -> None:
    complaint(lambda: ringfence.max_size(ringfence.read(HELD), text, read_shock("all=-20%")))


@settings(max_examples=20)
@given(
    st.sampled_from([
        ["margin", "book.json", "--survive", "BTC=-99.9%"], ["margin", "book.json", "--shock", "BTC=900%"],
        ["margin", "book.json", "--explain"], ["margin", "book.json", "--mode", "isolated"],
        ["contrast", "book.json", "--shock", "all=-20%"], ["contrast", "book.json", "--grid", "BTC,BTC vol"],
        ["contrast", "book.json", "--venue", "okx,bybit,paradex,derive"], ["margin", "book.json", "--on", "2026-01-01"],
        ["backtest-model", "book.json", "--prices", "prices.csv"],
        ["backtest-model", "book.json", "--prices", "prices.csv", "--rows", "0"],
        ["watch", "book.json", "--prices", "ticks.csv"],
    ]),
    st.sampled_from(["BTC-26DEC25-60000-C", "BTC-PERPETUAL"]),
    st.sampled_from(["time,BTC\n", "time,BTC\n2025-01-01,60000\n", "time,ETH\n2025-01-01,3000\n", "", "a\nb\n"]),
)  # fmt: skip
def test_a_command_about_options_ends_with_a_result_or_with_one_message(
    words: list[str], symbol: str, prices: str
) -> None:
    held = [row for row in HELD["position"] if row["symbol"] == symbol]
    content = json.dumps({**HELD, "position": held}).encode()
    typed(words, {"book.json": content, "prices.csv": prices.encode(), "ticks.csv": prices.encode()})
