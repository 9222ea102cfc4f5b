"""What one payload says of an account, in the words of the book file."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any, Literal

from ringfence.book import Figures
from ringfence.core.number import EXACT

BalanceKind = Literal["shared", "wallet", "equity", "ccxt"]
"""What an amount holds. shared: the shared pool alone; wallet: the isolated wallets too; equity: unrealised P&L as
well, and nothing of options; ccxt: what ccxt's total holds on this venue, which the pack knows."""

DIGITS_MAX = 16
"""Decimals of a price. No exchange quotes more finely."""


@dataclass(slots=True)
class Held:
    """A position as one payload describes it.

    row             keys of a book's ``[[position]]``, as far as the payload has them; symbol in any spelling
    where           its place in the dump
    wallet          [settle] its own collateral without unrealised P&L, if it turns out to be isolated
    figures         what the venue says of it
    contract_size   worked out from the payload's other figures, for contracts that the pack lacks
    derived         its prices are worked out from values: any payload that states them comes first
    max_leverage    of the symbol's first tier, where the venue tells it with the position
    buffered        a liquidation price that a bot has moved towards the entry
    in_coins        contracts counts coins, whatever the contract size is
    """

    row: dict[str, Any]
    where: str
    wallet: Decimal | None = None
    figures: Figures = field(default_factory=Figures)
    contract_size: Decimal | None = None
    derived: bool = False
    max_leverage: Decimal | None = None
    buffered: Decimal | None = None
    in_coins: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """An amount of one asset, and what it holds."""

    asset: str
    amount: Decimal
    kind: BalanceKind
    where: str


@dataclass(slots=True)
class Part:
    """What one payload says. An empty word, list or table: nothing; None: the payload does not speak of it.

    shape, where what was read and where it stood
    exchange     whose collateral it holds, where exchanges of several deployers stand apart unless unified
    more         its list goes on on another page
    venue        a pack's id or alias
    account      the name that the dump gives the account; "": none
    margin_mode  of all positions at once, where the venue's account has one
    by_symbol    symbol -> leverage, margin_mode and isolated wallet, from the venue's settings and accounts
    spot         balances that stand behind contracts in the account modes "unified" and "portfolio" only
    loans        what is borrowed, by asset, where balances are net of it and the venue asks something for it
    quotes       symbol of an option -> implied_volatility, underlying_price
    listed       symbol -> tier rows of all that the venue lists, for symbols that the pack lacks
    presumed     an account mode that nothing states, and the words that say so
    at           when the venue answered
    refused      why an account in this mode cannot be judged yet
    buffer       the part of the distance to the entry by which a bot moves liquidation prices
    """

    shape: str = ""
    where: str = ""
    exchange: str = ""
    more: bool = False
    venue: str = ""
    account: str = ""
    positions: list[Held] | None = None
    balances: list[Balance] | None = None
    spot: list[Balance] | None = None
    orders: list[dict[str, Any]] | None = None
    account_mode: str = ""
    presumed: tuple[str, str] = ("", "")
    position_mode: str = ""
    margin_mode: str = ""
    by_symbol: dict[str, dict[str, Any]] = field(default_factory=dict)
    tiers: list[dict[str, Any]] = field(default_factory=list)
    listed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    instruments: list[dict[str, Any]] = field(default_factory=list)
    marks: dict[str, Decimal] = field(default_factory=dict)
    indices: dict[str, Decimal] = field(default_factory=dict)
    quotes: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    collateral_off: list[str] = field(default_factory=list)
    loans: dict[str, Decimal] = field(default_factory=dict)
    assets: dict[str, Figures] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    at: datetime | None = None
    refused: str = ""
    buffer: Decimal | None = None
    notes: list[str] = field(default_factory=list)


def side_of(quantity: Decimal) -> str:
    """Return the side that a signed quantity means."""
    return "long" if quantity > 0 else "short"


def behind(value: Decimal, quantity: Decimal) -> Decimal:
    """Return the price behind a value: the shortest one that gives it in full, or else to its last digit.

        |value| = price * |quantity|

    A venue prints values rounded and without their last zeros, so what it prints is trusted to its last digit
    and to a millionth, whichever is finer.
    """
    with localcontext(EXACT):
        value, quantity = abs(value), abs(quantity)
        quotient = value / quantity
        if quotient.adjusted() > DIGITS_MAX:
            return quotient
        last = value.as_tuple().exponent
        printed = Decimal(1).scaleb(last if isinstance(last, int) else 0) / 2
        candidates = [round(quotient, digits) for digits in range(DIGITS_MAX + 1)]
        for slack in (Decimal(0), min(printed, value.scaleb(-6))):
            for price in candidates:
                if abs(price * quantity - value) <= slack:
                    return price
    return candidates[-1]


def lot(value: Decimal | None, contracts: Decimal, price: Decimal | None) -> Decimal | None:
    """Return the contract size behind a value. It is a round number: one digit and zeros.

    |value| = contracts * size * price
    """
    if not value or not price:
        return None
    with localcontext(EXACT):
        each = abs(value) / contracts / price
        return round(each, -each.adjusted())


def without(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without the keys that say nothing."""
    return {key: value for key, value in row.items() if value is not None and value != ""}
