"""The verbs, put together."""

import typer

from ringfence.cli import check, contrast, demo, margin, venues

app = typer.Typer(
    name="ringfence",
    help="The same book, every margin mode, every venue's own rules: what it needs, what it can lose, what dies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(demo.demo)
app.command()(margin.margin)
app.command()(contrast.contrast)
app.command()(venues.venues)
app.command()(check.check)
