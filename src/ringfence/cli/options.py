"""Options that several verbs share, and what they have in common: reading books and writing results."""

import re
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ringfence.contrast import Contrast
    from ringfence.contrast.limit import Limit
    from ringfence.core.errors import BookError
    from ringfence.margin.assess import Health
    from ringfence.margin.reconcile import Reconciliation
    from ringfence.margin.snapshot import Snapshot
    from ringfence.market import Shock
    from ringfence.report.grid import Grid

_LIMIT = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>%|sigma-joint|sigma)")
LIMITS = (
    "10% or 2sigma: a position's own coin moves alone, in percent or in its daily sigmas; "
    "2sigma-joint: the nearest move of all coins of its pool at once."
)
"""What a limit may say: the same for every option that takes one."""


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MD = "md"
    HTML = "html"
    PNG = "png"
    PARQUET = "parquet"


class CutName(StrEnum):
    """How collateral is divided to show a shared pool isolated."""

    AT_LEVERAGE = "at-leverage"
    INITIAL = "initial"
    EQUAL_LEVERAGE = "equal-leverage"
    RISK = "risk"
    AS_HELD = "as-held"


class MarginModeName(StrEnum):
    """A position's margin mode, for dumps that leave it out."""

    CROSS = "cross"
    ISOLATED = "isolated"


def file_named(text: str) -> Path:
    """Return a path; an empty name is none, and not this folder, and an option is none either."""
    if not text:
        raise typer.BadParameter("the name is empty")
    if text.startswith("--"):
        raise typer.BadParameter(f"{text} stands where a file is named; a file of that name is ./{text}")
    return Path(text)


def names(text: str | None, option: str) -> list[str]:
    """Return the names that an option lists, a comma between them; none where it is not given.

    Raises:
        BookError: a name is empty.

    """
    found = [] if text is None else [name.strip() for name in text.split(",")]
    if not all(found):
        from ringfence.core.errors import BookError

        raise BookError(f"{option} {text!r}", "a name is empty", "Write names with a comma between them")
    return found


