"""``ringfence demo``: the contrast of a bundled account whose figures a venue itself published."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from ringfence.contrast import Contrast

_PAGE: Final = Path("ringfence-demo.html")
_BOOK = "binance_two_positions.toml"
_PATHS: Final = 20_000
_PUBLISHED = """\
The account is Binance's own example. Its help page prints 26,316.89 (BTC) and 1,153.26 (ETH), the as-held prices above:
https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93
`ringfence demo --book` prints the account as a book file to start your own from.
"""


def demo(
    form: options.FormatOption = options.Format.TABLE,
    show_book: Annotated[bool, typer.Option("--book", help="Print the bundled book file instead.")] = False,
    output: options.Output = None,
) -> None:
    """Show the contrast of a bundled account, and write it as a page with figures: ringfence-demo.html.

    The account is Binance's own worked example of two cross positions. With -o FILE the page stands beside it.
    """
    from importlib.resources import files

    from ringfence.cli.progress import run_progress
    from ringfence.contrast import compare
    from ringfence.contrast.simulate import simulate, with_paths
    from ringfence.core.errors import BookError
    from ringfence.importers import read
    from ringfence.report import contrast_json
    from ringfence.report.contrast import footnotes, in_words, short_grids

    bundled = files("ringfence.cli") / "data" / _BOOK
    if show_book:
        options.write(bundled.read_text(encoding="utf-8"), output)
        return
    from importlib.resources import as_file

    with as_file(bundled) as path:
        snapshot = read(path)
    with run_progress() as watch:
        result = with_paths(compare(snapshot), snapshot, simulate(snapshot, paths=_PATHS, watch=watch))
    if options.is_report(form):
        options.report(result, form, output)
        return
    text = options.render(contrast_json.contrast(result), short_grids(result), form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text = f"{text}{footnotes(result)}\n{in_words(result)}\n{_PUBLISHED}"
    if form is options.Format.TABLE:
        page = _PAGE if output is None else output.with_suffix(".html")
        if page == output:
            raise BookError(
                f"-o {output}", "the table would take the page's name", "Add --format html, or name it .txt"
            )
        text += _with_page(result, page)
    options.write(text, output)


def _with_page(result: "Contrast", page: Path) -> str:
    """Write the report and return what to say about it; a folder that cannot be written to is no reason to fail."""
    from ringfence.core.errors import BookError

    try:
        options.report(result, options.Format.HTML, page)
    except BookError as fault:
        return f"The report with figures could not be written. {fault}\n"
    return f"The report with figures is {page}: open it in a browser. It needs no network.\n"
