"""``ringfence margin BOOK``: requirements, equity, status, liquidation prices, pool by pool."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import accounts, options

if TYPE_CHECKING:
    from ringfence.margin.assess import Health
    from ringfence.margin.reconcile import Reconciliation
    from ringfence.margin.snapshot import Snapshot
    from ringfence.report.grid import Grid


def margin(
    books: options.Books,
    mode: options.Mode = None,
    cut: options.Cut = options.CutName.AT_LEVERAGE,
    venue: options.Venue = None,
    on: options.On = None,
    vols: options.Vols = None,
    margin_mode: options.MarginMode = None,
    shock: Annotated[
        str | None, typer.Option(help='Judge after a joint move, e.g. "BTC=-15%,all=-20%".')
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Judge after a named crash, e.g. 2020-03-12.")] = None,
    what_if: Annotated[
        str | None,
        typer.Option("--what-if", help='An order, e.g. "buy 2 BTC/USDT:USDT @ 100000 x10 isolated".'),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print each figure's formula, numbers and source.")
    ] = False,
    symbol: Annotated[
        str | None, typer.Option("--symbol", help="With --explain: only this position.")
    ] = None,
    survive: Annotated[
        str | None,
        typer.Option(help='The collateral each pool must have to live through "BTC=-30%,ETH=-40%".'),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", help="The largest order of a SYMBOL [xLEVERAGE] [isolated|cross]."),
    ] = None,
    fail_below: Annotated[
        str | None,
        typer.Option("--fail-below", help=f"Exit 1 if a liquidation is nearer than this. {options.LIMITS}"),
    ] = None,
    market: accounts.Market = None,
    positions: accounts.Positions = None,
    nearest: accounts.Nearest = False,
    ladder: accounts.Ladder = None,
    workers: accounts.Workers = None,
    backend: accounts.Backend = None,
    address: accounts.Address = None,
    all_crossings: Annotated[
        bool,
        typer.Option(
            "--all-crossings", help="Every price at which a pool dies or recovers, not the nearest."
        ),
    ] = False,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Judge a book: requirements, equity, ratio, status, liquidation prices, nearest liquidating move.

    Or a table of many accounts (Parquet): how every pool stands.
    """
    of_table = accounts.Asked(market, positions, nearest or None, ladder, workers, backend, address)
    if accounts.is_table_of_accounts(books):
        accounts.no_other_question(
            mode=mode, vols=vols, margin_mode=margin_mode, shock=shock, scenario=scenario, what_if=what_if,
            explain=explain, symbol=symbol, survive=survive, max_size=max_size, fail_below=fail_below,
            all_crossings=all_crossings,
        )  # fmt: skip
        return accounts.judge_table(books[0], of_table, venue, on, form, output)
    _not_of_tables(of_table.named())
    from ringfence.margin.assess import assess
    from ringfence.report.margin import explanation

    asked = {"what_if": what_if, "survive": survive, "max_size": max_size}
    _one_question(**asked, explain=explain or None)
    _one_question(**asked, all_crossings=all_crossings or None)
    _one_question(explain=explain or None, all_crossings=all_crossings or None)
    _one_question(**asked, fail_below=fail_below)
    _no_drawn_crossings(all_crossings, form)
    _no_idle_option(explain, symbol, form, sized=max_size is not None, mode=mode)
    today = None if max_size is not None else shock
    snapshot = _snapshot(books, venue, on, vols, margin_mode, today, scenario)
    if what_if is not None:
        return _what_if(snapshot, what_if, mode, cut, form, output)
    if survive is not None:
        return _survive(snapshot, survive, mode, cut, form, output)
    if max_size is not None:
        return _max_size(snapshot, max_size, shock, form, output)
    health = assess(snapshot, mode=mode or "as-held", cut=cut.value, all_crossings=all_crossings)
    near = [] if fail_below is None else _nearer(health, fail_below)
    if explain:
        options.write(explanation(health, _canonical(health, symbol)), output)
    elif options.is_report(form):
        options.report(health, form, output, beside=_beside(snapshot, health))
    else:
        text = _tables(snapshot, health, form, output)
        options.write(text, output)
    if near:
        typer.echo(f"ringfence: nearer than {fail_below}: {', '.join(near)}", err=True)
        raise typer.Exit(1)
    return None


