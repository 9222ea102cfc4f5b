"""The verbs, put together."""

from typing import Annotated

import typer

from ringfence.cli import (
    backtest_model,
    check,
    contrast,
    demo,
    fetch,
    import_,
    margin,
    population,
    replay,
    truths,
    venues,
    warm_up,
    watch,
)

app = typer.Typer(
    name="ringfence",
    help="The same book, every margin mode, every venue's own rules: what it needs, what it can lose, what dies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from ringfence.report.plain import code_version

        typer.echo(f"ringfence {code_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    pass


app.command()(demo.demo)
app.command()(margin.margin)
app.command()(contrast.contrast)
app.command()(replay.replay)
app.command()(watch.watch)
app.command("import")(import_.import_files)
app.command()(fetch.fetch)
app.command()(backtest_model.backtest_model)
app.command()(population.population)
app.command()(venues.venues)
app.command()(check.check)
app.command()(truths.truths)
app.command()(warm_up.warm_up)
