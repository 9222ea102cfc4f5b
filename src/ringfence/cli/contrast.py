"""``ringfence contrast BOOK``: the same book isolated, as held and cross, side by side."""

from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import options
from ringfence.cli import paths as on_paths
from ringfence.cli.accounts import Address, Backend, Workers

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
        str | None,
        typer.Option(
            metavar="TIME", help="Of capital efficiency, hints and paths: days, or 12h; default: 7d."
        ),
    ] = None,
    chance: Annotated[
        str | None, typer.Option(metavar="PART", help="Limit of capital efficiency, e.g. 1% (the default).")
    ] = None,
    paths: on_paths.Paths = None,
    step: on_paths.Step = None,
    law: on_paths.LawOption = None,
    seed: on_paths.Seed = None,
    until: on_paths.Until = None,
    drift: on_paths.Drift = None,
    calibrate: on_paths.Calibrate = None,
    funding: on_paths.FundingOption = None,
    blackout: on_paths.Outage = None,
    top_up: on_paths.TopUpOption = None,
    impact: on_paths.ImpactOption = None,
    fills: on_paths.FillsOption = None,
    continuous: on_paths.Continuous = None,
    audit: on_paths.Audit = None,
    rare: on_paths.Rare = None,
    threads: on_paths.Threads = None,
    workers: Workers = None,
    backend: Backend = None,
    address: Address = None,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Show a book isolated, as held and cross: requirement, prices, losses, contagion, capital efficiency, paths."""
    from ringfence.cli.margin import named_scenario
    from ringfence.contrast import compare
    from ringfence.contrast.efficiency import CHANCE, HORIZON_DAYS
    from ringfence.report import contrast_json
    from ringfence.report.contrast import contrast_grids, footnotes
    from ringfence.report.rare import rare_grid, rare_json

    asked = on_paths.Asked(
        paths, step, law, seed, until, drift, calibrate, funding, blackout, top_up, impact, fills, continuous,
        audit, rare, threads, workers, backend, address,
    )  # fmt: skip
    asked.check()
    days = HORIZON_DAYS if horizon is None else on_paths.days_of(horizon)
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
        days=days,
        chance=CHANCE if chance is None else share_of(chance, "--chance"),
        grid=None if grid is None else _pair(grid),
        cuts=cuts,
    )
    if paths is not None:
        result = on_paths.drawn(asked, snapshot, result, days=days, modes=modes, cut=cut.value, venues=venues)
    if options.is_report(form):
        return options.report(result, form, output, shock[0] if shock else None)
    grids = contrast_grids(result)
    if result.paths is not None and audit:
        grids.append(on_paths.audited(asked, result.paths))
    data = contrast_json.contrast(result)
    if result.paths is not None and rare:
        chances = on_paths.however_rare(asked, snapshot, result.paths, days=days, cut=cut.value)
        grids.append(rare_grid(chances))
        data["rare"] = rare_json(chances)
    text = options.render(data, grids, form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text += footnotes(result)
    options.write(text, output)
    return None


def share_of(text: str, option: str) -> "Decimal":
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
