"""``ringfence replay BOOK --prices FILE``: through recorded prices, each mode on the same path."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import options
from ringfence.cli.progress import progress

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from ringfence.contrast.replay import Replay
    from ringfence.importers.funding import Rates
    from ringfence.margin.snapshot import Holding
    from ringfence.paths.recorded import Recorded


class PriceKind(StrEnum):
    """Which price drives liquidation, where the file has both."""

    MARK = "mark"
    LAST = "last"


class InsideName(StrEnum):
    """What is taken to happen inside a bar."""

    WORST = "worst"
    TOGETHER = "together"
    CLOSE = "close"


class GapsName(StrEnum):
    """What is done where prices are missing."""

    REFUSE = "refuse"
    HOLD = "hold"
    DROP = "drop"


class FillsName(StrEnum):
    """Who takes forced orders."""

    MARKET = "market"
    NOBODY = "nobody"


def replay(
    books: options.Books,
    prices: Annotated[
        Path,
        typer.Option(
            "--prices",
            metavar="FILE",
            parser=options.file_named,
            help="CSV or Parquet: time,symbol,open,high,low,close, or time,symbol,close, or time,BTC,ETH.",
        ),
    ],
    start: Annotated[str | None, typer.Option("--from", metavar="INSTANT", help="First price.")] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="INSTANT", help="Last price; a day means all of it.")
    ] = None,
    mode: options.Modes = None,
    cut: options.Cut = options.CutName.AT_LEVERAGE,
    venue: options.Venues = None,
    on: options.On = None,
    vols: options.Vols = None,
    margin_mode: options.MarginMode = None,
    price: Annotated[
        PriceKind | None,
        typer.Option("--price", help="Mark or last, where the file has both; default: mark."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="COLUMN=VALUE", help="Which rows of the file are meant, e.g. venue=bybit."
        ),
    ] = None,
    gaps: Annotated[
        GapsName,
        typer.Option("--gaps", help="Missing prices: refuse, hold the last price, or drop such instants."),
    ] = GapsName.REFUSE,
    stand_in: Annotated[
        list[str] | None,
        typer.Option("--stand-in", metavar="COIN=COIN", help="A coin without prices makes another's moves."),
    ] = None,
    still: Annotated[
        str | None, typer.Option("--still", metavar="COIN[,COIN]", help="Coins that do not move, on purpose.")
    ] = None,
    inside: Annotated[
        InsideName,
        typer.Option(
            "--inside",
            help="Inside a bar: all coins at their worst at once, all lows then all highs, or close.",
        ),
    ] = InsideName.WORST,
    fills: Annotated[
        FillsName, typer.Option("--fills", help="Who takes forced orders: the market at mark, or nobody.")
    ] = FillsName.MARKET,
    slippage: Annotated[
        str | None, typer.Option("--slippage", metavar="PART", help="Of the mark, given up by forced orders.")
    ] = None,
    funding: Annotated[
        str | None,
        typer.Option(
            "--funding", metavar="FILE|book", help="Recorded rates, or [feeds] funding_rate every 8 hours."
        ),
    ] = None,
    outage: Annotated[
        list[str] | None,
        typer.Option(
            "--outage", metavar="FROM/TO", help="The venue is out of reach: stale marks, nobody acts."
        ),
    ] = None,
    top_up: Annotated[
        str | None,
        typer.Option(
            "--top-up",
            metavar="POLICY",
            help="Collateral added to a pool that runs low, e.g. ratio=50%,to=25%,delay=30m,cap=5000.",
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--rules-follow-prices", help="The rules of the day of each price, not of the book's."),
    ] = False,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Lead a book through recorded prices in every mode: who is liquidated when, and what would have saved it."""
    from ringfence.importers.bars import Choice
    from ringfence.importers.replay import read_prices
    from ringfence.importers.replay import replay as replayed
    from ringfence.paths.replay import Terms
    from ringfence.paths.top_up import read_top_up
    from ringfence.report.replay import footnotes, in_words, replay_grids, replay_json

    venues, modes = options.names(venue, "--venue"), options.names(mode, "--mode")
    snapshot = options.read_books(
        books, venue=venues[0] if venues else None, on=on, vols=vols, margin_mode=margin_mode
    )
    holding = snapshot.only()
    choice = Choice(
        kind=None if price is None else price.value,
        only=dict(_pair(text, "--only") for text in only or []),
        start=_instant(start, "--from"),
        end=_instant(end, "--to", last=True),
        gaps=gaps.value,
    )
    by = dict(_pair(text, "--stand-in") for text in stand_in or [])
    recorded = read_prices(holding, prices, choice, by, options.names(still, "--still"))
    terms = Terms(
        inside=inside.value,
        fills=fills.value,
        slippage=_slippage(slippage),
        outages=tuple(_outage(text) for text in outage or []),
        funding={} if funding is None else _funding(funding, holding, recorded),
        follow=follow,
        top_up=None if top_up is None else read_top_up(top_up),
    )
    with progress() as told:
        result = replayed(
            snapshot, recorded, modes=modes, cut=cut.value, venues=venues, terms=terms, progress=told
        )
    if form in {options.Format.HTML, options.Format.PNG}:
        return options.write(_drawn(result, form), output)
    text = options.render(replay_json(result), replay_grids(result), form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text += in_words(result) + footnotes(result)
    options.write(text, output)
    return None


def _drawn(result: "Replay", form: options.Format) -> bytes:
    """Return a replay as a page or as an image."""
    if form is options.Format.HTML:
        from ringfence.report.html.page import html

        return html(result).encode()
    from ringfence.report.figures.by_name import png

    return png(result)


def _pair(text: str, option: str) -> tuple[str, str]:
    from ringfence.core.errors import BookError

    one, equals, other = (piece.strip() for piece in text.partition("="))
    if not (one and equals and other):
        raise BookError(f"{option} {text!r}", "it is not NAME=VALUE", "Write SOL=ETH or venue=bybit")
    return one, other


def _instant(text: str | None, option: str, *, last: bool = False) -> "datetime | None":
    """Return an instant that is written; a day means its midnight, or where ``last``, all of it."""
    from datetime import timedelta

    from ringfence.core.instants import read_instant

    if text is None:
        return None
    at = read_instant(text, option)
    whole = last and len(text.strip()) == len("2024-10-24")
    return at + timedelta(days=1) - timedelta(microseconds=1) if whole else at


def _slippage(text: str | None) -> "Decimal":
    from decimal import Decimal

    from ringfence.cli.contrast import share_of
    from ringfence.core.errors import BookError

    share = Decimal(0) if text is None else share_of(text.strip(), "--slippage")
    if not 0 <= share < 1:
        raise BookError(f"--slippage {text}", "it is no part of a price", "Write 0.1% or 0.001")
    return share


def _outage(text: str) -> "tuple[datetime, datetime]":
    from ringfence.core.errors import BookError
    from ringfence.core.instants import read_instant

    first, slash, last = (piece.strip() for piece in text.partition("/"))
    if not (first and slash and last):
        raise BookError(
            f"--outage {text!r}", "it is not FROM/TO", "Write 2020-03-12T22:00:00Z/2020-03-13T01:00:00Z"
        )
    start, end = read_instant(first, "--outage"), read_instant(last, "--outage")
    if end <= start:
        raise BookError(f"--outage {text!r}", "it ends before it begins", "Write FROM/TO, the earlier first")
    return start, end


def _funding(asked: str, holding: "Holding", recorded: "Recorded") -> "Rates":
    from ringfence.core.errors import BookError
    from ringfence.importers.funding import every, read_funding
    from ringfence.importers.replay import names_of

    coins = set(recorded.coins)
    if asked != "book":
        return read_funding(Path(asked), coins, names_of(holding))
    fed = holding.market.feeds.get("funding_rate", {})
    rates = {holding.market.underlyings[symbol]: rate for symbol, rate in fed.items()}
    if not rates:
        raise BookError(
            "--funding book",
            "the book states no rate",
            'Add [feeds] funding_rate = { "BTC/USDT:USDT" = 0.0001 }',
        )
    return every(8, rates, recorded.at[0], recorded.at[-1])
