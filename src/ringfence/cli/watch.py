"""``ringfence watch BOOK --prices FILE|-``: the liquidation ladder, drawn again as marks come in."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ringfence.cli import options
from ringfence.cli.streams import STANDARD_INPUT, give_up_output

if TYPE_CHECKING:
    from ringfence.contrast.limit import Limit
    from ringfence.contrast.watch import Ladder, Tick, Watch, Watched

WIDE = 100
"""Characters a line from which bars are drawn long."""

Say = Callable[[list[str], "Ladder", "Tick | None"], None]
"""Says lines that were raised, and shows the ladder after a tick (None: as the book stands)."""

Prices = Annotated[
    str,
    typer.Option(
        "--prices",
        metavar="FILE|-",
        help='Marks, a line each: SYMBOL PRICE, or time,symbol,price, or {"SYMBOL": PRICE}. - is standard input.',
    ),
]
Alert = Annotated[
    str | None,
    typer.Option(
        help=f"Say when a position comes nearer to its end than this, and exit 1 when marks end. {options.LIMITS}",
    ),
]


def watch(
    books: options.Books,
    prices: Prices,
    alert: Alert = None,
    together: Annotated[
        bool,
        typer.Option("--together", help="Take lines of one time as one update, when the next time begins."),
    ] = False,
    others: Annotated[
        bool, typer.Option("--others", help="Pass over symbols that the book does not have.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only alerts and liquidations.")] = False,
    mode: options.Mode = None,
    cut: options.Cut = options.CutName.AT_LEVERAGE,
    venue: options.Venue = None,
    on: options.On = None,
    vols: options.Vols = None,
    margin_mode: options.MarginMode = None,
) -> None:
    """Draw the liquidation ladder again as marks come in; say when a position comes too near to its end."""
    from ringfence.contrast.watch import Watch, ladder, watched
    from ringfence.importers.ticks import TickReader
    from ringfence.importers.ticks import together as taken_together

    if prices == STANDARD_INPUT and Path(STANDARD_INPUT) in books:
        from ringfence.core.errors import BookError

        raise BookError(
            "standard input", "book and prices cannot both come from it", "Name a file for one of them"
        )
    read = options.read_books(books, venue=venue, on=on, vols=vols, margin_mode=margin_mode)
    snapshot = options.under(read, venue)
    accounts = watched(snapshot, mode or "as-held", cut.value)
    raised = Watch(None if alert is None else _limit(alert, accounts))
    name = "standard input" if prices == STANDARD_INPUT else Path(prices).name
    try:
        with _source(prices) as stream, _screen(quiet=quiet) as say:
            if sys.stdout.isatty():
                say([], ladder(accounts), None)
            ticks = TickReader(name).ticks(_lines(stream))
            _follow(accounts, taken_together(ticks) if together else ticks, raised, say, others=others)
    except KeyboardInterrupt:
        pass  # it is how a person ends a watch
    except BrokenPipeError:
        give_up_output()  # who read the lines has left: there is nobody to write what is left to
    if raised.alerts:
        raise typer.Exit(1)


def _follow(
    accounts: "tuple[Watched, ...]", ticks: "Iterator[Tick]", raised: "Watch", say: Say, *, others: bool
) -> None:
    """Judge the accounts after every tick, and say what has come of it."""
    from ringfence.contrast.watch import after_tick, ladder
    from ringfence.report.watch import alert_line, liquidation_line

    for tick in ticks:
        accounts = after_tick(accounts, tick, others=others)
        shown = ladder(accounts, joint=raised.limit is not None and raised.limit.joint)
        lines = [liquidation_line(tick, name, shown) for name in raised.met(shown)]
        if raised.limit is not None:
            lines += [alert_line(tick, rung, raised.limit) for rung in raised.passed(shown)]
        say(lines, shown, tick)


def _limit(text: str, accounts: "tuple[Watched, ...]") -> "Limit":
    """Return the limit of --alert.

    Raises:
        BookError: it is none, or what its unit needs is not in the book.

    """
    from ringfence.contrast.watch import why_unjudged

    limit = options.read_limit(text, "--alert")
    why = why_unjudged(accounts, limit)
    if why:
        raise options.unknown_distance(text, "--alert", why)
    return limit


@contextmanager
def _source(prices: str) -> Iterator[BinaryIO]:
    """Give the stream of marks.

    Raises:
        BookError: it cannot be read.

    """
    from ringfence.core.errors import BookError

    if prices == STANDARD_INPUT:
        if sys.stdin is None:
            raise BookError("standard input", "it is closed", "Pipe marks in, or name a file by --prices")
        yield sys.stdin.buffer
        return
    if not prices:
        raise BookError("--prices", "the name is empty", "Name a file that can be read, or -")
    try:
        stream = Path(prices).open("rb")  # noqa: SIM115 - closed below; only opening it may fail here
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise BookError(f"--prices {prices}", reason, "Name a file that can be read, or -") from None
    with stream:
        yield stream


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield lines as they come; of one that is too long only its beginning, which its reader refuses."""
    from ringfence.importers.ticks import LINE_BYTES_MAX

    return iter(partial(stream.readline, LINE_BYTES_MAX + 1), b"")


@contextmanager
def _screen(*, quiet: bool) -> Iterator[Say]:
    """Give what shows updates: a ladder that is drawn again on a terminal, lines down a pipe."""
    if quiet or not sys.stdout.isatty():
        yield partial(_print, quiet=quiet)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, markup=False)
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:

        def draw(lines: list[str], shown: "Ladder", tick: "Tick | None") -> None:
            from rich.text import Text

            from ringfence.report.grid import as_text
            from ringfence.report.watch import ladder_grid, when

            for line in lines:
                console.print(line, style="bold red")
            title = f"Liquidation ladder, {'as the book stands' if tick is None else when(tick)}"
            grid = ladder_grid(shown, title, 30 if console.width >= WIDE else 6)
            live.update(Text(as_text([grid], console.width)), refresh=True)

        yield draw


def _print(lines: list[str], shown: "Ladder", tick: "Tick | None", *, quiet: bool) -> None:
    from ringfence.report.watch import update_line

    if tick is None:
        return
    for line in [*([] if quiet else [update_line(tick, shown)]), *lines]:
        print(line, flush=True)
