"""``ringfence import FILE... -o BOOK``: what a user already has, as a book file, with what is missing named."""

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli import options

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="What ccxt, a venue's API, freqtrade or a spreadsheet gives of one account, taken together.",
    ),
]
Venue = Annotated[
    str | None, typer.Option("--venue", help="The venue's pack, where the files do not name it.")
]


def import_files(
    files: Files,
    venue: Venue = None,
    on: options.On = None,
    margin_mode: options.MarginMode = None,
    output: options.Output = None,
) -> None:
    """Turn what you already have into a book file. What the files do not say is named, never assumed."""
    from ringfence.core.errors import BookError
    from ringfence.importers.write import book_text
    from ringfence.venue import find_pack

    snapshot = options.read_books(files, venue=venue, on=on, margin_mode=margin_mode)
    wanted = None if venue is None else find_pack(venue).venue.id
    for holding in snapshot.holdings:
        if wanted is not None and holding.book.venue != wanted:
            raise BookError(
                f"--venue {venue}",
                f"the files are of {holding.book.venue}",
                "Leave --venue out; margin and contrast take it to judge the book by another venue's rules",
            )
    options.write(book_text(snapshot, [path.name for path in files]), output)
    for warning in snapshot.warnings:
        typer.echo(f"ringfence: note: {warning}", err=True)
