"""``ringfence warm-up``: compile once what judges many accounts, so that no later command waits for it."""

import typer


def warm_up() -> None:
    """Compile the fast engine, once on this machine: some seconds that no later command waits."""
    from multiprocessing import get_context

    from ringfence.batch.warm import warm_up as compile_all
    from ringfence.batch.warm import warm_up_judging
    from ringfence.formula.model.compiled import warm_up as compile_grid
    from ringfence.paths.warm import warm_up as compile_walks

    other = get_context("spawn").Process(target=_other_half)
    other.start()
    warm_up_judging()
    compile_walks()
    other.join()
    compile_all()
    compile_grid()
    typer.echo("The fast engine and the grid of options are compiled, and kept until the package changes.")


def _other_half() -> None:
    """Compile what another process leaves; that it is kept is all that comes of it."""
    from ringfence.batch.warm import warm_up_search
    from ringfence.formula.model.compiled import warm_up as compile_grid

    warm_up_search()
    compile_grid()


def announce(pools: int) -> None:
    """Say on a terminal that something is about to be compiled, where many pools wait and nothing is kept yet."""
    import sys

    from ringfence.screen.verdicts import FEW

    if pools > FEW and sys.stderr.isatty():
        from ringfence.batch.warm import is_warm

        if not is_warm():
            typer.echo("Compiling the fast engine, once on this machine: up to half a minute.", err=True)
