"""``ringfence demo``: the contrast of a bundled account whose figures a venue itself published."""

from typing import Annotated

import typer

from ringfence.cli import options

_BOOK = "binance_two_positions.toml"
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
    """Show the contrast of a bundled account: Binance's own worked example of two cross positions."""
    from importlib.resources import files

    from ringfence.contrast import compare
    from ringfence.importers import read
    from ringfence.report import contrast_json
    from ringfence.report.contrast import contrast_grids, footnotes, in_words

    bundled = files("ringfence.cli") / "data" / _BOOK
    if show_book:
        options.write(bundled.read_text(encoding="utf-8"), output)
        return
    from importlib.resources import as_file

    with as_file(bundled) as path:
        snapshot = read(path)
    result = compare(snapshot)
    text = options.render(
        contrast_json.contrast(result), contrast_grids(result, matrices=("cross",)), form, output
    )
    if form in {options.Format.TABLE, options.Format.MD}:
        text = f"{text}{footnotes(result)}\n{in_words(result)}\n{_PUBLISHED}"
    options.write(text, output)
