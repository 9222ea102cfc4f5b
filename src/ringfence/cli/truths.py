"""``ringfence truths``: what is proved of margin, beside what the formulas and the simulation find."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from ringfence.cli.progress import Told
    from ringfence.contrast.audit import Truth
    from ringfence.report.grid import Grid

Paths = Annotated[int, typer.Option("--paths", metavar="N", help="Paths of each simulation.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same figures.")]
Closed = Annotated[bool, typer.Option("--closed", help="Formulas only: nothing is simulated or compiled.")]


def truths(
    paths: Paths = 20_000,
    seed: Seed = 1,
    closed: Closed = False,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Print truths of the literature as the formulas find them, and identities as the simulation keeps them."""
    from ringfence.cli.progress import progress
    from ringfence.core.errors import BookError

    for word, number, least in (("--paths", paths, 2), ("--seed", seed, 0)):
        if number < least:
            raise BookError(
                word, f"{number} is too few" if least else "it is below zero", f"Write {least} or more"
            )
    found = list(in_formulas())
    if not closed:
        with progress() as told:
            found += simulated(paths, seed, told)
    data = {"schema": "ringfence.truths/1", "paths": 0 if closed else paths, "seed": seed}
    rows = {"truths": [_row(one) for one in found]}
    options.write(options.render({**data, **rows}, [grid_of(found)], form, output), output)
    failed = [one for one in found if not one.holds]
    for one in failed:
        typer.echo(f"{one.name}, {one.case}: expected {one.expected:.9g}, found {one.found:.9g}", err=True)
    if failed:
        raise typer.Exit(1)


def in_formulas() -> Iterator["Truth"]:
    """Yield the cases of the literature, figure by figure."""
    from ringfence.cli.cases import figures_of
    from ringfence.cli.check import shipped_vectors
    from ringfence.contrast.audit import Truth

    for path in shipped_vectors():
        if path.stem != "literature":
            continue
        for case, name, expected, found, within in figures_of(path):
            yield Truth(case.id, case.proves, name, expected, found, within)


def simulated(paths: int, seed: int, told: "Told") -> Iterator["Truth"]:
    """Yield what is simulated."""
    from ringfence.cli.truth_runs import RUNS, Asked

    for number, run in enumerate(RUNS):
        told("simulating", number, len(RUNS))
        yield from RUNS[run](Asked(paths, seed))
    told("simulating", len(RUNS), len(RUNS))


def _row(truth: "Truth") -> dict[str, Any]:
    return {
        "name": truth.name, "case": truth.case, "statement": truth.statement, "expected": truth.expected,
        "found": truth.found, "difference": truth.difference, "standard_error": truth.error,
        "within": truth.within, "holds": truth.holds,
    }  # fmt: skip


def grid_of(truths: list["Truth"]) -> "Grid":
    """Return truths as a table."""
    from ringfence.report.grid import NONE, Grid

    grid = Grid(
        "Truths",
        ("truth", "case", "says", "expected", "found", "difference", "standard error", "holds"),
        left=3,
        caption="with a standard error, a figure must be within four of them, and what corrections leave; without, by"
        " its tolerance",
    )
    for one in truths:
        error = NONE if one.error is None else f"{one.error:.1e}"
        grid.rows.append(
            (
                one.name, one.case, one.statement, f"{one.expected:.8g}", f"{one.found:.8g}",
                f"{one.difference:+.1e}", error, "yes" if one.holds else "no",
            )
        )  # fmt: skip
    return grid
