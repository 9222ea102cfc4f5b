"""``ringfence check FILE...``: run vector files and print how well the engine meets them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli import options

if TYPE_CHECKING:
    from ringfence.cli.cases import CaseResult
    from ringfence.report.grid import Grid


def shipped_vectors() -> list[Path]:
    """Return the vector files of this package: beside it in a wheel, at the top of a source tree."""
    inside = Path(__file__).parents[1] / "vectors"
    folder = inside if inside.is_dir() else Path(__file__).parents[3] / "vectors"
    return sorted(folder.glob("*.toml"))


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="None: those of the package.")
    ] = None,
    form: options.FormatOption = options.Format.TABLE,
    output: options.Output = None,
) -> None:
    """Run vector files through the engine and print the accuracy table."""
    from ringfence.cli.cases import run_file
    from ringfence.core.errors import VectorError

    paths = files or shipped_vectors()
    if not paths:
        raise VectorError("check", "no vector files were found", "Name one")
    results = [result for path in paths for result in run_file(path)]
    data = {"schema": "ringfence.check/1", "cases": [_row(result) for result in results]}
    options.write(options.render(data, [accuracy(results)], form, output), output)
    failed = [result for result in results if not result.passes]
    for result in failed:
        _complain(result)
    if failed:
        raise typer.Exit(1)


def _row(result: "CaseResult") -> dict[str, object]:
    return {
        "venue": result.venue, "id": result.id, "level": result.level, "agrees": result.agrees,
        "error": f"{result.error:.2e}", "reason": result.reason,
    }  # fmt: skip


def accuracy(results: "Sequence[CaseResult]") -> "Grid":
    """Return the accuracy table: one row a venue and level."""
    from ringfence.report.grid import Grid

    grid = Grid(
        "Accuracy",
        ("venue", "level", "cases", "agree", "stated exceptions", "worst error of those that agree"),
        left=2,
        caption="errors are relative; most published figures are rounded by their page",
    )
    groups = dict.fromkeys((result.venue, result.level) for result in results)
    for venue, level in groups:
        rows = [r for r in results if (r.venue, r.level) == (venue, level)]
        agree = [r for r in rows if r.agrees]
        worst = max((r.error for r in agree), default=None)
        exceptions = sum(1 for r in rows if r.reason)
        grid.rows.append(
            (
                venue,
                level,
                str(len(rows)),
                str(len(agree)),
                str(exceptions),
                "–" if worst is None else "0" if worst == 0 else f"{worst:.1e}",
            )
        )
    total, met = len(results), sum(1 for r in results if r.agrees)
    grid.rows.append(("all", "", str(total), str(met), str(sum(1 for r in results if r.reason)), ""))
    return grid


def _complain(result: "CaseResult") -> None:
    if result.agrees:
        typer.echo(f"{result.venue} {result.id}: it agrees, but the file says why it should not", err=True)
    for mismatch in result.mismatches:
        typer.echo(
            f"{result.venue} {result.id}: {mismatch.field}: expected {mismatch.expected}, found {mismatch.found}",
            err=True,
        )
