"""Where measured tables stand: docs/performance.md, between markers."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numba

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"


def put(name: str, table: str) -> None:
    """Write a table between the markers of its name, and print it.

    Raises:
        ValueError: the page has no such markers.

    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{PAGE.name} has no place for {name}")
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")
    print(table)


def machine() -> str:
    """Return what the numbers were measured on, and when."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    python, day = platform.python_version(), datetime.now(UTC).date()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    return f"Measured on {day}: {numba.get_num_threads()} cores of an {model}, Python {python}, {libraries}."