def _tables(snapshot: "Snapshot", health: "Health", form: options.Format, output: Path | None) -> str:
    """Return a book's health, and where the book carries the venue's own figures ours beside them."""
    from ringfence.report import plain
    from ringfence.report.margin import health_grids, health_notes
    from ringfence.report.reconcile import reconciliation, reconciliation_grids

    beside = _beside(snapshot, health)
    data = plain.health(health) | ({"reconciliation": [*map(reconciliation, beside)]} if beside else {})
    text = options.render(data, [*health_grids(health), *reconciliation_grids(beside)], form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        warnings = [f"warning: {warning}" for one in beside for warning in one.warnings]
        text += "".join(f"{line}\n" for line in (*health_notes(health), *warnings))
    return text


def _beside(snapshot: "Snapshot", health: "Health") -> "Sequence[Reconciliation]":
    """Return our figures beside the venue's: it speaks of the book as it is held, and of nothing else."""
    from ringfence.margin.reconcile import reconcile

    return reconcile(snapshot, health) if health.mode == "as-held" else ()


def _not_of_tables(named: Sequence[str]) -> None:
    """Complain about options that only a table of accounts has."""
    from ringfence.core.errors import BookError

    if named:
        raise BookError(" and ".join(named), "it is for a table of many accounts (Parquet)", "Leave it out")


def _one_question(**asked: object) -> None:
    """Complain about two questions at once: each has an answer, and a format, of its own."""
    from ringfence.core.errors import BookError

    named = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value is not None]
    if len(named) > 1:
        raise BookError(" and ".join(named), "these are separate questions", "Ask one at a time")


def _no_idle_option(
    explain: bool, symbol: str | None, form: options.Format, *, sized: bool, mode: str | None
) -> None:
    """Complain about an option that would change nothing here."""
    from ringfence.core.errors import BookError

    if symbol is not None and not explain:
        raise BookError("--symbol", "it says which position to explain", f"Write --explain {symbol}")
    if explain and form is not options.Format.TABLE:
        raise BookError(
            f"--explain and --format {form}",
            "an explanation is a text",
            "Leave one out; json has every formula, input and source without --explain",
        )
    if sized and mode is not None:
        raise BookError(
            "--max-size and --mode", "an order meets the account as it is held", "Leave --mode out"
        )


def _no_drawn_crossings(asked: bool, form: options.Format) -> None:
    """Complain about crossings in a form that has no table of them."""
    from ringfence.core.errors import BookError

    if asked and form in {options.Format.PNG, options.Format.PARQUET}:
        raise BookError(
            f"--all-crossings and --format {form}",
            "every crossing is a table of its own",
            'Use table, json, csv, md or html; in Python, ringfence.frame(health, "crossings")',
        )


def _snapshot(
    books: list[Path],
    venue: str | None,
    on: str | None,
    vols: Path | None,
    margin_mode: options.MarginModeName | None,
    shock: str | None,
    scenario: str | None,
) -> "Snapshot":
    """Return the accounts, after the moves that were asked for; a result says that it is of other prices."""
    from dataclasses import replace

    from ringfence.margin.assess import world_of
    from ringfence.margin.snapshot import Holding

    read = options.read_books(books, venue=venue, on=on, vols=vols, margin_mode=margin_mode)
    snapshot = options.under(read, venue)
    moves = [] if shock is None else [options.read_move(shock, read)]
    moves += [] if scenario is None else [named_scenario(scenario)]
    for move in moves:
        holdings = tuple(Holding(h.book, world_of(h).shocked(move).market) for h in snapshot.holdings)
        said = f"prices are those after the move {move.name}"
        snapshot = replace(snapshot, holdings=holdings, warnings=(*snapshot.warnings, said))
    return snapshot


