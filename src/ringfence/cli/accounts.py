"""``ringfence margin accounts.parquet``: a table of accounts judged block by block, in bounded memory."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ringfence.cli import options
from ringfence.cli.warm_up import announce

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns
    from ringfence.importers.accounts.open import Accounts
    from ringfence.screen.verdicts import Verdicts

Market = Annotated[
    Path | None,
    typer.Option("--market", metavar="FILE", help="Of a table of accounts: a book file of what they share."),
]
Positions = Annotated[
    Path | None,
    typer.Option(
        "--positions",
        metavar="FILE",
        parser=options.file_named,
        help="Of a table of accounts: write a row a position here.",
    ),
]

Nearest = Annotated[
    bool,
    typer.Option(
        "--nearest", help="Of a table of accounts: also every pool's nearest liquidating joint move."
    ),
]
Ladder = Annotated[
    str | None,
    typer.Option(
        "--ladder",
        help='Of a table of accounts: what moves would liquidate, e.g. "-50%..50%:5%" or "BTC:-10%,-20%".',
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", help="Of a table of accounts: how many judge it side by side."),
]
Backend = Annotated[
    str | None,
    typer.Option(
        "--backend", metavar="NAME", help="Whose workers: loky (this machine), dask, ray, spark, ..."
    ),
]
Address = Annotated[
    str | None, typer.Option("--address", metavar="URL", help="Of a Dask scheduler, e.g. tcp://host:8786.")
]


_WRITTEN_TOGETHER: Final = 1 << 16
"""Rows that are gathered before they are written, where blocks come in small pieces."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a table of accounts."""

    market: Path | None
    positions: Path | None
    nearest: bool | None
    ladder: str | None
    workers: int | None
    backend: str | None
    address: str | None

    def named(self) -> list[str]:
        """Return the options that were given."""
        return [f"--{one.name}" for one in fields(self) if getattr(self, one.name) is not None]


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
    path: Path, asked: Asked, venue: str | None, on: str | None, form: options.Format, output: Path | None
) -> None:
    """Judge a table of accounts: every pool into a Parquet file where one is named, and a count on the screen."""
    from ringfence.importers.accounts.open import open_accounts

    _no_idle_option(asked, form)
    form = options.Format.PARQUET if form is options.Format.TABLE and _is_parquet(output) else form
    opened = open_accounts(path, asked.market, venue=venue, on=on)
    announce(opened.rows or sys.maxsize)
    if asked.ladder is not None or form is options.Format.HTML:
        _summarize(opened, asked, form, output)
    else:
        _judge(opened, asked, form, output)


def _no_idle_option(asked: Asked, form: options.Format) -> None:
    """Complain about options that would change nothing beside a ladder."""
    from ringfence.core.errors import BookError

    if asked.ladder is None and form is not options.Format.HTML:
        return
    idle = [f"--{name}" for name in ("positions", "nearest") if getattr(asked, name) is not None]
    if idle:
        raise BookError(
            " and ".join(idle),
            "a summary along a ladder is one answer, and no rows of pools or positions",
            "Leave it out",
        )


