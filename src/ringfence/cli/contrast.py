"""``ringfence contrast BOOK``: the same book isolated, as held and cross, side by side."""

from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from decimal import Decimal


def contrast(
    books: options.Books,
    mode: options.Modes = None,
    cut: options.Cut = options.CutName.AT_LEVERAGE,
    venue: options.Venues = None,
    on: options.On = None,
    vols: options.Vols = None,
    margin_mode: options.MarginMode = None,
    shock: Annotated[
        list[str] | None, typer.Option(help='A joint move of your own, e.g. "BTC=-15%,all=-20%".')
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only these named crashes, e.g. 2020-03-12.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option(metavar="COIN,COIN", help="Two coins that move together, from -50% to +50%.")
    ] = None,
    cuts: Annotated[
        bool, typer.Option("--cuts", help="Also show the book isolated by every cut, side by side.")
    ] = False,
    horizon: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Horizon of capital efficiency and hints; default: 7.")
    ] = None,
    chance: Annotated[
        str | None, typer.Option(metavar="PART", help="Limit of capital efficiency, e.g. 1% (the default).")
    ] = None,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Show a book isolated, as held and cross: requirement, prices, losses, contagion, capital efficiency."""
    from ringfence.cli.margin import named_scenario
    from ringfence.contrast import compare
    from ringfence.contrast.efficiency import CHANCE, HORIZON_DAYS
    from ringfence.core.exact import read_decimal
    from ringfence.report import contrast_json
    from ringfence.report.contrast import contrast_grids, footnotes

    venues, modes = options.names(venue, "--venue"), options.names(mode, "--mode")
    snapshot = options.read_books(
        books, venue=venues[0] if venues else None, on=on, vols=vols, margin_mode=margin_mode
    )
    moves = [options.read_move(text, snapshot) for text in shock or []]
    moves += [named_scenario(name) for name in scenario or []]
    result = compare(
        snapshot,
        modes=modes,
        cut=cut.value,
        venues=venues,
        shocks=moves or None,
        days=HORIZON_DAYS if horizon is None else read_decimal(horizon, "--horizon"),
        chance=CHANCE if chance is None else _share(chance, "--chance"),
        grid=None if grid is None else _pair(grid),
        cuts=cuts,
    )
    if options.is_report(form):
        return options.report(result, form, output, shock[0] if shock else None)
    text = options.render(contrast_json.contrast(result), contrast_grids(result), form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text += footnotes(result)
    options.write(text, output)
    return None


def _share(text: str, option: str) -> "Decimal":
    """Return the fraction of an option, which may be written in percent.

    Raises:
        BookError: it is none.

    """
    from ringfence.core.exact import read_decimal
    from ringfence.core.number import EXACT

    number = read_decimal(text.removesuffix("%").strip(), option)
    return number.scaleb(-2, EXACT) if text.endswith("%") else number


def _pair(text: str) -> tuple[str, str]:
    """Return the two coins of a grid.

    Raises:
        BookError: there are not two.

    """
    from ringfence.core.errors import BookError

    match [coin.strip() for coin in text.split(",")]:
        case [across, down] if across and down:
            return across, down
        case _:
            raise BookError(f"--grid {text!r}", "it needs two coins", 'Write it as "BTC,ETH"')
