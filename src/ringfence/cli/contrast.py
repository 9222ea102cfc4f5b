"""``ringfence contrast BOOK``: the same book isolated, as held and cross, side by side."""

from typing import Annotated

import typer

from ringfence.cli import options


def contrast(
    books: options.Books,
    mode: options.Mode = None,
    cut: options.Cut = options.CutName.AT_LEVERAGE,
    venue: options.Venue = None,
    on: options.On = None,
    vols: options.Vols = None,
    margin_mode: options.MarginMode = None,
    shock: Annotated[
        list[str] | None, typer.Option(help='A joint move of your own, e.g. "BTC=-15%,all=-20%".')
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only these named crashes, e.g. 2020-03-12.")
    ] = None,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Show a book isolated, as held and cross: requirement, free collateral, liquidation prices, losses."""
    from ringfence.cli.margin import named_scenario
    from ringfence.contrast import compare
    from ringfence.report import contrast_json
    from ringfence.report.contrast import contrast_grids, footnotes

    venues = [name.strip() for name in (venue or "").split(",") if name.strip()]
    snapshot = options.read_books(
        books, venue=venues[0] if venues else None, on=on, vols=vols, margin_mode=margin_mode
    )
    moves = [options.read_move(text, snapshot) for text in shock or []]
    moves += [named_scenario(name) for name in scenario or []]
    modes = [name.strip() for name in (mode or "").split(",") if name.strip()]
    result = compare(snapshot, modes=modes, cut=cut.value, venues=venues, shocks=moves or None)
    text = options.render(contrast_json.contrast(result), contrast_grids(result), form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text += footnotes(result)
    options.write(text, output)
