"""No order, shock, day, mode or cut, however written, ends in anything but a result or a complaint."""

from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence
from ringfence.core.instants import read_day, read_instant
from ringfence.market import read_shock
from tests.fuzz.books import EVERY_TABLE
from tests.fuzz.mutations import GARBAGE
from tests.fuzz.outcomes import complaint, typed
from tests.unit.books import reference

CHEAP = settings(max_examples=max(400, settings().max_examples))

NUMBERS = st.sampled_from([
    "0", "1", "-1", "2", "0.5", "1e40", "1e-40", "1e50", "1e999999", "-1e999999", "NaN", "inf", "x", "", "1_0", "1,5",
    "½", "\u0661", "9" * 60, "0." + "0" * 60 + "1",
])  # fmt: skip
SYMBOLS = st.sampled_from([
    "BTC/USDT:USDT", "BTCUSDT", "BTC", "SOL/USDT:USDT", "XRP/USDT:USDT", "NOPE", "BTC/USDT:USDT-991399", "/", "@", "😀",
])  # fmt: skip


@st.composite
def orders(draw: st.DrawFn) -> str:
    """Draw words in the order of an order, some of them odd, some left out."""
    parts = [
        draw(st.sampled_from(["buy", "sell", "BUY", "hold", ""])), draw(NUMBERS), draw(SYMBOLS),
        draw(st.just("") | NUMBERS.map(lambda n: f"@ {n}")), draw(st.just("") | NUMBERS.map(lambda n: f"x{n}")),
        draw(st.sampled_from(["", "isolated", "cross", "crossed"])), draw(st.sampled_from(["", "reduce-only", "now"])),
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


shocks = st.lists(
    st.builds(
        "{}={}{}".format,
        st.sampled_from(["BTC", "eth", "all", "USDT", "", "=", "ÉTÉ"]),
        NUMBERS,
        st.sampled_from(["", "%", "%%"]),
    ),
    max_size=3,
).map(",".join)


@given(orders() | st.text(max_size=30), st.sampled_from(["one-way", "hedge"]))
def test_an_order_is_answered_or_refused(text: str, position_mode: str) -> None:
    snapshot = ringfence.read(reference(position_mode=position_mode))
    complaint(lambda: ringfence.what_if(snapshot, text))


@settings(max_examples=30)
@given(st.builds("{} x{} {}".format, SYMBOLS, NUMBERS, st.sampled_from(["", "isolated", "cross", "x"])))
def test_a_largest_size_is_found_or_refused(text: str) -> None:
    snapshot = ringfence.read(reference())
    complaint(lambda: ringfence.max_size(snapshot, text, read_shock("all=-20%")))


@CHEAP
@given(shocks | st.text(max_size=20))
def test_a_shock_is_read_or_refused(text: str) -> None:
    complaint(lambda: read_shock(text))


@given(shocks)
def test_a_shock_is_judged_or_refused(text: str) -> None:
    typed(["margin", "book.toml", "--shock", text, "--format", "json"], {"book.toml": BOOK})
    snapshot = ringfence.read(EVERY_TABLE)
    complaint(
        lambda: ringfence.survive(
            snapshot, read_shock(text), [("as-held", "as-held"), ("cross", "at-leverage")]
        )
    )


@CHEAP
@given(st.sampled_from(GARBAGE) | st.text(max_size=25) | st.datetimes() | st.dates() | st.integers())
def test_a_day_and_an_instant_are_read_or_refused(value: Any) -> None:
    complaint(lambda: read_day(value, "on"))
    complaint(lambda: read_instant(value, "at"))
    complaint(lambda: ringfence.read(reference(on=value)))
    complaint(lambda: ringfence.read(reference(at=value, on=None)))


@CHEAP
@given(
    st.sampled_from(["isolated", "cross", "as-held", "multi-asset", ""]) | st.text(max_size=12),
    st.sampled_from(["at-leverage", "initial", "equal-leverage", "risk", "as-held", ""])
    | st.text(max_size=12),
)
def test_a_mode_and_a_cut_are_known_or_refused(mode: str, cut: str) -> None:
    snapshot = ringfence.read(reference())
    complaint(lambda: ringfence.assess(snapshot, mode=mode, cut=cast("Any", cut)))


BOOK = b"""
venue = "binance-usdm"
on = 2024-10-24
collateral = { USDT = "16000" }
position = [
  { symbol = "BTCUSDT", side = "long", contracts = "0.5", entry_price = "100000", mark_price = "entry", leverage = 10 },
]
"""

WORDS = st.text(min_size=1, max_size=12).filter(lambda word: "\x00" not in word)


@given(
    st.sampled_from([
        ["--on"], ["--mode"], ["--cut"], ["--venue"], ["--shock"], ["--scenario"], ["--what-if"], ["--survive"],
        ["--max-size"], ["--vols"], ["--margin-mode"], ["--fail-below"], ["--format"], ["--explain", "--symbol"],
    ]),
    WORDS,
)  # fmt: skip
def test_any_word_behind_an_option_is_answered_or_refused(option: list[str], word: str) -> None:
    typed(["margin", "book.toml", *option, word], {"book.toml": BOOK})
