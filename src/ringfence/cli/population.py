"""``ringfence population``: made-up accounts as a table, to try and time what judges many."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from ringfence.core.errors import BookError

Venue = Annotated[
    str, typer.Option("--venue", metavar="ID", help="The venue's rules (see: ringfence venues).")
]
Accounts = Annotated[int, typer.Option("--accounts", metavar="N", help="How many accounts.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same accounts.")]
Mode = Annotated[str | None, typer.Option("--mode", metavar="MODE", help="An account mode of the venue.")]
Symbols = Annotated[
    str | None,
    typer.Option(
        "--symbols", metavar="SYMBOL[,SYMBOL]", help="Contracts; all that the pack describes, if left out."
    ),
]
Positions = Annotated[
    float | None, typer.Option("--positions", metavar="MEAN", help="Mean number of symbols an account holds.")
]

Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", parser=options.file_named, help="The Parquet file to write; needed."
    ),
]


def population(
    venue: Venue,
    accounts: Accounts = 1000,
    seed: Seed = 1,
    on: options.On = None,
    mode: Mode = None,
    symbols: Symbols = None,
    positions: Positions = None,
    output: Output = None,
) -> None:
    """Make up accounts at synthetic prices, and write them as a Parquet file that carries its market.

    Nothing in it is anybody's: sizes, leverages and collateral are drawn by a documented shape.
    """
    from ringfence.batch.majors import market_of
    from ringfence.batch.population import Shape, populate
    from ringfence.core.errors import BookError
    from ringfence.core.instants import read_day
    from ringfence.importers.accounts.write import write_accounts
    from ringfence.importers.write import market_text

    target = _file(output)
    day = None if on is None else read_day(on, "--on")
    chosen = None if symbols is None else options.names(symbols, "--symbols")
    try:
        shape = (
            Shape(accounts=accounts) if positions is None else Shape(accounts=accounts, positions=positions)
        )
        setting = market_of(venue, chosen, seed, on=day, account_mode=mode)
        columns = populate(shape, setting, seed)
    except BookError as fault:
        raise _of_option(fault) from None
    said = f"Made up by ringfence population, seed {seed}: no account and no price in here is anybody's."
    write_accounts(columns, market_text(setting, hedge_mode=columns.hedge_mode, comments=[said]), target)
    typer.echo(
        f"{target}: {accounts:,} made-up accounts with {len(columns.positions):,} positions in "
        f"{len(columns):,} pools at {setting.rules.venue.id}, seed {seed}."
    )


def _file(output: Path | None) -> Path:
    """Return the file to write, which has to be named: a table of accounts is no text."""
    from ringfence.core.errors import BookError

    if output is None:
        raise BookError("-o", "it is missing", "Name the file to write: -o accounts.parquet")
    if output.suffix != ".parquet":
        raise BookError(f"-o {output}", "accounts are written as Parquet", "Name it .parquet")
    return output


def _of_option(fault: "BookError") -> "BookError":
    """Return a complaint with the option that it is about as its place, where it is about one."""
    from ringfence.core.errors import BookError

    where = fault.where.removeprefix("shape, ")
    option = where.partition(",")[0] in {"accounts", "positions", "seed", "symbols"}
    return BookError(f"--{where}", fault.fault, fault.remedy) if option else fault
