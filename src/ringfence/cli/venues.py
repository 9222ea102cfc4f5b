"""``ringfence venues [ID]``: the packs, their rules, sources and dates."""

from typing import Annotated

import typer

from ringfence.cli import options


def venues(
    venue: Annotated[str | None, typer.Argument(metavar="[ID]", help="One pack, in full.")] = None,
    on: options.On = None,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """List the rule packs; with an ID, every rule of one pack with its days, status and page."""
    from ringfence.core.errors import BookError
    from ringfence.core.instants import read_day
    from ringfence.report.packs import pack_dict, pack_grids, packs_dict, packs_grid
    from ringfence.venue import load

    day = None if on is None else read_day(on, "--on")
    if venue is None and day is not None:
        raise BookError(
            "--on", "the list has the newest rules of every pack", f"Name one: ringfence venues ID --on {on}"
        )
    if venue is None:
        text = options.render(packs_dict(), [packs_grid()], form, output)
    else:
        load(venue, day)  # a day before the pack begins has no rules to show
        text = options.render(pack_dict(venue, day), pack_grids(venue, day), form, output)
    options.write(text, output)