def _summarize(opened: "Accounts", asked: Asked, form: options.Format, output: Path | None) -> None:
    """Say what a population stands to lose along a ladder of moves."""
    from ringfence.market.ladder import LADDER, ladder_of
    from ringfence.report.summary import sentences, summary_dict, summary_grids, summary_notes
    from ringfence.screen.summary import summary_of, tallies
    from ringfence.screen.tally import Tally

    ladder, found = ladder_of(LADDER if asked.ladder is None else asked.ladder), Tally()
    with _progress(opened) as done:
        blocks = (block.columns for block in opened.blocks())
        for columns, one in tallies(
            blocks, opened.setting, ladder, workers=asked.workers, backend=asked.backend,
            address=asked.address,
        ):  # fmt: skip
            found.add(one)
            done(columns)
    summary = summary_of(found, opened.setting, ladder)
    if form is options.Format.HTML:
        from ringfence.report.html.summary import summary_html

        return options.write(summary_html(summary).encode(), output)
    if form is options.Format.PARQUET:
        from ringfence.report.summary_rows import summary_parquet

        return options.write(summary_parquet(summary), output)
    text = options.render(summary_dict(summary), summary_grids(summary), form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text = "".join(f"{line}\n" for line in (*sentences(summary), "")) + text
        text += "".join(f"{line}\n" for line in summary_notes(summary))
    return options.write(text, output)


def _judge(opened: "Accounts", asked: Asked, form: options.Format, output: Path | None) -> None:
    """Judge every pool, write the tables that are wanted, and count."""
    from ringfence.importers.accounts.many import judged
    from ringfence.report.standings import standings_dict, standings_grid, standings_notes
    from ringfence.screen.standings import Standings

    tables, standings = _tables(form, output, asked.positions), Standings()
    with _writers(tables) as write, _progress(opened) as done:
        found = judged(
            opened, prices=asked.positions is not None, nearest=asked.nearest is not None, workers=asked.workers,
            backend=asked.backend, address=asked.address,
        )  # fmt: skip
        for block in found:
            standings.add(block)
            write(block, opened)
            done(block.columns)
    text = options.render(
        standings_dict(standings, opened.setting), [standings_grid(standings)], _shown(form), None
    )
    if _shown(form) in {options.Format.TABLE, options.Format.MD}:
        text += "".join(f"{line}\n" for line in standings_notes(opened.setting))
        text += "".join(f"{target}: a row a {name[:-1]}\n" for name, target in tables.items())
    options.write(text, None if tables.get("pools") else output)


def _tables(form: options.Format, output: Path | None, positions: Path | None) -> dict[str, Path]:
    """Return which tables are wanted as Parquet files, by name."""
    from ringfence.core.errors import BookError

    wanted = {} if positions is None else {"positions": positions}
    if form is options.Format.PARQUET and output is None:
        raise BookError("--format parquet", "it needs a file", "Name one: -o health.parquet")
    if output is not None and (form is options.Format.PARQUET or _is_parquet(output)):
        if positions == output:
            raise BookError(f"--positions {positions}", "it is the file of -o", "Name another one")
        wanted = {"pools": output} | wanted
    return wanted


def _is_parquet(output: Path | None) -> bool:
    return output is not None and output.suffix in {".parquet", ".pq"}


def _shown(form: options.Format) -> options.Format:
    """Return how the count is shown: a Parquet file holds the pools, and the screen the count."""
    return options.Format.TABLE if form is options.Format.PARQUET else form


@contextmanager
def _writers(tables: dict[str, Path]) -> "Iterator[Any]":
    """Give what writes a block's tables, each into its file: at the end all are there whole, or none is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from ringfence.importers.files import written_whole
    from ringfence.report.accounts import TABLES

    open_files: dict[str, Any] = {}
    waiting: dict[str, list[Any]] = {name: [] for name in tables}
    with ExitStack() as stack:
        beside = {name: stack.enter_context(written_whole(path)) for name, path in tables.items()}

        def write_out(name: str) -> None:
            table = pa.concat_tables(waiting[name]).unify_dictionaries()
            waiting[name].clear()
            if name not in open_files:
                open_files[name] = pq.ParquetWriter(beside[name], table.schema, compression="zstd")
            open_files[name].write_table(table)

        def write(found: "Verdicts", opened: "Accounts") -> None:
            for name in beside:
                waiting[name].append(TABLES[name](found, opened.setting))
                if sum(map(len, waiting[name])) >= _WRITTEN_TOGETHER:
                    write_out(name)

        try:
            yield write
            for name in beside:
                if waiting[name]:
                    write_out(name)
        finally:
            for file in open_files.values():
                file.close()


@contextmanager
def _progress(opened: "Accounts") -> "Iterator[Callable[[Columns], None]]":
    """Give what shows how far a table is done: a bar on a terminal, and nothing where output is piped."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("positions and holdings", total=opened.rows)
        yield lambda done: bar.advance(task, len(done.positions) + len(done.holdings))
