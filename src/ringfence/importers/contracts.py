"""The contracts that one account names, found by any spelling of their symbol."""

from dataclasses import dataclass, field
from typing import Literal, cast

from ringfence.book import Instrument
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

    def _spelled(self, symbol: str) -> str:
        """Return ccxt's spelling of a symbol where the pack knows the venue's; else the symbol as it is."""
        try:
            return resolve_instrument(symbol, self.rules, symbol).symbol
        except BookError:
            return symbol

    def describe(self, fields: Fields) -> None:
        """Take a contract that the book describes itself, in an ``[[instrument]]`` table.

        Raises:
            BookError: something in the table is wrong.

        """
        symbol = self._spelled(fields.text("symbol", example="WIF/USDT:USDT"))
        payoff = cast("Literal['linear', 'inverse']", fields.text("payoff", choices=("linear", "inverse")))
        settle = fields.text("settle", example="USDT")
        underlying = fields.text("underlying", symbol.split("/", maxsplit=1)[0].split("-", maxsplit=1)[0])
        expiry = fields.raw("expiry")
        instrument = Instrument(
            symbol=symbol,
            underlying=underlying,
            quote=fields.text("quote", settle if payoff == "linear" else "USD"),
            settle=settle,
            payoff=payoff,
            contract_size=fields.amount("contract_size", POSITIVE),
            tick=fields.amount("tick", POSITIVE),
            expiry=None if expiry is None else read_day(expiry, fields.place("expiry")),
        )
        fields.done()
        self.own[symbol] = instrument
