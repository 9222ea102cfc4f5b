"""``ringfence margin accounts.parquet``: a table of accounts judged block by block, in bounded memory."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import options
from ringfence.cli.warm_up import announce

if TYPE_CHECKING:
    from ringfence.importers.accounts.open import Accounts
    from ringfence.screen.verdicts import Verdicts

Market = Annotated[
    Path | None,
    typer.Option("--market", metavar="FILE", help="Of a table of accounts: a book file of what they share."),
]
Positions = Annotated[
    Path | None,
    typer.Option("--positions", metavar="FILE", help="Of a table of accounts: write a row a position here."),
]


def is_table_of_accounts(books: Sequence[Path]) -> bool:
    """Return whether the one file that is named is a table of accounts, and no book."""
    from ringfence.importers.files import is_parquet

    return len(books) == 1 and is_parquet(books[0])


def no_other_question(**asked: object) -> None:
    """Complain about an option that a table of accounts does not answer."""
    from ringfence.core.errors import BookError

    named = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value]
    if named:
        raise BookError(
            " and ".join(named), "a table of accounts is judged as it is held, and asked nothing else",
            "Leave it out, or name the book file of one account",
        )  # fmt: skip


def judge_table(
    path: Path,
    market: Path | None,
    venue: str | None,
    on: str | None,
    form: options.Format,
    output: Path | None,
    positions: Path | None,
) -> None:
    """Judge a table of accounts: every pool into a Parquet file where one is named, and a count on the screen."""
    from ringfence.importers.accounts.open import open_accounts
    from ringfence.report.tally import Tally, tally_dict, tally_grid, tally_notes

    tables = _tables(form, output, positions)
    opened = open_accounts(path, market, venue=venue, on=on)
    announce(opened.rows or sys.maxsize)
    tally = Tally()
    with _writers(tables) as write, _progress(opened) as done:
        for found in done(_judged(opened)):
            tally.add(found)
            write(found, opened)
    text = options.render(tally_dict(tally, opened.setting), [tally_grid(tally)], _shown(form), None)
    if _shown(form) in {options.Format.TABLE, options.Format.MD}:
        text += "".join(f"{line}\n" for line in tally_notes(opened.setting))
        text += "".join(f"{target}: a row a {name[:-1]}\n" for name, target in tables.items())
    options.write(text, None if tables.get("pools") else output)


def _judged(opened: "Accounts") -> "Iterator[Verdicts]":
    from ringfence.importers.accounts.many import judged

    return judged(opened)


def _tables(form: options.Format, output: Path | None, positions: Path | None) -> dict[str, Path]:
    """Return which tables are wanted as Parquet files, by name."""
    from ringfence.core.errors import BookError

    wanted = {} if positions is None else {"positions": positions}
    parquet = form is options.Format.PARQUET or (output is not None and output.suffix in {".parquet", ".pq"})
    if parquet and output is None:
        raise BookError("--format parquet", "it needs a file", "Name one: -o health.parquet")
    if output is not None and parquet:
        if positions == output:
            raise BookError(f"--positions {positions}", "it is the file of -o", "Name another one")
        wanted = {"pools": output} | wanted
    return wanted


def _shown(form: options.Format) -> options.Format:
    """Return how the count is shown: a Parquet file holds the pools, and the screen the count."""
    return options.Format.TABLE if form is options.Format.PARQUET else form


@contextmanager
def _writers(tables: dict[str, Path]) -> "Iterator[Any]":
    """Give what writes a block's tables, each into its file: at the end all are there whole, or none is."""
    import pyarrow.parquet as pq

    from ringfence.importers.files import written_whole
    from ringfence.report.accounts import TABLES

    open_files: dict[str, Any] = {}
    with ExitStack() as stack:
        beside = {name: stack.enter_context(written_whole(path)) for name, path in tables.items()}

        def write(found: "Verdicts", opened: "Accounts") -> None:
            for name, path in beside.items():
                table = TABLES[name](found, opened.setting)
                if name not in open_files:
                    open_files[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
                open_files[name].write_table(table)

        try:
            yield write
        finally:
            for file in open_files.values():
                file.close()


@contextmanager
def _progress(opened: "Accounts") -> "Iterator[Any]":
    """Give what shows how far a table is read: a bar on a terminal, and nothing where output is piped."""
    if not sys.stderr.isatty():
        yield lambda blocks: blocks
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("positions and holdings", total=opened.rows)

        def shown(blocks: "Iterator[Verdicts]") -> "Iterator[Verdicts]":
            for found in blocks:
                yield found
                bar.advance(task, len(found.columns.positions) + len(found.columns.holdings))

        yield shown
