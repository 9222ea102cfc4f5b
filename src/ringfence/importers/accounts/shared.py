"""What accounts share: a market file, which is a book file without an account, and what a table adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ringfence.batch.setting import Setting
from ringfence.book import Book, Instrument
from ringfence.core.errors import BookError, InputError
from ringfence.importers.book_file import account_of
from ringfence.importers.contracts import Contracts
from ringfence.importers.fields import Fields
from ringfence.importers.files import text_of
from ringfence.importers.options import with_model_marks
from ringfence.importers.parse import check_words, parse
from ringfence.venue import RulePack, find_pack, rules_of
from ringfence.venue.instruments import deployer_of, facts_of

_OF_AN_ACCOUNT: Final = ("position", "collateral", "order", "rest", "reported", "account")
"""Keys of a book file that a market file has not."""

_OF_A_VENUE: Final = ("account_mode", "tier", "fee", "rules", "settings")
"""Keys that mean something at one venue alone."""

MarketSource = str | Path | Mapping[str, Any]
"""A market file, or its tables in hand."""


@dataclass
class Shared:
    """A setting that grows: contracts, marks and assets that a table names are added as they are met.

    book      the account that nobody has: what the market file says
    symbols   in the order they were met; a code is a place here
    settles   symbol's code -> code of its settlement asset
    """

    book: Book
    setting: Setting
    contracts: Contracts
    symbols: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    settles: list[int] = field(default_factory=list)
    _symbol_codes: dict[str, int] = field(default_factory=dict)
    _asset_codes: dict[str, int] = field(default_factory=dict)
    _marks: dict[str, Decimal] = field(default_factory=dict)
    _underlyings: dict[str, str] = field(default_factory=dict)

    @property
    def rules(self) -> RulePack:
        """Return the rules that judge every account."""
        return self.setting.rules

    @property
    def hedge_mode(self) -> bool:
        """Return whether long and short of one symbol may stand side by side."""
        return self.book.position_mode == "hedge"

    @property
    def marks(self) -> Mapping[str, Decimal]:
        """Return the marks that are known so far."""
        return self._marks

    def instrument(self, code: int) -> Instrument:
        """Return the contract of a symbol's code."""
        return self.contracts.found[self.symbols[code]]

    def symbol_code(self, written: str) -> int:
        """Return the code of a symbol, in whatever spelling.

        Raises:
            BookError: neither the market file nor the venue has it.

        """
        if written not in self._symbol_codes:
            instrument = self.contracts.find(written, "symbol")
            symbol = instrument.symbol
            if symbol not in self._symbol_codes:
                self._symbol_codes[symbol] = len(self.symbols)
                self.symbols.append(symbol)
                self.settles.append(self.asset_code(instrument.settle))
                self._underlyings[symbol] = instrument.underlying
            self._symbol_codes[written] = self._symbol_codes[symbol]
        return self._symbol_codes[written]

    def asset_code(self, written: str) -> int:
        """Return the code of an asset, by the venue's name or ours."""
        if written not in self._asset_codes:
            asset = self.rules.asset(written)
            if asset not in self._asset_codes:
                self._asset_codes[asset] = len(self.assets)
                self.assets.append(asset)
            self._asset_codes[written] = self._asset_codes[asset]
        return self._asset_codes[written]

    def mark(self, code: int, price: Decimal) -> None:
        """Take the mark that a table states for a symbol without one.

        Raises:
            InputError: the symbol is an option, and the mark or its terms cannot be.

        """
        instrument = self.instrument(code)
        self._marks[instrument.symbol] = price
        if instrument.is_option:
            alone = replace(self.book, instruments={instrument.symbol: instrument})
            with_model_marks(self.setting.market, alone, self.rules)

    def isolated_only(self, code: int) -> bool:
        """Return whether the venue allows a symbol in isolated margin only."""
        rule = self.rules.isolated(facts_of(self.instrument(code), "isolated"))
        return rule is not None and rule.only

    def deployer(self, code: int) -> str:
        """Return whose exchange a symbol trades on, where exchanges share no collateral; else always the same."""
        apart = self.rules.account_mode.deployers == "apart"
        return deployer_of(self.symbols[code]) if apart else ""


def shared_of(
    market: MarketSource | None,
    carried: str | None,
    table: str,
    *,
    venue: str | None,
    on: date | str | None,
    account_mode: str | None,
) -> Shared:
    """Return what the accounts of a table stand in.

    Args:
        market: a market file or its tables; None: what the table carries.
        carried: the text of a market file that the table carries.
        table: its name, for a complaint.
        venue: a pack instead of the market's own; what the market says of its own venue's rules then stays behind.
        on: a day instead of the market's own.
        account_mode: an account mode instead of the market's own.

    Raises:
        InputError: there is none, or something in it is wrong.

    """
    name, document = _document(market, carried, table)
    try:
        if not isinstance(document, Mapping):
            raise BookError("", "it holds no tables", 'Begin a market file with venue = "..." and [marks]')
        for key in _OF_AN_ACCOUNT:
            if key in document:
                raise BookError(
                    key, "a market file holds what accounts share, and nothing of an account",
                    "Take it out: positions and collateral are rows of the table",
                )  # fmt: skip
        return _shared(Fields("", _changed(document, venue, on, account_mode)))
    except InputError as fault:
        raise fault.within(name) from None


def _document(market: MarketSource | None, carried: str | None, table: str) -> tuple[str, object]:
    if isinstance(market, Mapping):
        check_words(market, "market")
        return "market", market
    if market is not None:
        path = Path(market)
        return path.name, parse(text_of(path), path.name)
    if carried is None:
        raise BookError(
            table,
            "it says nothing of the market: no venue, no marks",
            "Name a market file: a book file without positions (venue, on, [marks]); "
            "or keep its text in the table's metadata, under the key ringfence",
        )
    name = f"{table}, metadata ringfence"
    return name, parse(carried, f"{name}.toml")


def _changed(
    document: Mapping[str, Any], venue: str | None, on: date | str | None, account_mode: str | None
) -> dict[str, Any]:
    changed = dict(document)
    if venue is not None:
        stated = changed.get("venue")
        if not isinstance(stated, str) or find_pack(stated).venue.id != find_pack(venue).venue.id:
            changed = {key: value for key, value in changed.items() if key not in _OF_A_VENUE}
        changed["venue"] = venue
    if on is not None:
        changed = {key: value for key, value in changed.items() if key != "at"} | {"on": on}
    return changed if account_mode is None else changed | {"account_mode": account_mode}


def _shared(fields: Fields) -> Shared:
    fields.raw("name")
    holding, contracts = account_of(fields, "market")
    book, market = holding.book, holding.market
    marks, underlyings = dict(market.marks), dict(market.underlyings)
    setting = Setting(
        rules=rules_of(book),
        instruments=contracts.found,
        market=replace(market, marks=marks, underlyings=underlyings),
        at=book.at,
        overrides=book.overrides,
    )
    return Shared(book, setting, contracts, _marks=marks, _underlyings=underlyings)