Books = Annotated[
    list[Path],
    typer.Argument(
        metavar="BOOK...",
        parser=file_named,
        help="A book file, or what ccxt, a venue or a bot gives of one account; - is standard input.",
    ),
]
Mode = Annotated[
    str | None, typer.Option("--mode", help="as-held, isolated, cross, or an account mode of the venue.")
]
Modes = Annotated[
    str | None,
    typer.Option(
        "--mode", metavar="MODE[,MODE]", help="as-held, isolated, cross, or account modes of the venue."
    ),
]
Cut = Annotated[
    CutName, typer.Option("--cut", help="How collateral is divided where a shared pool is taken apart.")
]
Venue = Annotated[
    str | None,
    typer.Option("--venue", metavar="ID", help="Another venue's rules (see: ringfence venues)."),
]
Venues = Annotated[
    str | None,
    typer.Option("--venue", metavar="ID[,ID]", help="Also under other venues' rules, venue beside venue."),
]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day whose rules apply.")]
Vols = Annotated[
    Path | None,
    typer.Option(
        "--vols", metavar="FILE", parser=file_named, help="A TOML file of annual volatilities by coin."
    ),
]
MarginMode = Annotated[
    MarginModeName | None, typer.Option("--margin-mode", help="For positions whose mode is not in the dump.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", parser=file_named, help="Write here instead of the screen."
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the result is written.")]


def read_books(
    books: Sequence[Path],
    *,
    venue: str | None = None,
    on: str | None = None,
    vols: Path | None = None,
    margin_mode: MarginModeName | None = None,
) -> "Snapshot":
    """Return the accounts of the named files, on another day or with other volatilities where asked."""
    from ringfence.cli.streams import on_disk
    from ringfence.importers import read

    with on_disk(books) as paths:
        snapshot = read(*paths, venue=venue, margin_mode=None if margin_mode is None else margin_mode.value)
    return adjusted(snapshot, on=on, vols=vols)


def under(snapshot: "Snapshot", venue: str | None) -> "Snapshot":
    """Return the same positions under one other venue's rules, where asked.

    Raises:
        InputError: there is no such venue, or it has no such contracts.

    """
    if venue is None:
        return snapshot
    from dataclasses import replace

    from ringfence.core.errors import BookError
    from ringfence.margin.transpose import transpose
    from ringfence.venue import find_pack

    if "," in venue:
        raise BookError(
            f"--venue {venue!r}",
            "this command judges by one venue's rules",
            "Name one; contrast takes several",
        )
    wanted = find_pack(venue).venue.id
    moved = [transpose(h, wanted) if h.book.venue != wanted else (h, ()) for h in snapshot.holdings]
    notes = [note for _, said in moved for note in said]
    return replace(
        snapshot,
        holdings=tuple(holding for holding, _ in moved),
        warnings=(*snapshot.warnings, *dict.fromkeys(notes)),
    )


def adjusted(snapshot: "Snapshot", *, on: str | None = None, vols: Path | None = None) -> "Snapshot":
    """Return accounts on another day or with other volatilities, where asked."""
    if on is None and vols is None:
        return snapshot
    from dataclasses import replace

    from ringfence.core.instants import read_day
    from ringfence.importers.book_file import on_day, with_vols
    from ringfence.importers.vols import read_vols

    holdings = snapshot.holdings
    if on is not None:
        holdings = tuple(on_day(holding, read_day(on, "--on")) for holding in holdings)
    if vols is not None:
        given = read_vols(vols)
        holdings = tuple(with_vols(holding, given) for holding in holdings)
    return replace(snapshot, holdings=holdings)


def read_move(text: str, snapshot: "Snapshot") -> "Shock":
    """Return the joint move that an option describes.

    Raises:
        BookError: it is not a shock, or it moves a coin that neither the book nor a scenario knows.

    """
    from ringfence.core.errors import BookError, nearest
    from ringfence.market import load_scenarios, read_shock
    from ringfence.market.shock import STABLE

    shock = read_shock(text)
    ours = snapshot.coins()
    known = ours.union(STABLE, *(scenario.shock.moves for scenario in load_scenarios().values()))
    for coin in shock.moves:
        if coin not in known:
            near = nearest(coin.partition("/")[0], ours)
            remedy = f"Did you mean {near!r}? " if near else "Leave it out. "
            raise BookError(
                f"shock {text!r}",
                f"nothing here moves with {coin}",
                f"{remedy}The book's coins: {', '.join(sorted(ours))}",
            )
    return shock


def read_limit(text: str, option: str) -> "Limit":
    """Return the distance that an option calls too near.

    Raises:
        BookError: it is no distance.

    """
    from decimal import Decimal

    from ringfence.contrast.limit import UNITS, Limit
    from ringfence.core.errors import BookError

    match = _LIMIT.fullmatch(text.strip())
    if match is None:
        raise BookError(
            f"{option} {text!r}",
            "it is neither a percentage nor sigmas",
            "Write 10%, 2sigma (a position's own coin) or 2sigma-joint (all coins of its pool)",
        )
    (unit,) = [unit for unit in UNITS if unit == match["unit"]]
    return Limit(Decimal(match["amount"]), unit)


def unknown_distance(text: str, option: str, why: str) -> "BookError":
    """Return the complaint that distances cannot be told in the unit of a limit."""
    from ringfence.core.errors import BookError

    return BookError(
        f"{option} {text!r}", why, "Use a percentage, or add it to the book (volatilities: --vols)"
    )


def write(content: str | bytes, output: Path | None) -> None:
    """Put a result on the screen, or whole into a file: nothing half-written stays behind.

    Raises:
        BookError: the file cannot be written, or what is not text would go to a terminal.

    """
    if output is None:
        _to_screen(content)
        return
    from ringfence.core.errors import BookError

    try:
        _into(output.resolve(), content.encode() if isinstance(content, str) else content)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise BookError(f"-o {output}", reason, "Name a file that can be written") from None


def _to_screen(content: str | bytes) -> None:
    if isinstance(content, str):
        sys.stdout.write(content)
        return
    from ringfence.core.errors import BookError

    if sys.stdout.isatty():
        raise BookError(
            "the screen", "this format is no text", "Name a file with -o, or pipe it into a program"
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _into(path: Path, content: bytes) -> None:
    """Write a file by way of a draft beside it; a pipe or a device, which no file may replace, directly."""
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def render(data: Mapping[str, Any], grids: Sequence["Grid"], form: Format, output: Path | None) -> str:
    """Return a result in the wanted form."""
    from ringfence.report import grid

    match form:
        case Format.JSON:
            import json

            return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        case Format.CSV:
            return grid.as_csv(grids)
        case Format.MD:
            return grid.as_markdown(grids)
        case Format.TABLE:
            return grid.as_text(grids, width=None if output is None and sys.stdout.isatty() else 200)
        case Format.HTML | Format.PNG | Format.PARQUET:
            from ringfence.core.errors import BookError

            raise BookError(
                f"--format {form}", "this answer is a table and has no report", "Use table, json, csv or md"
            )


def is_report(form: Format) -> bool:
    """Return whether a form is drawn from a whole result, and not from its tables."""
    return form in {Format.HTML, Format.PNG, Format.PARQUET}


def report(
    result: "Health | Contrast",
    form: Format,
    output: Path | None,
    shock: str | None = None,
    beside: Sequence["Reconciliation"] = (),
) -> None:
    """Write a result as a page, an image or a Parquet file; into a folder, every table as a Parquet file.

    Args:
        result: what ``assess`` or ``compare`` returned.
        form: html, png or parquet.
        output: the file; None: standard output, where that is no terminal.
        shock: the joint move along which equity is drawn; None: everything.
        beside: our figures beside the venue's, for a page of a health.

    """
    if form is Format.HTML:
        from ringfence.report.html.page import html

        write(html(result, shock, beside).encode(), output)
    elif form is Format.PNG:
        from ringfence.report.figures.by_name import png

        write(png(result, shock=shock), output)
    else:
        from ringfence.report.frames import parquet, tables

        if output is None or not output.is_dir():
            write(parquet(result), output)
            return
        for table in tables(result):
            write(parquet(result, table), output / f"{table}.parquet")
