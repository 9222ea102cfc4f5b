"""The contracts that one account names, found by any spelling of their symbol."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from ringfence.book import Instrument, Payoff, Right
from ringfence.book.instrument import EXPIRY_HOUR
from ringfence.core.errors import BookError
from ringfence.core.exact import POSITIVE
from ringfence.core.instants import read_day
from ringfence.importers.fields import Fields
from ringfence.venue import RulePack, resolve_instrument


@dataclass
class Contracts:
    """Contracts by symbol: those a book describes itself, and those of the pack that it names."""

    rules: RulePack
    own: dict[str, Instrument] = field(default_factory=dict)
    found: dict[str, Instrument] = field(default_factory=dict)

    def find(self, symbol: str, where: str) -> Instrument:
        """Return the contract that a symbol names.

        Raises:
            BookError: neither the book nor the pack has it.

        """
        known = self.own.get(symbol) or self.found.get(symbol)
        if known is None:
            known = resolve_instrument(symbol, self.rules, where)
            known = self.own.get(known.symbol, known)
        self.found[known.symbol] = known
        return known

    def _known(self, symbol: str) -> Instrument | None:
        """Return the pack's contract of a symbol, or None where it has none."""
        try:
            return resolve_instrument(symbol, self.rules, symbol)
        except BookError:
            return None

    def _spelled(self, symbol: str) -> str:
        """Return ccxt's spelling of a symbol where the pack knows the venue's; else the symbol as it is."""
        known = self._known(symbol)
        return symbol if known is None else known.symbol

    def describe(self, fields: Fields) -> None:
        """Take a contract that the book describes itself, in an ``[[instrument]]`` table.

        Raises:
            BookError: something in the table is wrong.

        """
        symbol = self._spelled(fields.text("symbol", example="WIF/USDT:USDT"))
        payoff = cast("Payoff", fields.text("payoff", choices=("linear", "inverse", "option", "spot")))
        known = self._known(symbol)
        settle = fields.text("settle", example="USDT")
        underlying = fields.text("underlying", symbol.split("/", maxsplit=1)[0].split("-", maxsplit=1)[0])
        expiry = fields.raw("expiry")
        right = fields.text("option", known.right or "" if known else "", ("call", "put", ""))
        instrument = Instrument(
            symbol=symbol,
            underlying=underlying,
            quote=fields.text("quote", "USD" if settle == underlying else settle),
            settle=settle,
            payoff=payoff,
            contract_size=fields.amount("contract_size", POSITIVE),
            tick=fields.amount("tick", POSITIVE),
            expiry=read_day(expiry, fields.place("expiry")) if expiry is not None else _day_of(known),
            expiry_hour=_hour(expiry, known),
            expiry_minute=expiry.minute if isinstance(expiry, datetime) else 0,
            strike=fields.amount("strike", POSITIVE) or (known.strike if known else None),
            right=cast("Right", right) if right else None,
        )
        _check_option(instrument, known, fields)
        fields.done()
        self.own[symbol] = instrument


def _day_of(known: Instrument | None) -> date | None:
    return known.expiry if known is not None else None


def _hour(expiry: object, known: Instrument | None) -> int:
    """Return the hour of expiry: of the instant that the book states, else the pack's, else 08:00 UTC."""
    if isinstance(expiry, datetime):
        return expiry.hour
    return known.expiry_hour if known is not None else EXPIRY_HOUR


def _check_option(instrument: Instrument, known: Instrument | None, fields: Fields) -> None:
    """Complain about an option that does not say what it is or what its symbol says, and a future with a strike."""
    terms = {"strike": instrument.strike, "option": instrument.right, "expiry": instrument.expiry}
    named = {"strike": known.strike, "option": known.right, "expiry": known.expiry} if known else {}
    for name, value in named.items() if instrument.is_option else ():
        if value is not None and terms[name] != value:
            raise BookError(
                fields.place(name),
                f"{terms[name]} is not what the symbol {instrument.symbol} says: {value}",
                "Leave it out, or give the contract another symbol",
            )
    missing = [name for name, value in terms.items() if value is None]
    if instrument.is_option and missing:
        raise BookError(
            fields.where,
            f"{instrument.symbol} is an option without {missing[0]}",
            f"Add {missing[0]} = ..., or write the symbol as BTC/USD:BTC-251226-60000-C",
        )
    if not instrument.is_option and instrument.strike is not None:
        raise BookError(
            fields.place("strike"), f"{instrument.symbol} is no option", 'Write payoff = "option", or drop it'
        )