def named_scenario(name: str) -> "Any":
    """Return the shock of a scenario that ships with the package.

    Raises:
        BookError: there is none of that name.

    """
    from ringfence.core.errors import BookError, suggestion
    from ringfence.market import load_scenarios

    known = load_scenarios()
    if name not in known:
        raise BookError(f"scenario {name!r}", "it is unknown", suggestion(name, known))
    return known[name].shock


def _canonical(health: "Health", symbol: str | None) -> str | None:
    """Return our spelling of a symbol the user named, so that --explain finds it."""
    from ringfence.core.errors import BookError, suggestion
    from ringfence.margin.fill import named_contract

    if symbol is None:
        return None
    held = {p.position.symbol for a in health.accounts for pool in a.pools for p in pool.positions}
    if symbol in held:
        return symbol
    account = health.accounts[0]
    found = named_contract(symbol, account.book, account.rules, f"--explain {symbol}").symbol
    if found not in held:
        raise BookError(f"--explain {symbol}", "no such position is held", suggestion(symbol, held))
    return found


def _answer(
    data: "dict[str, Any]",
    grids: "Sequence[Grid]",
    today: "Sequence[Health]",
    form: options.Format,
    output: Path | None,
) -> None:
    """Write the answer to a question, with what it rests on below its tables."""
    from ringfence.report.margin import health_notes

    text = options.render(data, grids, form, output)
    if form in {options.Format.TABLE, options.Format.MD}:
        text += "".join(f"{line}\n" for line in health_notes(*today))
    options.write(text, output)


def _what_if(
    snapshot: "Snapshot",
    order: str,
    mode: str | None,
    cut: options.CutName,
    form: options.Format,
    output: Path | None,
) -> None:
    from ringfence.margin.assess import assess
    from ringfence.margin.trade import what_if
    from ringfence.report.trade import what_if_dict, what_if_grids

    result = what_if(snapshot, order, mode=mode or "as-held", cut=cut.value)
    today = assess(snapshot, mode=mode or "as-held", cut=cut.value)
    _answer(what_if_dict(result, today), what_if_grids(result), [today], form, output)


def _survive(
    snapshot: "Snapshot",
    shock: str,
    mode: str | None,
    cut: options.CutName,
    form: options.Format,
    output: Path | None,
) -> None:
    from ringfence.margin.assess import assess
    from ringfence.margin.survive import survive
    from ringfence.report.trade import survival_dict, survival_grid

    modes = [mode] if mode else ["isolated", "as-held", "cross"]
    rows = survive(snapshot, options.read_move(shock, snapshot), [(m, cut.value) for m in modes])
    today = [assess(snapshot, mode=one, cut=cut.value) for one in modes]
    _answer(survival_dict(shock, rows, today), [survival_grid(shock, rows)], today, form, output)


def _max_size(
    snapshot: "Snapshot", text: str, shock: str | None, form: options.Format, output: Path | None
) -> None:
    from ringfence.margin.assess import assess
    from ringfence.margin.trade import max_size
    from ringfence.report.trade import size_dict, size_grid

    sizes = max_size(snapshot, text, None if shock is None else options.read_move(shock, snapshot))
    today = assess(snapshot)
    _answer(size_dict(sizes, shock, today), [size_grid(sizes, shock)], [today], form, output)


def _nearer(health: "Health", limit: str) -> list[str]:
    """Return the pools that are nearer to their end than the limit.

    Raises:
        BookError: the limit is none, or what its unit needs is not in the book.

    """
    from ringfence.contrast.limit import too_near, why_unknown

    least = options.read_limit(limit, "--fail-below")
    held = [(one.world, p.symbol) for one in health.accounts for p in one.book.positions]
    moves = [pool.nearest for one in health.accounts for pool in one.pools if pool.positions]
    why = why_unknown(least, held, moves)
    if why:
        raise options.unknown_distance(limit, "--fail-below", why)
    return too_near(health, least)
