"""``ringfence backtest-model BOOK --prices FILE``: whether a margin model covers what it says, and how it swings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from decimal import Decimal


def backtest_model(
    books: options.Books,
    prices: Annotated[
        Path,
        typer.Option("--prices", metavar="FILE", help="CSV or Parquet: time,symbol,close or time,BTC,ETH."),
    ],
    mode: options.Mode = None,
    cut: options.Cut = options.CutName.AT_LEVERAGE,
    level: Annotated[
        str, typer.Option("--level", help="Share of steps that the requirement is to cover, e.g. 99%.")
    ] = "99%",
    rows: Annotated[int, typer.Option("--rows", help="Rows of the history in one step.")] = 1,
    initial: Annotated[
        bool, typer.Option("--initial", help="Test the initial requirement, not maintenance.")
    ] = False,
    venue: options.Venue = None,
    on: options.On = None,
    vols: options.Vols = None,
    margin_mode: options.MarginMode = None,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Test a margin model on recorded prices: coverage (Kupiec, Christoffersen, traffic light), procyclicality."""
    from ringfence.contrast.backtest import backtest_model as tested
    from ringfence.importers.history import read_history
    from ringfence.report.backtest import backtest_grids, backtest_json, footnotes

    snapshot = options.read_books(books, venue=venue, on=on, vols=vols, margin_mode=margin_mode)
    book = snapshot.only().book
    held = [book.instruments[position.symbol] for position in book.positions]
    names = {word: one.underlying for one in held for word in (one.symbol, f"{one.underlying}{one.quote}")}
    history = read_history(prices, {one.underlying for one in held}, names)
    result = tested(
        snapshot, history, mode=mode or "cross", cut=cut.value, measure="initial" if initial else "maintenance",
        coverage=_share(level), horizon=rows,
    )  # fmt: skip
    text = options.render(backtest_json(result), backtest_grids(result), form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text += "".join(f"{line}\n" for line in footnotes(result))
    options.write(text, output)


def _share(text: str) -> "Decimal":
    from decimal import Decimal

    from ringfence.core.exact import read_decimal

    number = read_decimal(text.removesuffix("%").strip(), "--level")
    return number.scaleb(-2) if text.strip().endswith("%") else number + Decimal(0)
