"""Books and the market each of them stands in: what ``ringfence.read`` returns."""

from dataclasses import dataclass

from ringfence.book import Book, Reported
from ringfence.core.errors import BookError
from ringfence.margin.moved import VOL
from ringfence.market import Market


@dataclass(frozen=True, slots=True)
class Holding:
    """One account and its market.

    reported   what the dump says that the venue says, where the account came from one
    """

    book: Book
    market: Market
    reported: Reported | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The accounts of one owner at one instant.

    warnings   what the reader of the files wants to be known
    """

    holdings: tuple[Holding, ...]
    warnings: tuple[str, ...] = ()

    def coins(self) -> set[str]:
        """Return every coin whose price matters here: of contracts, of collateral, of what the market names.

        The volatility of a coin's options is one of them: "BTC vol".
        """
        found: set[str] = set()
        for book, market in ((holding.book, holding.market) for holding in self.holdings):
            for instrument in book.instruments.values():
                found |= {instrument.underlying, instrument.settle}
                found |= {f"{instrument.underlying}{VOL}"} if instrument.is_option else set()
            found |= {*book.collateral, *market.indices, *market.vols}
        return found

    def only(self) -> Holding:
        """Return the account, where there is just one.

        Raises:
            BookError: there are several.

        """
        if len(self.holdings) != 1:
            names = ", ".join(holding.book.account for holding in self.holdings)
            raise BookError("book", f"it holds several accounts ({names})", "Ask about one account at a time")
        return self.holdings[0]
